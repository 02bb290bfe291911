"""The section on provider facts: where newer ones come from, what an update changed, how to take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import Field, button, label
from ui.settings.form import Adaptive, Card, column, form_row, wrapping
from ui.settings.sections import Section

if TYPE_CHECKING:
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class ProviderFile:
    """A provider file that is not built in: whose, where, from when; `own` = the user's, else fetched."""

    provider: str
    name: str
    path: str
    checked: str
    own: bool


class CatalogueSection(Section):
    """`update_requested()`, `undo_requested()`, `reload_requested()`, `folder_requested()`,
    `file_removed(provider)`."""

    TITLE = "facts.title"
    CAPTION = "facts.caption"

    update_requested = Signal()
    undo_requested = Signal()
    reload_requested = Signal()
    folder_requested = Signal()
    file_removed = Signal(str)

    def build(self) -> Iterator[None]:
        self.url = Field("https://…")
        self.url.setMinimumWidth(280)
        self.url.setFont(self.theme.font("code"))
        self.url.editingFinished.connect(self._enter)
        self._daily = self.switch("catalogue_daily")
        self.update_button = button(tr("facts.update"), size="small", icon="retry")
        self.update_button.clicked.connect(self.update_requested)
        self.undo_button = button(tr("facts.undo"), size="small", icon="undo")
        self.undo_button.clicked.connect(self.undo_requested)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.update_button)
        row.addWidget(self.undo_button)
        self._last = wrapping("", "caption", "ink-3")
        self.group(
            tr("facts.fetch"),
            form_row(tr("facts.address"), tr("facts.address.note"), self.url),
            form_row(tr("facts.daily"), tr("facts.daily.note"), self._daily),
            Adaptive(self._last, buttons),
        )
        yield
        self._news = QWidget()
        lines = column(self._news, spacing=8)
        self._problem = wrapping("", "control", "bad")
        self._changes = wrapping("", "control", "ink")
        self._refused_head = label(tr("facts.refused"), "control-bold", "ink")
        self._refused = wrapping("", "caption", "bad")
        for widget in (self._problem, self._changes, self._refused_head, self._refused):
            lines.addWidget(widget)
        self.box.addWidget(self._news)
        yield
        self._news.hide()
        self._files: Card = self.group(tr("facts.files"))
        yield
        reload_ = button(tr("facts.reload"), size="small", icon="retry")
        reload_.clicked.connect(self.reload_requested)
        folder = button(tr("facts.folder"), size="small", icon="folder")
        folder.clicked.connect(self.folder_requested)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(reload_)
        row.addWidget(folder)
        row.addStretch(1)
        self.box.addWidget(foot)
        yield
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        if not self.url.isModified():
            self.url.setText(settings.catalogue_url)
        self._daily.setChecked(settings.catalogue_daily)
        self._daily.setEnabled(bool(settings.catalogue_url))
        self.update_button.setEnabled(bool(settings.catalogue_url))

    def show_state(self, last: str, *, can_undo: bool, busy: bool = False) -> None:
        """When files were last fetched, in words, and whether that can be undone."""
        self._last.setText(last)
        self.undo_button.setEnabled(can_undo and not busy)
        if busy:
            self.update_button.setEnabled(False)

    def show_report(self, changes: Sequence[str], refused: Sequence[str], problem: str) -> None:
        """What an update did; with nothing to say it says so."""
        nothing = not (changes or refused or problem)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._changes.setText(tr("facts.nothing_new") if nothing else "\n".join(changes))
        self._changes.setVisible(nothing or bool(changes))
        self._refused_head.setVisible(bool(refused))
        self._refused.setText("\n".join(refused))
        self._refused.setVisible(bool(refused))
        self._news.show()

    def show_files(self, files: Sequence[ProviderFile]) -> None:
        """The files in use that are not built in."""
        self._files.clear()
        if not files:
            self._files.add(wrapping(tr("facts.only_builtin"), "caption", "ink-3"))
        for file in files:
            words = QWidget()
            lines = column(words, spacing=1)
            lines.addWidget(wrapping(file.name, "control", "ink"))
            origin = tr("facts.from_user" if file.own else "facts.from_fetched", date=file.checked or "–")
            lines.addWidget(wrapping(origin, "caption", "ink-3"))
            path = wrapping(file.path.replace("/", "/\u200b").replace("\\", "\\\u200b"), "caption", "ink-3")
            path.setAccessibleName(file.path)
            lines.addWidget(path)
            remove = button(tr("facts.remove"), size="small")
            remove.setAccessibleName(tr("facts.remove.of", name=file.name))
            remove.clicked.connect(lambda _=False, p=file.provider: self.file_removed.emit(p))
            remove.setVisible(file.own)
            self._files.add(Adaptive(words, remove))

    def _enter(self) -> None:
        if self.url.isModified():
            self.url.setModified(False)
            self.send("catalogue_url", self.url.text().strip())
