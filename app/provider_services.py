"""What belongs to the providers, put together: catalogue, model lists, own endpoints, files, balances."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.balances import Balances
from app.catalogue_store import in_force
from app.catalogue_updates import CatalogueUpdates, Report
from app.clock import Clock
from app.directory import Directory
from app.endpoints import OwnEndpoints
from app.errors import KnownError
from app.keys import KeyService
from app.live_catalogue import LiveCatalogue
from app.model_lists import ModelLists
from app.paths import Paths
from app.relay.health import Health
from app.settings import SettingsService
from app.store.store import Store
from providers.catalogue import load_catalogue
from providers.catalogue_types import Catalogue
from providers.wire import HttpWire

START_AFTER = 3.0
"""Seconds the background work leaves to the window, which has more urgent things to do at first."""


@dataclass(frozen=True, slots=True)
class ProviderFiles:
    """Where provider files lie: built in, the user's, fetched; `cache` keeps them read."""

    builtin: Path
    user: Path
    fetched: Path
    cache: Path

    @classmethod
    def of(cls, paths: Paths, builtin: Path) -> ProviderFiles:
        """The files of one home."""
        return cls(builtin, paths.user_providers, paths.data / "catalogue", paths.cache / "catalogue.json")

    def load(self) -> Catalogue:
        """Read them all. Blocks."""
        return self.load_with(in_force(self.fetched))

    def load_with(self, fetched: Path | None) -> Catalogue:
        """As `load`, with a folder of fetched files at hand. Blocks."""
        return load_catalogue(self.builtin, self.user, self.cache, fetched=fetched)


@dataclass(slots=True)
class ProviderServices:
    """The services; `begin` starts what they do by themselves while a window is open."""

    catalogue: LiveCatalogue
    models: ModelLists
    endpoints: OwnEndpoints
    updates: CatalogueUpdates
    balances: Balances
    _settings: SettingsService
    _directory: Directory
    _health: Health

    async def before_ask(self, chain: Sequence[str] | None, more: Sequence[str] = ()) -> None:
        """Learn the models a headless turn needs: those of `chain` (else of the settings' chain) and of the
        providers `more`. With nobody to ask, look for servers on this computer."""
        specs = list(chain or self._settings.current.chain)
        await self.models.ensure([*specs, *more])
        if not specs and not self._directory.chain():
            await self.models.discover()

    def begin(
        self,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        tell: Callable[[Report], None],
    ) -> Callable[[], None]:
        """Look for servers on this computer, do the daily update if the user wants it, ask for the balance
        of accounts that run dry. `start` runs a task; `tell` hears of an update. Returns what ends it."""
        start(self._at_start(tell), "providers at start")

        def look() -> None:
            for ref in self.balances.newly_parked():
                start(self._after_parking(ref.provider), "balance")

        self.balances.newly_parked()  # what was parked before this run is no news
        return self._health.listen(look)

    async def look_again(self, provider: str) -> None:
        """Ask for the balance because the user wants a parked leg back; nothing is said about a refusal."""
        try:
            await self.balances.check(provider)
        except KnownError:
            return  # no key, or a locked keyring: the leg's own state says so

    async def after_key(self, provider: str) -> None:
        """Learn what a new key brings: the account's balance and its models. A refusal is no news here."""
        if self.balances.offered(provider):
            await self._after_parking(provider)
        try:
            await self.models.refresh(provider)
        except KnownError:
            return  # the keyring has locked meanwhile

    async def _at_start(self, tell: Callable[[Report], None]) -> None:
        await asyncio.sleep(START_AFTER)
        if self._local_wanted():
            await self.models.discover()
        settings = self._settings.current
        if settings.catalogue_daily and settings.catalogue_url and await self.updates.due():
            report = await self.updates.fetch(settings.catalogue_url)
            if not report.quiet:
                tell(report)

    def _local_wanted(self) -> bool:
        """Whether a server on this computer would be asked. Otherwise they are looked for when the first page
        or the settings open: the network's modules take a tenth of the program's memory."""
        try:
            items = self._directory.chain()
        except KnownError:
            return True
        return any(leg.provider.local for item in items for leg in item.legs)

    async def _after_parking(self, provider: str) -> None:
        try:
            await self.balances.check(provider, asked=False)
        except KnownError:
            return  # a locked keyring or a key that went meanwhile: nobody has asked for this


def provider_services(
    *,
    files: ProviderFiles,
    catalogue: LiveCatalogue,
    wire: HttpWire,
    directory: Directory,
    keys: KeyService,
    health: Health,
    settings: SettingsService,
    store: Store,
    clock: Clock,
) -> ProviderServices:
    """Put the services together; they follow settings and catalogue from here on."""
    updates = CatalogueUpdates(
        wire=wire, catalogue=catalogue, meta=store, clock=clock, root=files.fetched, load=files.load_with
    )

    def follow() -> None:
        keys.set_keyless(keyless(catalogue))

    catalogue.subscribe(follow)
    settings.subscribe(lambda _before, after: catalogue.set_named(after.own_models), ("own_models",))
    return ProviderServices(
        catalogue=catalogue,
        models=ModelLists(
            wire=wire, catalogue=catalogue, directory=directory, keys=keys, meta=store, clock=clock
        ),
        endpoints=OwnEndpoints(wire=wire, catalogue=catalogue, folder=files.user, reload=updates.reload),
        updates=updates,
        balances=Balances(
            wire=wire,
            catalogue=catalogue,
            directory=directory,
            keys=keys,
            health=health,
            clock=clock,
            on_remaining=store.put_correction,
        ),
        _settings=settings,
        _directory=directory,
        _health=health,
    )


def keyless(catalogue: LiveCatalogue) -> list[str]:
    """The providers that need no key."""
    return [spec.id for spec in catalogue.every() if spec.auth == "none"]
