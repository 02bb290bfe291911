"""The chains in the settings: which one the editor shows, and what the user does to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.chains import BUILTIN, MARK, Chains, name_in
from app.errors import KnownError
from app.i18n import tr
from app.relay.health import Health
from app.settings import SettingsService
from ui.presenters.provider_views import ProviderViews
from ui.settings.chain_picker import ChainChoice
from ui.settings.page import SettingsPage
from ui.settings.resting import Resting

if TYPE_CHECKING:
    from ui.settings.sections import RelaySection


class ChainSettings:
    """Serves the chain editor of one settings page.

    `tell` shows an error; `renamed(old, new)` lets whoever keeps conversations follow a rename.
    """

    def __init__(
        self,
        page: SettingsPage,
        settings: SettingsService,
        chains: Chains,
        views: ProviderViews,
        tell: Callable[[BaseException], None],
        renamed: Callable[[str, str], object],
        health: Health,
    ) -> None:
        self._page = page
        self._settings = settings
        self._chains = chains
        self._views = views
        self._tell = tell
        self._renamed = renamed
        self._health = health
        self._editing = ""
        self._stale = False
        page.section_shown.connect(self._shown)

    def edit(self, name: str) -> None:
        """Let the editor show the chain of that name; empty = the one without a name."""
        self._editing = name
        self.show()

    def show(self) -> None:
        """Show the chains as they are now; where nobody looks, once somebody does: of providers with hundreds
        of models it takes a while to list what could be added."""
        self._stale = self._page.stands("relay") and self._page.sections.section() != "relay"
        if not self._stale:
            self._page.fill("relay", self._fill)

    def _shown(self, section: str) -> None:
        if section == "relay" and self._stale:
            self.show()

    def _fill(self, relay: RelaySection) -> None:
        chain, named = self._settings.current.chain, self._chains.all()
        default = name_in(chain) or ""
        found = next((one for one in named if one.name == self._editing), None)
        if found is None:
            self._editing = ""
        own = () if default else chain
        specs: Sequence[str] = found.specs if found else own or self._views.automatic()
        rows = [ChainChoice("", tr("chains.main"), own=bool(own), default=not default)]
        rows += [ChainChoice(c.name, c.label, c.own, c.name in BUILTIN, c.name == default) for c in named]
        note = ""
        if found is not None:
            note = tr("chains.is_named" if found.own else "chains.is_suggested")
        relay.picker.show_chains(rows, self._editing)
        relay.resting.show_resting(self._views.resting())
        entries, choices = self._views.entries(specs), self._views.choices(specs)
        relay.chain.show_chain(entries, choices, automatic=found is None and not own, note=note)

    def change(self, specs: tuple[str, ...]) -> None:
        """The user put the chain in the editor into another shape."""
        if not self._editing:
            self._settings.change(chain=specs)
            return
        # The editor shows the chain's old state until it is told anew, also when nothing was changed.
        try:
            self._chains.save(self._editing, specs)
        except KnownError as error:
            self._tell(error)
            self.show()

    def add(self, name: str) -> None:
        """A new chain, from the one in the editor."""
        taken = self._chains.get(name) is not None
        if self._try(lambda: self._save_new(name, taken)):
            self.edit(name)

    def rename(self, old: str, new: str) -> None:
        """Another name for a chain."""
        if self._try(lambda: self._chains.rename(old, new)):
            self._renamed(old, new)
            self.edit(new)

    def remove(self, name: str) -> None:
        """Delete a chain, or make a suggestion what it was."""
        self._chains.delete(name)
        self.show()

    def use(self, name: str) -> None:
        """Make a chain the default one. An order of the user's own is kept under a name."""
        chain = self._settings.current.chain
        if name and chain and name_in(chain) is None:
            kept = tr("chains.main")
            if not self._try(lambda: self._chains.save(kept, chain)):
                return
        self._settings.change(chain=(MARK + name,) if name else ())

    def reset(self, row: Resting) -> None:
        """Forget that something rests; the next turn asks it as if nothing had happened."""
        self._health.clear(row.provider, row.model, row.key)

    def _save_new(self, name: str, taken: bool) -> None:
        if taken or name in BUILTIN:
            raise KnownError("chains.taken", name=name)
        chain = self._settings.current.chain
        base = self._chains.get(self._editing) if self._editing else None
        own = () if name_in(chain) else chain
        self._chains.save(name, base.specs if base else own or tuple(self._views.automatic()))

    def _try(self, change: Callable[[], None]) -> bool:
        try:
            change()
        except KnownError as error:
            self._tell(error)
            return False
        return True
