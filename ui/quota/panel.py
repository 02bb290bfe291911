"""A plot with its heading, its legend, and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.flow import FlowLayout
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.quota.plot import Plot
from ui.settings.form import column, wrapping
from ui.theme import Theme

_TABLE_ROWS, _ROW, _HEAD = 10, 28, 28


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a colour (`#RRGGBB`, or a role in `token`) or a state's `mark`, and its word."""

    text: str
    colour: str = ""
    token: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a plot shows, as text; from column `numbers` on, cells stand at the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: int = 1


class _Swatch(QWidget):
    def __init__(self, theme: Theme, key: Key) -> None:
        super().__init__()
        self._theme, self._key = theme, key
        self._text = label(key.text, "caption", "ink-2")
        self.setAccessibleName(key.text)

    def sizeHint(self) -> QSize:
        return QSize(self._text.sizeHint().width() + 18, 18)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, key = QPainter(self), self._theme, self._key
        if key.mark:
            paint_mark(painter, QRectF(0, 3, 12, 12), key.mark, theme, 0.75)
        else:
            painter.fillRect(1, 4, 10, 10, key.colour or theme.color(key.token or "parked-mark"))
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-2"))
        draw_line(painter, QRectF(17, 0, self.width() - 15, 18), key.text)


class DataTable(QTableWidget):
    """Read-only; Tab leaves it, arrow keys move in it."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setFont(theme.font("caption"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        head = self.horizontalHeader()
        head.setFont(theme.font("caption-bold"))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setFixedHeight(_HEAD)

    def show_table(self, table: Table) -> None:
        """Show this."""
        self.clear()
        self.setColumnCount(len(table.heads))
        self.setRowCount(len(table.rows))
        self.setHorizontalHeaderLabels(list(table.heads))
        middle = Qt.AlignmentFlag.AlignVCenter
        for n in range(len(table.heads)):
            side = Qt.AlignmentFlag.AlignRight if n >= table.numbers else Qt.AlignmentFlag.AlignLeft
            if (head := self.horizontalHeaderItem(n)) is not None:
                head.setTextAlignment(side | middle)
            for row, cells in enumerate(table.rows):
                item = QTableWidgetItem(cells[n])
                item.setTextAlignment(side | middle)
                item.setToolTip(cells[n])
                self.setItem(row, n, item)
        self.setFixedHeight(_HEAD + _ROW * max(1, min(_TABLE_ROWS, len(table.rows))) + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Panel(QWidget):
    """Heading and caption, the plot or its table, the legend. `extra` stands beside the heading."""

    def __init__(self, theme: Theme, title: str, plot: Plot, extra: QWidget | None = None) -> None:
        super().__init__()
        self._theme = theme
        self.plot = plot
        self._title = title
        self._table = Table((), ())
        self.data: DataTable | None = None
        self.caption = wrapping("", "caption", "ink-3")
        self.switch = button(tr("quota.as_table"), "link")
        self.switch.setFont(theme.font("caption"))
        self.switch.setAccessibleName(tr("quota.table_of", name=title))
        self.switch.clicked.connect(self._turn)
        head = QWidget()
        # As high as with anything beside the heading: two panels side by side stay level.
        head.setMinimumHeight(30)
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(label(title, "control-bold", "ink"))
        if extra is not None:
            row.addWidget(extra)
        row.addStretch(1)
        row.addWidget(self.switch)
        self._legend = QWidget()
        self._flow = FlowLayout(self._legend, 14)
        self._keys: tuple[Key, ...] = ()
        self._swatches: list[QWidget] = []
        self._none = label(tr("quota.nothing"), "caption", "ink-3")
        self.box = column(self, spacing=8)
        for widget in (head, self.caption, self._legend, plot, self._none):
            self.box.addWidget(widget)
        self.box.addStretch(1)
        self.caption.hide()

    def show_table(self, table: Table, keys: Sequence[Key] = (), caption: str = "") -> None:
        """The plot's data as text, its legend, and a line on it; nothing in the table = nothing to draw."""
        self._table = table
        if self.data is not None:
            self.data.show_table(table)
        self.caption.setText(caption)
        self.caption.setVisible(bool(caption))
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            for old in self._swatches:
                old.hide()
                old.deleteLater()
            self._swatches = [_Swatch(self._theme, key) for key in keys]
            for one in self._swatches:
                self._flow.addWidget(one)
        self._arrange()

    def _turn(self) -> None:
        if self.data is None:
            self.data = DataTable(self._theme, tr("quota.table_of", name=self._title))
            self.data.show_table(self._table)
            self.data.hide()
            self.box.insertWidget(self.box.indexOf(self.plot), self.data)
        shown = self.data.isHidden()
        self.data.setVisible(shown)
        self._arrange()
        (self.data if shown else self.plot).setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        empty = not self._table.rows
        table = self.data is not None and not self.data.isHidden() and not empty
        self.switch.setVisible(not empty)
        self.switch.setText(tr("quota.as_plot" if table else "quota.as_table"))
        self._none.setVisible(empty)
        self.plot.setVisible(not empty and not table)
        self._legend.setVisible(bool(self._keys) and not empty and not table)
        if self.data is not None and empty:
            self.data.hide()
