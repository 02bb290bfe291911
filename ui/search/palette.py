"""Ctrl+K: one field that goes anywhere: conversations, commands, sections of the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.search_text import Snippet
from ui.controls import Field
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.search.delegate import draw_marked
from ui.search.ranking import Fit, Place, Ranked, Ranking
from ui.search.value_list import VALUE_ROLE, ValueList
from ui.theme import Theme

WIDTH, ROW, MOST_SHOWN = 560, 36, 9
_TOP = 64
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class _Shown:
    place: Place
    name: Snippet


def _spoken(one: _Shown) -> str:
    return tr("sidebar.comma").join((one.place.name, tr(f"palette.kind.{one.place.kind}")))


class _Rows(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        one: _Shown = index.data(VALUE_ROLE)
        theme = self._theme
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue] - as above
        painter.save()
        chosen = index.row() == self._view.currentIndex().row()
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg-select" if chosen else "bg-hover"))
            painter.drawRoundedRect(QRectF(rect).adjusted(8, 1, -8, -1), 6, 6)
        line = rect.adjusted(20, 0, -20, 0)
        paint_icon(
            painter, QRectF(line.left(), line.top(), 16, line.height()), one.place.icon, theme, "ink-2"
        )
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-3"))
        end = one.place.keys or tr(f"palette.kind.{one.place.kind}")
        draw_line(painter, line, end, "right")
        line = line.adjusted(28, 0, -painter.fontMetrics().horizontalAdvance(end) - 12, 0)
        draw_marked(painter, line, one.name, theme, theme.font("control"), 1, "ink")
        painter.restore()


class Palette(QFrame):
    """Lies over the window while it is open; Esc, a click beside it or a choice closes it.

    `places` is asked each time it opens, `more(text)` whenever something is typed; `search_all(text)` is the
    way out when nothing fits.
    """

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        places: Callable[[], Iterable[Place]],
        search_all: Callable[[str], object],
        more: Callable[[str], Iterable[Fit]] = lambda _typed: (),
    ) -> None:
        super().__init__(parent)
        self._more = more
        self._theme = theme
        self._room = parent
        self._ask = places
        self._search_all = search_all
        self._ranking = Ranking(self, self._ranked)
        self._go_when_ranked = False
        self._again: tuple[str, str] | None = None
        self._before: QWidget | None = None
        self.field = Field(tr("palette.ask"), icon="search")
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self.list = QListView()
        self._model = ValueList(lambda one: one.place.name, self, _spoken)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Rows(theme, self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("palette.name"))
        self.list.clicked.connect(self._go)
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.color("bg-page"))
        self.list.setPalette(colours)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 12, 1, 8)
        column.setSpacing(8)
        inner = QVBoxLayout()
        inner.setContentsMargins(12, 0, 12, 0)
        inner.addWidget(self.field)
        column.addLayout(inner)
        column.addWidget(self.list, 1)
        self.setAccessibleName(tr("palette.name"))
        parent.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Open, or close when it is open."""
        if self.isVisible():
            self.close_up()
            return
        self._before = self.window().focusWidget()
        self._ranking.take(self._ask())
        self.field.clear()
        self._typed("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self) -> None:
        """More can be found by now: list it, if the palette is open; what is chosen stays chosen."""
        if self.isVisible() and self.field.text().strip():
            row = self.list.currentIndex().row()
            if row > 0 and not self._ranking.busy:
                place: Place = self._model.values[row].place
                self._again = (place.kind, place.name)
            self._rank(self.field.text())

    def close_up(self) -> None:
        """Close and give the keyboard back to where it was."""
        before, self._before = self._before, None
        # First of all: Qt looks through the whole window for another place for the keyboard of what it hides.
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.field.clearFocus()
        self.hide()

    def _typed(self, text: str) -> None:
        self._go_when_ranked, self._again = False, None
        self._rank(text)

    def _rank(self, text: str) -> None:
        self._ranking.ask(text, self._more(text.strip()) if text.strip() else ())

    def _ranked(self, found: Ranked) -> None:
        shown = [_Shown(place, name) for place, name in found]
        wanted = self.field.text().strip()
        if wanted:
            name = tr("palette.search_all", text=wanted)
            shown.append(
                _Shown(Place("search", name, lambda: self._search_all(wanted), "search"), Snippet(name))
            )
        chosen, self._again = self._again, None
        self._model.show(shown)
        names = [(one.place.kind, one.place.name) for one in shown]
        self.list.setCurrentIndex(self._model.index(names.index(chosen) if chosen in names else 0))
        self._place()
        if self._go_when_ranked:
            self._go(self.list.currentIndex())

    def _place(self) -> None:
        room = self._room.size()
        width = min(WIDTH, room.width() - 32)
        rows = min(MOST_SHOWN, max(1, self._model.rowCount()))
        height = min(rows * ROW + 62, room.height() - _TOP - 16)
        self.setGeometry((room.width() - width) // 2, min(_TOP, room.height() // 8), width, height)

    def _go(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        place = self._model.values[index.row()].place
        self.close_up()
        place.go()

    def _move(self, step: int) -> None:
        count = self._model.rowCount()
        if count:
            index = self._model.index((self.list.currentIndex().row() + step) % count)
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._room:
            if self.isVisible() and event.type() == QEvent.Type.Resize:
                self._place()
        elif isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # An input method's window takes the focus for a while; so does another program.
            leaves = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
            if self.isVisible() and event.reason() not in leaves:
                self._before = None
                self.hide()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Down:
                self._move(1)
            case Qt.Key.Key_Up:
                self._move(-1)
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                down = event.key() == Qt.Key.Key_PageDown
                row = self.list.currentIndex().row() + (MOST_SHOWN if down else -MOST_SHOWN)
                self._move(max(0, min(self._model.rowCount() - 1, row)) - self.list.currentIndex().row())
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._ranking.busy:
                    self._go_when_ranked = True
                else:
                    self._go(self.list.currentIndex())
            case Qt.Key.Key_Escape:
                self.close_up()
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                pass
            case _:
                return False
        return True

    def hideEvent(self, event: QHideEvent) -> None:
        self._ranking.stop()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line-strong"), 1))
        painter.setBrush(self._theme.color("bg-page"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
