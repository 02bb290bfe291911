"""The painted rows of the settings: sections, providers, legs of the chain."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.i18n import tr
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.marks import paint_mark, paint_tile
from ui.models.chain import ENTRY_ROLE
from ui.models.providers import VIEW_ROLE, Heading, note
from ui.settings.reorder import ReorderView
from ui.settings.values import ChainEntry, ProviderView
from ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_FLAG = QStyle.StateFlag


def rect_of(option: QStyleOptionViewItem) -> QRect:
    return option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs


def has(option: QStyleOptionViewItem, flag: QStyle.StateFlag) -> bool:
    return bool(option.state & flag)  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs


class RowDelegate(QStyledItemDelegate):
    """The ground every row is painted on: hover, selection, focus ring; and text that is elided."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self.theme = theme

    def ground(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRectF, hover: str = "bg-hover"
    ) -> None:
        """Fill `rect` by the row's state; the focus ring lies inside it and follows keyboard use only."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = has(option, _FLAG.State_Selected)
        if selected or has(option, _FLAG.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("bg-select" if selected else hover))
            painter.drawRoundedRect(rect, 6, 6)
        if has(option, _FLAG.State_HasFocus) and has(option, _FLAG.State_KeyboardFocusChange):
            painter.setPen(self.theme.color("accent"))
            pen = painter.pen()
            pen.setWidth(2)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 5, 5)

    def text(
        self, painter: QPainter, rect: QRectF, text: str, use: str, token: str, *, ends: bool = False
    ) -> None:
        """One elided line, centred vertically in `rect`; `ends` = its end may tell it from others."""
        painter.setFont(self.theme.font(use))
        painter.setPen(self.theme.color(token))
        how = Qt.TextElideMode.ElideMiddle if ends else Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(text, how, max(0, int(rect.width())))
        draw_line(painter, rect, shown)

    def grip(self, painter: QPainter, x: float, y: float) -> None:
        """Six dots that say the row can be dragged."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("line-strong"))
        for row in (-4, 0, 4):
            for column in (-2, 2):
                painter.drawEllipse(QPointF(x + column, y + row), 1, 1)


_LOW = 26
"""Pixels of a section's row at least; where all fit only so, they are as low as need be."""


class SectionDelegate(RowDelegate):
    """An icon and a word, 32 px where there is room for all."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(theme, view)
        self.height = theme.closer(32, 28)
        self.quiet = False
        """Whether no section is shown as the chosen one, because something else is on show."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, self.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = QRectF(rect_of(option)).adjusted(8, 0, -8, 0)
        if self.quiet:
            option = QStyleOptionViewItem(option)
            option.state &= ~_FLAG.State_Selected  # pyright: ignore[reportAttributeAccessIssue] - see above
        self.ground(painter, option, rect)
        selected = has(option, _FLAG.State_Selected)
        name = index.data(int(Qt.ItemDataRole.UserRole) + 1)
        box = QRectF(rect.left() + 10, rect.top(), 16, rect.height())
        paint_icon(painter, box, name, self.theme, "ink" if selected else "ink-2")
        self.text(
            painter,
            rect.adjusted(35, 0, -6, 0),
            index.data(),
            "control-bold" if selected else "control",
            "ink" if selected else "ink-2",
        )
        painter.restore()


class SectionList(QListWidget):
    """The first column. `chosen(name)` when another section is current."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._theme = theme
        self._rows = SectionDelegate(theme, self)
        self.setItemDelegate(self._rows)
        self.setAccessibleName(tr("settings.sections"))
        self.viewport().setAutoFillBackground(False)
        self.currentItemChanged.connect(self._announce)

    def add(self, name: str, text: str, icon: str) -> None:
        """Add a section at the end."""
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setData(int(Qt.ItemDataRole.UserRole) + 1, icon)
        self.addItem(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().height() // max(1, self.count())
        height = max(_LOW, min(self._theme.closer(32, 28), room))
        if height != self._rows.height:
            self._rows.height = height
            self.doItemsLayout()
        if self.currentItem() is not None:
            self.scrollToItem(self.currentItem())

    def choose(self, name: str) -> None:
        """Make a section current; an unknown name changes nothing."""
        for row in range(self.count()):
            if self.item(row).data(Qt.ItemDataRole.UserRole) == name:
                self.setCurrentRow(row)

    def set_quiet(self, quiet: bool) -> None:
        """Show no section as the chosen one for as long as something of all sections is on show."""
        if quiet != self._rows.quiet:
            self._rows.quiet = quiet
            self.viewport().update()

    def section(self) -> str:
        """The current section's name."""
        item = self.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else ""

    def _announce(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


class ProviderDelegate(RowDelegate):
    """Grip, tile, name over note, state mark: 44 px; headings 31 px."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, 31 if isinstance(index.data(VIEW_ROLE), Heading) else 44)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        item = index.data(VIEW_ROLE)
        rect = QRectF(rect_of(option))
        if isinstance(item, ProviderView):
            self._provider(painter, option, rect.adjusted(8, 0, -8, 0), item)
        else:
            self.text(painter, rect.adjusted(20, 8, -8, 0), item.text, "caption", "ink-3")
        painter.restore()

    def _provider(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRectF, item: ProviderView
    ) -> None:
        self.ground(painter, option, rect)
        middle = rect.center().y()
        if item.keys and not item.spec.local:
            self.grip(painter, rect.left() + 18, middle)
        paint_tile(
            painter, QRectF(rect.left() + 34, middle - 12, 24, 24), item.glyph, item.colour, self.theme
        )
        words = rect.adjusted(68, 4, -34, -4)
        selected = has(option, _FLAG.State_Selected)
        name_token = "ink" if item.on else "ink-3"
        top = QRectF(words.left(), words.top(), words.width(), 18)
        self.text(painter, top, item.name, "control-bold" if selected else "control", name_token)
        self.text(painter, top.translated(0, 18), note(item), "caption", "ink-2" if selected else "ink-3")
        mark = item.state if item.on else "paused"
        paint_mark(painter, QRectF(rect.right() - 24, middle - 6, 12, 12), mark, self.theme)


class ProviderList(ReorderView):
    """The second column of providers and keys."""

    def __init__(self, theme: Theme, movable, parent: QWidget | None = None) -> None:
        super().__init__(theme, movable, parent)
        self.setItemDelegate(ProviderDelegate(theme, self))
        self.setAccessibleName(tr("settings.providers"))
        self.setAccessibleDescription(tr("settings.reorder"))


class ChainDelegate(RowDelegate):
    """Grip, number, tile, leg, note or problem: 36 px."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, 36)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: ChainEntry = index.data(ENTRY_ROLE)
        painter.save()
        rect = QRectF(rect_of(option)).adjusted(4, 1, -4, -1)
        self.ground(painter, option, rect)
        middle = rect.center().y()
        self.grip(painter, rect.left() + 14, middle)
        painter.setFont(self.theme.font("caption"))
        painter.setPen(self.theme.color("ink-3"))
        number = QRectF(rect.left() + 24, rect.top(), 22, rect.height())
        draw_line(painter, number, str(index.row() + 1), "centre")
        paint_tile(
            painter, QRectF(rect.left() + 52, middle - 9, 18, 18), entry.glyph, entry.colour, self.theme
        )
        words = rect.adjusted(80, 0, -12, 0)
        painter.setFont(self.theme.font("control"))
        width = min(words.width() * 0.62, painter.fontMetrics().horizontalAdvance(entry.name) + 12)
        name = QRectF(words.left(), words.top(), width, words.height())
        self.text(painter, name, entry.name, "control", "ink")
        rest = words.adjusted(width + 8, 0, 0, 0)
        token = "bad" if entry.problem else "ink-3"
        self.text(painter, rest, entry.problem or entry.note, "caption", token)
        painter.restore()
