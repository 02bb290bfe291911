"""The keyboard in the transcript: where it enters, what it shows, how it scrolls (Tab: `ui/tabbing.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from ui.transcript.row import Row

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView


class Travel(QObject):
    """Shows where the keyboard is: the row's actions, and the row itself when it is out of sight."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._moved)

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        view = self._view
        if not isValid(view):
            return  # a view that is being destroyed loses the focus, too
        keyboard = view.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        for row in view.window_.rows:
            inside = new is not None and (row is new or row.isAncestorOf(new))
            row.focus_inside(inside)
            if inside and keyboard and new is not None:
                self._reveal(row, new)

    def _reveal(self, row: Row, widget: QWidget) -> None:
        view = self._view
        if widget is row:
            index = view.index_of(row)
            top, bottom = view.span()
            start = view.window_.top(index)
            if start < top or start + min(row.high, 80) > bottom:
                view.show_message(row.id)
            return
        y = widget.mapTo(view.viewport(), QPoint(0, 0)).y()
        height = view.viewport().height()
        if y < 0 or y + min(widget.height(), 40) > height:
            view.scroll_by(y - height // 3)

    def enter(self) -> bool:
        """From the transcript itself into the first message in sight; False when there is none."""
        view = self._view
        for _, row in view.window_.between(*view.span()):
            row.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return False


def scroll(view: TranscriptView, event: QKeyEvent) -> bool:
    """Scroll as this key asks; False when it asks for something else."""
    bar = view.verticalScrollBar()
    match event.key():
        case Qt.Key.Key_PageUp:
            view.scroll_by(-bar.pageStep())
        case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
            view.scroll_by(bar.pageStep())
        case Qt.Key.Key_Up:
            view.scroll_by(-bar.singleStep())
        case Qt.Key.Key_Down:
            view.scroll_by(bar.singleStep())
        case Qt.Key.Key_Home:
            bar.setValue(0)
        case Qt.Key.Key_End:
            view.scroll_to_end()
        case _:
            return False
    return True
