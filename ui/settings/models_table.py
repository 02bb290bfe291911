"""The table of one provider's models: on or off, billing, context, abilities, what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStyle,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.domain import BillingClass
from app.i18n import tr
from ui.controls import Field, Tag, button, label, paint_tag, tag_width, tag_word
from ui.flow import FlowLayout
from ui.hairlines import rule
from ui.lettering import draw_line
from ui.models.providers import VIEW_ROLE, ModelTableModel, mark
from ui.pieces import at_once
from ui.settings.form import Adaptive, column, wrapping
from ui.settings.lists import RowDelegate, has, rect_of
from ui.settings.values import ModelRow
from ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW, HEAD = 32, 28
_FLAG = QStyle.StateFlag


class ModelDelegate(RowDelegate):
    """Cells of the table; the focus ring runs round the whole row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: ModelRow = index.data(VIEW_ROLE)
        rect = rect_of(option)
        painter.save()
        if has(option, _FLAG.State_MouseOver):
            painter.fillRect(rect, self.theme.color("bg-hover"))
        if index.row():
            rule(painter, rect.x(), rect.y(), rect.width(), 1, self.theme.color("line"))
        match index.column():
            case ModelTableModel.NAME:
                self._name(painter, rect, item)
            case ModelTableModel.BILLING:
                word = tag_word(item.billing.value)
                place = QRectF(rect.left() + 8, rect.center().y() - 8, tag_width(word), 18)
                paint_tag(painter, place, item.billing.value, word)
            case ModelTableModel.LEFT:
                painter.setFont(self.theme.font("control"))
                held = index.data() == tr("strip.bills_never")
                painter.setPen(self.theme.color("ink-3" if held else "ink"))
                draw_line(painter, rect.adjusted(4, 0, -12, 0), index.data(), "right")
            case _:
                self.text(painter, QRectF(rect).adjusted(8, 0, -4, 0), index.data(), "caption", "ink-2")
        painter.restore()

    def _name(self, painter: QPainter, rect: QRect, item: ModelRow) -> None:
        box = QStyleOptionButton()
        box.rect = QRect(rect.left() + 12, rect.center().y() - 7, 16, 16)  # pyright: ignore[reportAttributeAccessIssue]
        state = _FLAG.State_Enabled | (_FLAG.State_On if item.on else _FLAG.State_Off)
        box.state = state  # pyright: ignore[reportAttributeAccessIssue]
        QApplication.style().drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter)
        words = QRectF(rect).adjusted(38, 0, -8, 0)
        name = item.spec.name or item.spec.id
        token = "ink" if item.on else "ink-2"
        if warning := mark(item):
            painter.setFont(self.theme.font("caption"))
            mark_width = painter.fontMetrics().horizontalAdvance(warning)
            painter.setFont(self.theme.font("control"))
            used = min(words.width() - mark_width - 8, painter.fontMetrics().horizontalAdvance(name) + 2)
            left = QRectF(words.left(), words.top(), used, words.height())
            self.text(painter, left, name, "control", token, ends=True)
            self.text(painter, words.adjusted(used + 8, 0, 0, 0), warning, "caption", "cool")
        else:
            self.text(painter, words, name, "control", token, ends=True)


class _Table(QTableView):
    """As tall as its rows: the page scrolls, not the table. Space or a click on the name switches a model.

    `menu_wanted(row, place on the screen)` by a click on the billing tag, the menu key or a right click.
    """

    menu_wanted = Signal(int, QPoint)

    def __init__(self, theme: Theme, model: ModelTableModel) -> None:
        super().__init__()
        self._theme = theme
        self._rows = model
        self.setModel(model)
        self.setItemDelegate(ModelDelegate(theme, self))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("settings.models"))
        self.setAccessibleDescription(tr("settings.models.how"))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setFixedHeight(HEAD)
        head.hide()
        model.modelReset.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(max(1, self._rows.rowCount()) * ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column_, width in enumerate(column_widths(self.width())):
            self.setColumnHidden(column_, width == 0)
            self.setColumnWidth(column_, width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return) and self.currentIndex().isValid():
            self._rows.toggle(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.column() == ModelTableModel.NAME:
            self._rows.toggle(index.row())
        elif event.button() == Qt.MouseButton.LeftButton and index.column() == ModelTableModel.BILLING:
            self.menu_wanted.emit(index.row(), event.globalPosition().toPoint())
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyed = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self.currentIndex().row() if keyed else self.indexAt(event.pos()).row()
        if row >= 0:
            under = QPoint(40, self.rowViewportPosition(row) + ROW)
            self.menu_wanted.emit(row, self.viewport().mapToGlobal(under) if keyed else event.globalPos())

    def focusInEvent(self, event: QEvent) -> None:  # type: ignore[override]
        super().focusInEvent(event)  # type: ignore[arg-type]
        if not self.currentIndex().isValid() and self._rows.rowCount():
            self.setCurrentIndex(self._rows.index(0, 0))
        self.viewport().update()

    def focusOutEvent(self, event: QEvent) -> None:  # type: ignore[override]
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        row = self.currentIndex().row()
        if row < 0 or not self.hasFocus():
            return
        if not self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent"), 2))
        rect = QRectF(0, self.rowViewportPosition(row), self.viewport().width(), ROW)
        painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 5, 5)
        painter.end()


def column_widths(width: int) -> tuple[int, int, int, int, int]:
    """Widths of name, billing, context, abilities, left for a table of `width`; 0 = no room, not shown."""
    if width >= 620:
        return width - 90 - 66 - 150 - 110, 90, 66, 150, 110
    if width >= 440:
        return width - 84 - 60 - 84, 84, 60, 0, 84
    return width - 84, 84, 0, 0, 0


class _Head(QWidget):
    """Column names above the table, in its widths."""

    def __init__(self, theme: Theme, model: ModelTableModel) -> None:
        super().__init__()
        self._theme, self._model = theme, model
        self.setFixedHeight(HEAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("bg-side"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, 0, 12), 7, 7)
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.color("ink-3"))
        left = 0
        for i, width in enumerate(column_widths(self.width())):
            cell = QRect(left, 0, width, HEAD)
            text = self._model.headerData(i, Qt.Orientation.Horizontal)
            if i == ModelTableModel.LEFT:
                draw_line(painter, cell.adjusted(4, 0, -12, 0), text, "right")
            elif width:
                inset = 38 if i == ModelTableModel.NAME else 8
                draw_line(painter, cell.adjusted(inset, 0, 0, 0), text)
            left += width
        rule(painter, 0, HEAD - 1, self.width(), 1, self._theme.color("line"))
        painter.end()


class _Frame(QWidget):
    """The table's border, and a line above its foot."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.foot: QWidget | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.foot is not None and self.foot.isVisible():
            rule(painter, 1, self.foot.y(), self.width() - 2, 1, self._theme.color("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


class ModelsPanel(QWidget):
    """Heading with filter, table, the link to the rest, and what the tags mean.

    `toggled(leg_id, on)`, `billing_chosen(leg_id, class)`, `refresh_requested()`, `named(model id)` and
    `unnamed(model id)` for models the user types in and takes out again.
    """

    toggled = Signal(str, bool)
    billing_chosen = Signal(str, str)
    refresh_requested = Signal()
    named = Signal(str)
    unnamed = Signal(str)

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__()
        self._theme = theme
        self._menu: QMenu | None = None
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Make what is shown, a few milliseconds' work from each `yield` to the next."""
        theme = self._theme
        self.model = ModelTableModel(parent=self)
        self.model.toggled.connect(self.toggled)
        self.table = _Table(theme, self.model)
        self.table.menu_wanted.connect(self._open_menu)
        words = QWidget()
        row = QHBoxLayout(words)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(tr("settings.models"), "control-bold", "ink"))
        row.addWidget(label(tr("settings.models.caption"), "caption", "ink-3"), 1)
        self.filter = Field("", icon="search", low=True)
        self.filter.setFixedWidth(150)
        self.refresh = button(tr("settings.models.refresh"), size="small", icon="retry")
        self.refresh.setToolTip(tr("settings.models.refresh.tip"))
        self.refresh.clicked.connect(self.refresh_requested)
        tools = QWidget()
        tool_row = QHBoxLayout(tools)
        tool_row.setContentsMargins(0, 0, 0, 0)
        tool_row.setSpacing(8)
        tool_row.addWidget(self.filter)
        tool_row.addWidget(self.refresh)
        self.filter.textChanged.connect(self.model.set_filter)
        self.filter.textChanged.connect(self._count)
        yield
        frame = _Frame(theme)
        box = column(frame, margins=(1, 1, 1, 1))
        box.addWidget(_Head(theme, self.model))
        box.addWidget(self.table)
        self._empty = label(tr("settings.models.none"), "caption", "ink-3")
        self._empty.setContentsMargins(12, 8, 12, 8)
        box.addWidget(self._empty)
        self.rest = button("", "link", trailing="chevron-down")
        self.rest.clicked.connect(lambda: self._show_all(True))
        foot = QWidget()
        foot_row = QHBoxLayout(foot)
        foot_row.setContentsMargins(12, 2, 12, 3)
        foot_row.addWidget(self.rest)
        foot_row.addStretch(1)
        self._foot = frame.foot = foot
        box.addWidget(foot)
        yield
        outer = column(self, spacing=8)
        self.typed = Field(tr("settings.models.name"), icon="plus")
        self.typed.setAccessibleName(tr("settings.models.name"))
        self.typed.returnPressed.connect(self._name_one)
        self._news = wrapping("", "caption", "ink-2")
        self._news.hide()
        outer.addWidget(Adaptive(words, tools))
        outer.addWidget(self._news)
        outer.addWidget(frame)
        outer.addWidget(self.typed)
        outer.addWidget(_legend())

    def show_models(self, rows: Sequence[ModelRow], *, fresh: bool) -> None:
        """Show these models; `fresh` = another provider: filter and unfolding start anew."""
        if fresh:
            self.filter.clear()
            self.typed.clear()
            self.show_news("")
            self.model.show_all(False)
        self.model.replace(rows)
        self.filter.setPlaceholderText(tr("settings.models.filter", n=len(rows)))
        self.filter.setAccessibleName(tr("settings.models.filter", n=len(rows)))
        self._count()

    def show_news(self, text: str, *, busy: bool = False) -> None:
        """What came of a refresh, in one sentence; empty takes it away."""
        self._news.setText(text)
        self._news.setVisible(bool(text))
        self.refresh.setEnabled(not busy)

    def _name_one(self) -> None:
        name = self.typed.text().strip()
        if name:
            self.typed.clear()
            self.named.emit(name)

    def _open_menu(self, row: int, place: QPoint) -> None:
        item = self.model.model_row(row)
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind in BillingClass:
            text = tr("settings.billing.as", kind=tag_word(kind.value))
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(item.billing is kind)
            action.triggered.connect(lambda _=False, k=kind.value: self.billing_chosen.emit(item.leg_id, k))
        if item.named:
            menu.addSeparator()
            remove = menu.addAction(tr("settings.models.unname"))
            remove.triggered.connect(lambda _=False: self.unnamed.emit(item.spec.id))
        self._menu = menu
        menu.popup(place)

    def _show_all(self, on: bool) -> None:
        self.model.show_all(on)
        self._count()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count(self) -> None:
        self._foot.setVisible(self.model.hidden > 0)
        self.rest.setText(tr("settings.models.more", n=self.model.hidden))
        self.rest.updateGeometry()
        empty = self.model.rowCount() == 0
        self.table.setVisible(not empty)
        self._empty.setText(tr("settings.models.none" if self.model.total else "settings.models.unknown"))
        self._empty.setVisible(empty)


def _legend() -> QWidget:
    made = QWidget()
    flow = FlowLayout(made, 14)
    for kind, text in (
        ("free", tr("settings.legend.free")),
        ("grant", tr("settings.legend.grant")),
        ("paid", tr("settings.legend.paid")),
    ):
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(Tag(kind))  # pyright: ignore[reportArgumentType] - one of the three
        row.addWidget(label(text, "caption", "ink-3"))
        flow.addWidget(pair)
    return made
