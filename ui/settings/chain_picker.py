"""Which relay chain the editor below shows, and what can be done with a named one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QActionGroup, QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import tr
from app.settings_fields import LONGEST_NAME
from ui.controls import Field, button, label
from ui.flow import FlowLayout
from ui.settings.form import column
from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class ChainChoice:
    """A chain that can be edited. The empty `name` is the chain without one; `own` = the user made or changed
    it, `builtin` = the program suggests one of this name."""

    name: str
    text: str
    own: bool = False
    builtin: bool = False
    default: bool = False


class ChainPicker(QWidget):
    """Signals: `chosen(name)`, `added(name)`, `renamed(old, new)`, `removed(name)`, `default_wanted(name)`"""

    chosen = Signal(str)
    added = Signal(str)
    renamed = Signal(str, str)
    removed = Signal(str)
    default_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._rows: Sequence[ChainChoice] = ()
        self._current = ChainChoice("", "")
        self._renaming = False
        self.choice = button("", size="small", icon="relay", trailing="chevron-down")
        self.choice.clicked.connect(self._popup)
        self.default = button(tr("chains.use"), "link")
        self.default.clicked.connect(lambda: self.default_wanted.emit(self._current.name))
        self.in_use = label(tr("chains.in_use"), "caption", "ink-3")
        self.add = button(tr("chains.new"), size="small", icon="plus")
        self.add.clicked.connect(lambda: self._ask(renaming=False))
        self.rename = button(tr("chains.rename"), size="small")
        self.rename.clicked.connect(lambda: self._ask(renaming=True))
        self.remove = button("", size="small")
        self.remove.clicked.connect(lambda: self.removed.emit(self._current.name))
        self.name = Field(tr("chains.name_prompt"))
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setMaximumWidth(320)
        self.name.returnPressed.connect(self._named)
        self.name.installEventFilter(self)
        self.name.hide()
        buttons = QWidget()
        row = FlowLayout(buttons)
        for one in (self.choice, self.default, self.in_use, self.add, self.rename, self.remove):
            row.addWidget(one)
        outer = column(self, spacing=6)
        outer.addWidget(buttons)
        outer.addWidget(self.name)

    def show_chains(self, rows: Sequence[ChainChoice], current: str) -> None:
        """Show these chains; the editor shows the one named `current`."""
        self._rows = rows
        chosen = next((row for row in rows if row.name == current), None)
        self._current = chosen or ChainChoice("", "")
        self.choice.setText(self._current.text)
        self.choice.setAccessibleName(f"{tr('chains.which')}: {self._current.text}")
        self.default.setVisible(not self._current.default)
        self.in_use.setVisible(self._current.default)
        named = bool(self._current.name)
        self.rename.setVisible(named and not self._current.builtin)
        self.remove.setVisible(named and self._current.own)
        self.remove.setText(tr("chains.restore" if self._current.builtin else "chains.delete"))

    def menu(self) -> QMenu:
        """The chains to choose from; the caller pops it up."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(made)
        for row in self._rows:
            action = made.addAction(row.text.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(row.name == self._current.name)
            action.triggered.connect(lambda _=False, name=row.name: self.chosen.emit(name))
            group.addAction(action)
        return made

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.name and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self._close_name()
                return True
        return False

    def _popup(self) -> None:
        self.menu().popup(self.choice.mapToGlobal(self.choice.rect().bottomLeft()))

    def _ask(self, *, renaming: bool) -> None:
        self._renaming = renaming
        self.name.setText(self._current.name if renaming else self._free_name())
        self.name.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _free_name(self) -> str:
        taken, name, n = {row.name for row in self._rows}, tr("chains.new_name"), 2
        while name in taken:
            name, n = f"{tr('chains.new_name')} {n}", n + 1
        return name

    def _named(self) -> None:
        name = self.name.text().strip()
        if not name:
            return
        self._close_name()
        if self._renaming:
            if name != self._current.name:
                self.renamed.emit(self._current.name, name)
        else:
            self.added.emit(name)

    def _close_name(self) -> None:
        self.name.hide()
        self.choice.setFocus(Qt.FocusReason.OtherFocusReason)
