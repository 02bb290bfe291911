"""The search within the settings: a field over the sections, and what it finds in place of the section."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QStyleOptionViewItem, QWidget

from app.i18n import tr
from app.search_text import Snippet
from ui.controls import Field, label
from ui.icons import paint_icon
from ui.keys import in_force
from ui.search.delegate import draw_marked
from ui.search.value_list import VALUE_ROLE, ValueList
from ui.settings.form import column
from ui.settings.index import Entry, Found, SettingsIndex
from ui.settings.lists import RowDelegate, rect_of
from ui.theme import Theme

_ROW = 48
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


def path(entry: Entry) -> str:
    """Where an entry stands: `Appearance › Writing`."""
    if entry.name == entry.place and not entry.group:
        return tr("settings.title")
    parts = (entry.place, entry.group) if entry.group != entry.name else (entry.place,)
    return " › ".join(part for part in parts if part)


def _words(one: Found) -> str:
    return tr("finder.row", name=one.entry.name, path=path(one.entry))


class _Rows(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        one: Found = index.data(VALUE_ROLE)
        painter.save()
        rect = QRectF(rect_of(option)).adjusted(16, 1, -16, -1)
        self.ground(painter, option, rect)
        box = QRectF(rect.left() + 12, rect.top(), 16, rect.height())
        paint_icon(painter, box, one.entry.icon, self.theme, "ink-2")
        words = rect.adjusted(40, 4, -12, -4)
        top = QRect(int(words.left()), int(words.top()), int(words.width()), 20)
        name = Snippet(one.entry.name, one.marks)
        draw_marked(painter, top, name, self.theme, self.theme.font("control"), 1, "ink")
        below = QRectF(words.left(), words.top() + 20, words.width(), 18)
        text = path(one.entry)
        if one.entry.caption:
            text = f"{text} · {one.entry.caption}"
        self.text(painter, below, text, "caption", "ink-3")
        painter.restore()


class Finder(QWidget):
    """The results. `field` is put over the sections by the page; the keyboard stays in it while one chooses.

    `searching(on)`: whether anything is typed; `opened(entry)`: the user wants to go there.
    """

    searching = Signal(bool)
    opened = Signal(object)

    def __init__(self, theme: Theme, index: SettingsIndex) -> None:
        super().__init__()
        self._index = index
        self.field = Field(tr("finder.field"), icon="search")
        self.field.setAccessibleName(tr("finder.name"))
        in_force.follow(self.field, lambda: self.field.set_hint(in_force.spaced("find_setting")))
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self.holder = QWidget()
        row = QHBoxLayout(self.holder)
        row.setContentsMargins(8, 2, 8, 6)
        row.addWidget(self.field)
        self.list = QListView()
        self.model = ValueList(_words, self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Rows(theme, self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("finder.results"))
        self.list.setMaximumWidth(820)
        self.list.clicked.connect(self._open)
        self._head = label("", "detail", "ink")
        self._none = label("", "control-bold", "ink")
        self._hint = label(tr("finder.hint"), "caption", "ink-3")
        box = column(self, spacing=4, margins=(0, 16, 0, 0))
        for words in (self._head, self._none, self._hint):
            words.setContentsMargins(24, 0, 24, 0)
            box.addWidget(words)
        box.addSpacing(4)
        box.addWidget(self.list, 1)
        index.changed.connect(self._grown)
        self._show([])

    def take_keyboard(self) -> None:
        """Write into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def clear(self) -> None:
        """Search no longer."""
        self.field.clear()

    def _typed(self, text: str) -> None:
        self._index.build()
        self._show(self._index.search(text))
        self.searching.emit(bool(text.strip()))

    def _grown(self) -> None:
        """More sections are known; what is chosen stays chosen."""
        if not self.field.text().strip():
            return
        at = self.list.currentIndex()
        chosen = at.data(VALUE_ROLE).entry if at.isValid() and at.row() else None
        self._show(self._index.search(self.field.text()))
        row = next((n for n, one in enumerate(self.model.values) if one.entry == chosen), 0)
        self._choose(row)

    def _show(self, found: list[Found]) -> None:
        self.model.show(found)
        self._head.setText(tr("finder.found", n=len(found)))
        nothing = not found and self._index.complete
        self._none.setText(tr("finder.none", text=self.field.text().strip()))
        self._head.setVisible(bool(found))
        self._none.setVisible(nothing)
        self._hint.setVisible(nothing)
        self._choose(0)

    def _choose(self, row: int) -> None:
        index = self.model.index(row)
        self.list.setCurrentIndex(index)
        if index.isValid():
            self.list.scrollTo(index)
        # The keyboard is in the field, so that is where a screen reader listens.
        self.field.setAccessibleDescription(index.data() if index.isValid() else self._none.text())

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.model.values[index.row()].entry)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        count, row = self.model.rowCount(), self.list.currentIndex().row()
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up if count:
                self._choose((row + (1 if event.key() == Qt.Key.Key_Down else -1)) % count)
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp if count:
                step = max(1, self.list.viewport().height() // _ROW)
                row += step if event.key() == Qt.Key.Key_PageDown else -step
                self._choose(max(0, min(count - 1, row)))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._open(self.list.currentIndex())
            case Qt.Key.Key_Escape if self.field.text():
                self.clear()
            case _:
                return False
        return True
