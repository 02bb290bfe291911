"""The relay chain as a list that is put in order by mouse, keys or buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QMenu, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.flow import FlowLayout
from ui.marks import paint_tile
from ui.models.chain import ChainModel
from ui.settings.form import Adaptive, Card, column, wrapping
from ui.settings.lists import ChainDelegate
from ui.settings.reorder import ReorderView
from ui.settings.values import ChainEntry
from ui.theme import Theme

ROW = 36


class ChainEditor(QWidget):
    """`changed(tuple of leg specs)`; the empty tuple asks for the automatic chain."""

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._choices: Sequence[ChainEntry] = ()
        self.model = ChainModel(self)
        self.model.edited.connect(self._edited)
        self.view = ReorderView(theme, lambda: range(self.model.rowCount()), self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(ChainDelegate(theme, self.view))
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.view.setAccessibleName(tr("settings.chain"))
        self.view.setAccessibleDescription(tr("settings.chain.how"))
        self.view.moved.connect(self._move)
        self.view.removed.connect(self._remove)
        self.view.selectionModel().currentChanged.connect(self._enable)
        self._note = wrapping("", "caption", "ink-3")
        self._empty = label(tr("settings.chain.empty"), "caption", "ink-3")
        self.automatic = button(tr("settings.chain.automatic"), "link")
        self.automatic.clicked.connect(lambda: self.changed.emit(()))
        self.add = button(tr("settings.chain.add"), size="small", icon="plus")
        self.add.clicked.connect(self._popup)
        self.up = button(tr("settings.chain.up"), size="small")
        self.down = button(tr("settings.chain.down"), size="small")
        self.out = button(tr("settings.chain.out"), size="small")
        self.up.clicked.connect(lambda: self._move(self._row, self._row - 1))
        self.down.clicked.connect(lambda: self._move(self._row, self._row + 1))
        self.out.clicked.connect(lambda: self._remove(self._row))
        self._build()
        self._fit()

    def show_chain(
        self, entries: Sequence[ChainEntry], choices: Sequence[ChainEntry], *, automatic: bool, note: str = ""
    ) -> None:
        """Show a chain and what could be added; `automatic` = it follows the providers with keys. `note` says
        what else it is: then there is no automatic one to go back to."""
        row = self._row
        self.model.replace(entries)
        self._choices = choices
        usual = tr("settings.chain.is_automatic") if automatic else tr("settings.chain.is_own")
        self._note.setText(note or usual)
        self.automatic.setVisible(not automatic and not note)
        if 0 <= row < self.model.rowCount() and self._row < 0:
            self.view.setCurrentIndex(self.model.index(row))
        self._fit()

    def menu(self) -> QMenu:
        """What can be added, the caller pops it up."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        taken = set(self.model.specs)
        for entry in self._choices:
            if entry.spec not in taken:
                text = f"{entry.name}  {entry.note}".rstrip().replace("&", "&&")
                made.addAction(_tile(entry, self._theme), text, partial(self.model.add, entry))
        if made.isEmpty():
            made.addAction(tr("settings.chain.nothing")).setEnabled(False)
        return made

    def _build(self) -> None:
        inner = QWidget()
        box = column(inner)
        box.addWidget(self.view)
        box.addWidget(self._empty)
        card = Card(self._theme, padding=(0, 4))
        card.add(inner)
        buttons = QWidget()
        row = FlowLayout(buttons)
        row.setContentsMargins(0, 4, 4, 4)
        for one in (self.add, self.up, self.down, self.out):
            row.addWidget(one)
        outer = column(self, spacing=6)
        outer.addWidget(label(tr("settings.chain"), "control-bold", "ink"))
        outer.addWidget(self._note)
        outer.addWidget(card)
        card.add(Adaptive(buttons, self.automatic), (12, 6))
        self._empty.setContentsMargins(12, 6, 12, 6)

    @property
    def _row(self) -> int:
        return self.view.currentIndex().row()

    def _move(self, row: int, to: int) -> None:
        self.model.move(row, to)
        self._enable()

    def _remove(self, row: int) -> None:
        self.model.remove(row)

    def _edited(self, specs: tuple[str, ...]) -> None:
        self._fit()
        self.changed.emit(specs)

    def _fit(self) -> None:
        rows = self.model.rowCount()
        self.view.setFixedHeight(max(1, rows * ROW))
        self.view.setVisible(rows > 0)
        self._empty.setVisible(rows == 0)
        self._enable()

    def _enable(self) -> None:
        row, rows = self._row, self.model.rowCount()
        self.up.setEnabled(0 < row < rows)
        self.down.setEnabled(0 <= row < rows - 1)
        self.out.setEnabled(0 <= row < rows)

    def _popup(self) -> None:
        self.menu().popup(self.add.mapToGlobal(QPoint(0, self.add.height())))


def _tile(entry: ChainEntry, theme: Theme) -> QIcon:
    result = QIcon()
    for ratio in (1, 2):
        image = QPixmap(16 * ratio, 16 * ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        paint_tile(painter, QRectF(0, 0, 16 * ratio, 16 * ratio), entry.glyph, entry.colour, theme)
        painter.end()
        image.setDevicePixelRatio(ratio)
        result.addPixmap(image)
    return result
