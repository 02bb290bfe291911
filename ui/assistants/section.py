"""The settings' section on assistants: the library as a list, the one chosen below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QListView, QMenu, QWidget

from app.assistants import LONGEST_NAME, Listed
from app.i18n import tr
from app.store.records import Assistant, Parameters
from ui.assistants.listing import ROW, AssistantDelegate, AssistantModel
from ui.assistants.parts import ParametersForm, TextBox
from ui.controls import Field, button, label
from ui.flow import FlowLayout
from ui.settings.form import Card, column, form_row, wrapping
from ui.settings.reorder import ReorderView
from ui.settings.sections import Section

if TYPE_CHECKING:
    from app.settings import Settings

ROWS_SHOWN = 6
Choice = tuple[str, tuple[str, ...] | None]
"""A chain to choose: what it is called, and its specs (None = the default one)."""


class AssistantsSection(Section):
    """Signals: `edited(Assistant)`, `add_requested`, `copy_requested(id)`, `delete_requested(id)`,
    `reset_requested(id)`, `order_changed(list of ids)`, `import_requested`, `export_requested`,
    `restore_requested` (the shipped ones that were deleted)."""

    TITLE = "settings.section.assistants"
    CAPTION = "assistants.caption"

    edited = Signal(object)
    add_requested = Signal()
    copy_requested = Signal(str)
    delete_requested = Signal(str)
    reset_requested = Signal(str)
    order_changed = Signal(object)
    import_requested = Signal()
    export_requested = Signal()
    restore_requested = Signal()

    def build(self) -> Iterator[None]:
        self._shown: Listed | None = None
        self._chains: Sequence[Choice] = ()
        self._wanted: str | None = None
        self.model = AssistantModel(self)
        self.view = ReorderView(self.theme, lambda: range(self.model.rowCount()), self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(AssistantDelegate(self.theme, self.view))
        self.view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.view.setAccessibleName(tr("settings.section.assistants"))
        self.view.setAccessibleDescription(tr("settings.reorder"))
        self.view.setFixedHeight(ROWS_SHOWN * ROW + 4)
        self.view.moved.connect(self._move)
        self.view.removed.connect(lambda row: self.delete_requested.emit(self.model.rows[row].id))
        self.view.selectionModel().currentChanged.connect(lambda index: self._choose(index.row()))
        self._build_list()
        yield
        yield from self._build_editor()
        self._title = self.switch("auto_title")
        self._summary = self.switch("auto_summary")
        self.group(
            tr("assistants.helpers"),
            form_row(tr("assistants.auto_title"), tr("assistants.auto_title.note"), self._title),
            form_row(tr("assistants.auto_summary"), tr("assistants.auto_summary.note"), self._summary),
        )
        yield
        self.box.addStretch(1)

    def _build_list(self) -> None:
        self.add = button(tr("assistants.add"), size="small", icon="plus")
        self.add.clicked.connect(self.add_requested)
        self.import_button = button(tr("assistants.import"), size="small", icon="import")
        self.import_button.clicked.connect(self.import_requested)
        self.export_button = button(tr("assistants.export"), size="small", icon="export")
        self.export_button.clicked.connect(self.export_requested)
        self.restore = button(tr("assistants.restore"), "link", size="small")
        self.restore.clicked.connect(self.restore_requested)
        self.restore.hide()
        self.copy = button(tr("assistants.copy"), size="small", icon="copy")
        self.copy.clicked.connect(lambda: self._with_shown(self.copy_requested.emit))
        self.delete = button(tr("assistants.delete"), "danger", size="small", icon="trash")
        self.delete.clicked.connect(lambda: self._with_shown(self.delete_requested.emit))
        self.up = button(tr("settings.chain.up"), size="small")
        self.up.clicked.connect(lambda: self._move(self._row, self._row - 1))
        self.down = button(tr("settings.chain.down"), size="small")
        self.down.clicked.connect(lambda: self._move(self._row, self._row + 1))
        part = QWidget()
        lines = column(part, spacing=8)
        lines.addWidget(_flowing(self.add, self.import_button, self.export_button, self.restore))
        card = Card(self.theme, padding=(2, 4))
        card.add(self.view)
        lines.addWidget(card)
        lines.addWidget(_flowing(self.copy, self.delete, self.up, self.down))
        self.box.addWidget(part)

    def _build_editor(self) -> Iterator[None]:
        self.name = Field(tr("assistants.name"))
        self.name.setMaxLength(LONGEST_NAME)
        self.name.editingFinished.connect(self._name_edited)
        self.problem = wrapping("", "caption", "bad")
        self.problem.hide()
        self.prompt = TextBox(self.theme, tr("assistants.prompt"), tr("assistants.prompt.hint"), lines=10)
        self.prompt.edited.connect(lambda text: self._edit(system=text.strip()))
        yield
        self.reset = button(tr("assistants.reset"), "link", size="small", icon="undo")
        self.reset.clicked.connect(lambda: self._with_shown(self.reset_requested.emit))
        self.parameters = ParametersForm(self.theme)
        self.parameters.edited.connect(
            lambda how: self._edit(parameters=None if how == Parameters() else how)
        )
        yield
        self.chain = button("", size="small", icon="relay", trailing="chevron-down")
        self.chain.clicked.connect(self._popup_chains)
        words = QWidget()
        lines = column(words, spacing=8)
        lines.addWidget(label(tr("assistants.name"), "control", "ink"))
        lines.addWidget(self.name)
        lines.addWidget(self.problem)
        head = _row(label(tr("assistants.prompt"), "control", "ink"), None, self.reset)
        lines.addWidget(head)
        lines.addWidget(self.prompt)
        lines.addWidget(wrapping(tr("assistants.variables"), "caption", "ink-3"))
        self._editor = QWidget()
        box = column(self._editor)
        card = Card(self.theme)
        card.add(words)
        yield
        card.add(self.parameters)
        card.add(form_row(tr("assistants.chain"), tr("assistants.chain.note"), self.chain))
        box.addWidget(card)
        self.box.addWidget(self._editor)
        yield
        self._enable()

    # values in

    def show_settings(self, settings: Settings) -> None:
        self._title.setChecked(settings.auto_title)
        self._summary.setChecked(settings.auto_summary)

    def show_assistants(self, rows: Sequence[Listed], chains: Sequence[Choice], *, hidden: bool) -> None:
        """Show the library; `hidden` = shipped ones are deleted. The one chosen stays chosen."""
        before = self._shown.id if self._shown is not None else None
        wanted, self._wanted = self._wanted or before, None
        at = self._row
        self._chains = chains
        self.model.replace(rows)
        row = self.model.row_of(wanted) if wanted else -1
        if row < 0:
            row = min(max(at, 0), len(rows) - 1)
        self.view.setCurrentIndex(self.model.index(row))
        self._choose(row)
        self.restore.setVisible(hidden)

    def choose(self, assistant: str, *, typing: bool = False) -> None:
        """Choose an assistant, now or when it is there; `typing` puts the keyboard on its name."""
        row = self.model.row_of(assistant)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))
        else:
            self._wanted = assistant
        if typing:
            QTimer.singleShot(0, self.name, self._to_name)

    def show_problem(self, text: str) -> None:
        """Why a change was not taken, in one sentence; empty = all is well."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.name.set_bad(bool(text))

    def flush(self) -> None:
        """Tell now what was typed a moment ago."""
        self.prompt.flush()

    # inside

    @property
    def _row(self) -> int:
        return self.view.currentIndex().row()

    def _to_name(self) -> None:
        self.name.setFocus()
        self.name.selectAll()

    def _choose(self, row: int) -> None:
        one = self.model.rows[row] if 0 <= row < len(self.model.rows) else None
        if one is not None and (self._shown is None or self._shown.id != one.id):
            self.prompt.flush()
            self.show_problem("")
        fresh = self._shown is None or one is None or self._shown.id != one.id
        self._shown = one
        if one is not None:
            if fresh or not (self.name.hasFocus() or self.name.bad):
                self.name.setText(one.name)
            if fresh or not self.prompt.editor.hasFocus():
                self.prompt.set_text(one.assistant.system)
            self.parameters.show_parameters(one.assistant.parameters)
            self.chain.setText(self._chain_name(one.assistant.chain))
        self._enable()

    def _chain_name(self, specs: tuple[str, ...] | None) -> str:
        found = next((name for name, known in self._chains if (known or None) == (specs or None)), None)
        return found if found is not None else tr("chains.conversation")

    def _enable(self) -> None:
        row, count = self._row, self.model.rowCount()
        self._editor.setVisible(self._shown is not None)
        for one in (self.copy, self.delete):
            one.setEnabled(self._shown is not None)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.export_button.setEnabled(count > 0)
        self.reset.setVisible(self._shown is not None and self._shown.changed)

    def _name_edited(self) -> None:
        name = " ".join(self.name.text().split())
        if self._shown is None:
            return
        if name == self._shown.name:
            self.show_problem("")
        else:
            self._edit(name=name)

    def _edit(self, **changes: object) -> None:
        if self._shown is None:
            return
        now: Assistant = replace(self._shown.assistant, **changes)  # pyright: ignore[reportArgumentType]
        if now != self._shown.assistant:
            # Two fields may be edited before the library comes back.
            self._shown = replace(self._shown, assistant=now)
            self.edited.emit(now)

    def _move(self, row: int, to: int) -> None:
        rows = [one.id for one in self.model.rows]
        if 0 <= row < len(rows) and 0 <= to < len(rows):
            rows.insert(to, rows.pop(row))
            self._wanted = rows[to]
            self.order_changed.emit(rows)

    def _with_shown(self, emit: object) -> None:
        if self._shown is not None and callable(emit):
            emit(self._shown.id)

    def chain_menu(self) -> QMenu:
        """The chains to choose from; the caller pops it up."""
        menu = QMenu(self)
        used = self._shown.assistant.chain if self._shown is not None else None
        for name, specs in self._chains:
            action = menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked((specs or None) == (used or None))
            action.triggered.connect(lambda _=False, chain=specs: self._set_chain(chain))
        return menu

    def _set_chain(self, specs: tuple[str, ...] | None) -> None:
        self.chain.setText(self._chain_name(specs))
        self._edit(chain=specs)

    def _popup_chains(self) -> None:
        menu = self.chain_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.chain.mapToGlobal(QPoint(0, self.chain.height())))


def _row(*widgets: QWidget | None) -> QWidget:
    """Widgets side by side; None = the rest of the room."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    if None not in widgets:
        row.addStretch(1)
    return made


def _flowing(*widgets: QWidget) -> QWidget:
    """Widgets side by side, on as many lines as they need."""
    made = QWidget()
    row = FlowLayout(made)
    for widget in widgets:
        row.addWidget(widget)
    return made
