"""What stays as it was when the window is built anew: focus, scrolling, what was written and its undo.

Widgets of the old window are found in the new one by the way that leads to them, since both are built alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QLineEdit,
    QScrollBar,
    QStackedWidget,
    QTextEdit,
    QWidget,
)
from shiboken6 import delete, isValid

from ui.main_window import MainWindow
from ui.pieces import Pieces
from ui.tabbing import stand_in

Way = tuple[tuple[str, int], ...]
"""From the window to a widget: class and number among the visible siblings of that class, step by step."""

_AGAIN_MS = 50
_TRIES = 40
"""Some parts are filled a moment after their page stands; so often they are looked for."""


def clear_out(window: MainWindow) -> None:
    """Delete what is in a window before the one that follows it is made in other looks.

    A change of style, palette or font goes through every widget there is, and those of the pages that were
    visited took seconds. The window itself is hidden before anything is painted again.
    """
    # Deleted where it is: taken out first, it would be polished once more for nothing.
    room = window.centralWidget()
    if room is not None:
        delete(room)


def let_go(window: MainWindow) -> Iterator[None]:
    """Delete page after page of a window that has gone; one turn for all that was visited is too long."""
    for stack in reversed(window.findChildren(QStackedWidget)):
        if isValid(stack):
            pages = [stack.widget(number) for number in range(stack.count())]
            # The one that is shown last: no other is to be shown in its place.
            for page in sorted(pages, key=lambda page: page is stack.currentWidget()):
                if page is not None:
                    delete(page)
                yield


def leave(window: MainWindow, parent: QObject) -> None:
    """Delete a window that has gone, in pieces of `parent`'s."""
    Pieces(let_go(window), window.deleteLater, parent)


def way_to(window: QWidget, widget: QWidget) -> Way:
    """How to get from a window to a widget in it."""
    steps: list[tuple[str, int]] = []
    while widget is not window:
        parent = widget.parentWidget()
        if parent is None:
            return ()
        alike = [one for one in _children(parent) if type(one) is type(widget)]
        steps.append((type(widget).__name__, alike.index(widget) if widget in alike else 0))
        widget = parent
    return tuple(reversed(steps))


def at(window: QWidget, way: Way) -> QWidget | None:
    """The widget at the end of a way; None where it is not there (yet)."""
    here = window
    for name, number in way:
        alike = [one for one in _children(here) if type(one).__name__ == name]
        if number >= len(alike):
            return None
        here = alike[number]
    return here


def _children(widget: QWidget) -> Iterator[QWidget]:
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not child.isHidden():
            yield child


@dataclass(frozen=True, slots=True)
class _Written:
    """A line that was being edited. Hidden text (keys) is never kept."""

    way: Way
    text: str
    cursor: int


class Staying(QObject):
    """Made from the old window before it goes; `restore` then does what it can in the new one, and goes on
    for two seconds with what is built later. It ends at once where the user is quicker. `give_written` is for
    when the conversation is open again."""

    def __init__(self, old: MainWindow) -> None:
        super().__init__()
        focus = old.focusWidget()
        self._keyboard = old.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        self._page = old.page()
        self._focus: Way = way_to(old, focus) if focus is not None else ()
        self._scrolled: dict[Way, tuple[int, int]] = {}
        for area in old.findChildren(QAbstractScrollArea):
            if area.isVisible() and not isinstance(area, QTextEdit) and not area.property("own-place"):
                values = area.verticalScrollBar().value(), area.horizontalScrollBar().value()
                if any(values):
                    self._scrolled[way_to(old, area)] = values
        self._lines = [
            _Written(way_to(old, line), line.text(), line.cursorPosition())
            for line in old.findChildren(QLineEdit)
            if line.isVisible() and line.isModified() and line.echoMode() is QLineEdit.EchoMode.Normal
        ]
        self._thinking = old.composer.thinking()
        self._document: QTextDocument | None = None
        self._cursor = 0, 0
        self._window: MainWindow | None = None
        self._left = _TRIES
        self._timer = QTimer(self)
        self._timer.setInterval(_AGAIN_MS)
        self._timer.timeout.connect(self._try)

    def take(self, old: MainWindow) -> None:
        """Take what is written out of the old window, which is about to be deleted."""
        editor = old.composer.editor
        cursor = editor.textCursor()
        self._cursor = cursor.anchor(), cursor.position()
        self._document = editor.give_away(self)

    def restore(self, window: MainWindow) -> None:
        """Put all that is seen into the new window, which shows the same page."""
        self._window = window
        if self._keyboard:
            window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        self._started = QApplication.focusWidget()
        window.destroyed.connect(self.stop)
        self._timer.start()
        self._try()

    def give_written(self, window: MainWindow) -> None:
        """Put what was being written into the new window."""
        written, composer = self._document, window.composer
        # What was written meanwhile into the new one wins. A key is not in what was kept, yet still written.
        if written is not None and composer.keepable(written.toPlainText()) == composer.text():
            composer.editor.adopt(written, *self._cursor)
        composer.set_thinking(self._thinking)

    def stop(self) -> None:
        """Leave the rest as it is."""
        self._timer.stop()
        self._window = None

    def _try(self) -> None:
        window = self._window
        self._left -= 1
        if window is None or self._left < 0 or (window.page() != self._page and self._left < _TRIES - 2):
            self.stop()
            return
        for way, values in list(self._scrolled.items()):
            area = at(window, way)
            if isinstance(area, QAbstractScrollArea):
                bars = area.verticalScrollBar(), area.horizontalScrollBar()
                reached = [_scroll(bar, value) for bar, value in zip(bars, values, strict=True)]
                if all(reached):
                    del self._scrolled[way]
        for line in list(self._lines):
            field = at(window, line.way)
            if isinstance(field, QLineEdit):
                self._lines.remove(line)
                if field.isEnabled() and not field.isModified():
                    field.setText(line.text)
                    field.setModified(True)
                    field.setCursorPosition(line.cursor)
        if self._focus:
            self._give_focus(window)
        if not (self._focus or self._scrolled or self._lines):
            self.stop()

    def _give_focus(self, window: MainWindow) -> None:
        here = window.focusWidget()
        if here is not None and here not in (self._started, window.composer.editor):
            # The user is somewhere else already.
            self._focus = ()
            return
        found = at(window, self._focus)
        if found is None or not found.isVisible():
            return
        found, self._focus = stand_in(found), ()
        reason = Qt.FocusReason.TabFocusReason if self._keyboard else Qt.FocusReason.OtherFocusReason
        cursor = found.cursorPosition() if isinstance(found, QLineEdit) else None
        found.setFocus(reason)
        if self._keyboard:
            # Being shown, and `setFocus`, may have taken it away again.
            window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
            found.update()
        if isinstance(found, QLineEdit) and cursor is not None:
            found.deselect()
            found.setCursorPosition(cursor)


def _scroll(bar: QScrollBar, value: int) -> bool:
    """Scroll as far as there is something; whether that was all the way."""
    bar.setValue(value)
    return bar.value() == value
