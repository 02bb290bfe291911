"""Which relay chain the page uses: the menu of the header's chain button and what its choice does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.chains import Chains, name_in
from app.i18n import tr
from app.settings import SettingsService
from app.store.records import Conversation

Specs = tuple[str, ...]


class ChainChooser(QObject):
    """Signals: `changed` when the chain in use is another one, `edit_requested(name)` to edit chains; the
    name is empty for the default chain.

    `shown` gives the open conversation and whether the page is practice; `keep` stores a conversation's
    chain (None = the default). A page without a conversation keeps the choice in `wish` until its first
    question.
    """

    changed = Signal()
    edit_requested = Signal(str)

    def __init__(
        self,
        chains: Chains,
        settings: SettingsService,
        shown: Callable[[], tuple[Conversation | None, bool]],
        keep: Callable[[str, Specs | None], Coroutine[Any, Any, Any]],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        super().__init__()
        self._chains = chains
        self._settings = settings
        self._shown = shown
        self._keep = keep
        self._start = start
        self.wish: Specs | None = None

    @property
    def used(self) -> Specs | None:
        """The page's own chain; None = the default one."""
        conversation, _practice = self._shown()
        return conversation.chain if conversation is not None else self.wish

    def name(self) -> str:
        """What the chain in use is called."""
        if self._shown()[1]:
            return tr("shell.chain_practice")
        used = self.used
        if used and name_in(used) is None:
            return tr("shell.chain_conversation")
        return self._named(used) if used else self._default_name()

    def use(self, specs: Specs | None) -> None:
        """Let the page use that chain; None = the default one."""
        conversation, practice = self._shown()
        if practice or specs == self.used:
            return
        if conversation is None:
            self.wish = specs
            self.changed.emit()
        else:
            self._start(self._keep(conversation.id, specs), "choose a chain")

    def forget(self) -> None:
        """Another page is shown; its chain is not chosen yet."""
        self.wish = None

    def menu(self, parent: QWidget) -> QMenu:
        """The chains there are; the caller pops it up."""
        menu = QMenu(parent)
        group = QActionGroup(menu)
        used, practice = self.used, self._shown()[1]
        rows: list[tuple[str, Specs | None]] = [(tr("chains.default", name=self._default_name()), None)]
        rows += [(chain.label, (chain.spec,)) for chain in self._chains.all()]
        if used and used not in [specs for _, specs in rows]:
            gone = name_in(used)
            rows.append((tr("chains.conversation") if gone is None else gone, used))
        for text, specs in rows:
            action = menu.addAction(text.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(not practice and (specs or None) == (used or None))
            action.setEnabled(not practice)
            action.triggered.connect(lambda _=False, value=specs: self.use(value))
            group.addAction(action)
        menu.addSeparator()
        edit = menu.addAction(tr("chains.edit"))
        edit.triggered.connect(lambda: self.edit_requested.emit(name_in(used or self._default()) or ""))
        return menu

    def popup(self, near: QWidget) -> None:
        """Open the menu below `near`."""
        menu = self.menu(near)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(near.mapToGlobal(near.rect().bottomLeft()))

    def _default(self) -> Specs:
        return self._settings.current.chain

    def _default_name(self) -> str:
        chain = self._default()
        if name_in(chain) is not None:
            return self._named(chain)
        return tr("shell.chain_listed") if chain else tr("shell.chain_automatic")

    def _named(self, specs: Specs) -> str:
        name = name_in(specs) or ""
        found = self._chains.get(name)
        return found.label if found is not None else name
