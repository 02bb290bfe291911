"""Everything the program is made of, put together once: store, settings, keys, catalogue, relay, chat.

The window and the commands use the same core; neither builds any part of it by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.assistants import Assistants
from app.chat import ChatService
from app.clock import Clock
from app.directory import PRACTICE, Directory
from app.domain import KeyRef
from app.errors import KnownError, UsageError
from app.exchange.imports.job import ImportJob
from app.idle import IdleWork, idle_work
from app.keycheck import KeyChecks
from app.keys import KeyService
from app.ledger.consent import Consents
from app.ledger.journal import LedgerJournal
from app.ledger.ledger import Ledger
from app.ledger.teaching import taught
from app.live_catalogue import LiveCatalogue
from app.paths import Paths
from app.policy import Policy
from app.provider_services import ProviderFiles, ProviderServices, keyless, provider_services
from app.proxies import ProxyLogin
from app.relay.engine import Relay
from app.relay.health import Health
from app.relay.order import Pace
from app.safekeeping import Safekeeping
from app.settings import SettingsService
from app.store.journal import StoreJournal
from app.store.store import Store
from app.sync.service import SyncService
from app.worker import Worker
from providers.urls import check_base_url
from providers.wire import HttpWire

_log = logging.getLogger(__name__)

CLOSING_SECONDS = 5.0


@dataclass(slots=True)
class Core:
    """The parts, in the order they depend on each other. Make one with `open_core`, end it with `close`."""

    paths: Paths
    settings: SettingsService
    store: Store
    catalogue: LiveCatalogue
    directory: Directory
    keys: KeyService
    health: Health
    ledger: Ledger
    relay: Relay
    wire: HttpWire
    chat: ChatService
    checks: KeyChecks
    providers: ProviderServices
    safekeeping: Safekeeping
    sync: SyncService
    proxy: ProxyLogin
    assistants: Assistants
    idle: IdleWork
    imports: ImportJob
    interrupted: list[str]

    async def prepare(self) -> None:
        """Get ready for the first request of the default chain: a quarter of a second less to wait then."""
        for item in self.directory.chain():
            leg = item.legs[0]
            if leg.enabled and leg.provider.dialect != PRACTICE:
                await self.wire.prepare(leg.base_url)
                return

    async def close(self) -> None:
        """Let everything finish what it has begun; one part's trouble does not stop the others."""
        for name, close in (
            ("wire", self.wire.aclose),
            ("keys", self.keys.close),
            ("last sync", self.sync.at_close),
            ("sync", self.sync.close),
            ("settings", self.settings.close),
            ("safekeeping", self.safekeeping.at_close),
            ("store", self.store.close),
        ):
            try:
                async with asyncio.timeout(CLOSING_SECONDS):
                    await close()
            except (KnownError, OSError, TimeoutError) as error:
                _log.error("%s did not close cleanly: %s", name, error)


class _LiveSettings:
    """What the directory reads of the settings, always those in force."""

    def __init__(self, service: SettingsService) -> None:
        self._service = service

    @property
    def chain(self) -> Sequence[str]:
        return self._service.current.chain

    @property
    def chains(self) -> Mapping[str, Sequence[str]]:
        return self._service.current.chains

    @property
    def endpoints(self) -> Mapping[str, str]:
        return self._service.current.endpoints

    @property
    def regions(self) -> Mapping[str, str]:
        return self._service.current.regions

    @property
    def providers_off(self) -> Sequence[str]:
        return self._service.current.providers_off

    @property
    def models(self) -> Mapping[str, bool]:
        return self._service.current.models

    @property
    def billing(self) -> Mapping[str, str]:
        return self._service.current.billing


async def open_core(
    *,
    paths: Paths,
    store: Store,
    settings: SettingsService,
    clock: Clock,
    environ: Mapping[str, str],
    builtin_providers: Path,
    endpoints: Mapping[str, str],
    version: str,
    on_error: Callable[[BaseException], None],
) -> Core:
    """Put everything together on an open store, which belongs to the core from here on.

    `endpoints` override base URLs for this run; `on_error` gets the errors nobody waits for. Raises
    `KnownError` when the data or an endpoint cannot be used; nothing is left open then.
    """
    loader = Worker("catalogue", on_error)
    files = ProviderFiles.of(paths, builtin_providers)
    loading = loader.call(files.load)
    try:
        catalogue = LiveCatalogue(await loading, settings.current.own_models)
        await loader.close()
        _check_endpoints(endpoints, catalogue)
        keys = KeyService(store, environ, clock, keyless=keyless(catalogue))
        await keys.load()
        interrupted = await store.recover()
        rows = await store.health()
        ledger = await Ledger.open(
            store, clock, lambda: [s for s in catalogue.providers.values() if s.grants and keys.refs(s.id)]
        )
        estimator = taught(await store.estimate_samples())
        pace = Pace(await store.paces())
    except BaseException:
        await store.close()
        raise
    journal = LedgerJournal(StoreJournal(store), ledger)
    health = Health(journal, clock, rows)
    directory = Directory(
        catalogue,
        _LiveSettings(settings),
        endpoints=endpoints,
        with_keys=lambda: keys.with_keys(catalogue.providers),
    )
    proxy = ProxyLogin(settings, keys.vault)
    wire = HttpWire(user_agent=f"jieli/{version}", proxy=settings.current.proxy, login=proxy.whole)
    proxy.listen(lambda: wire.use_proxy(settings.current.proxy))
    services = provider_services(
        files=files,
        catalogue=catalogue,
        wire=wire,
        directory=directory,
        keys=keys,
        health=health,
        settings=settings,
        store=store,
        clock=clock,
    )
    try:
        await services.models.load()
    except BaseException:
        await store.close()
        raise
    relay = Relay(
        keys=keys,
        wire=wire,
        health=health,
        journal=journal,
        clock=clock,
        estimator=estimator,
        ledger=ledger,
        books=ledger,
        pace=pace,
    )

    def forget_auth(key: KeyRef) -> None:
        health.key_edited(key.provider, key.id)

    def fresh_practice() -> None:
        for spec in catalogue.providers.values():
            if spec.dialect == PRACTICE:
                health.reset(spec.id)

    def policy() -> Policy:
        return settings.current.policy()

    checks = KeyChecks(
        wire=wire,
        directory=directory,
        keys=keys,
        forget_auth=forget_auth,
        specs=lambda: tuple(catalogue.providers.values()),
    )
    chat = ChatService(
        store=store,
        relay=relay,
        directory=directory,
        policy=policy,
        clock=clock,
        fresh_practice=fresh_practice,
        consents=Consents(ledger),
        estimator=estimator,
    )
    idle = idle_work(
        store=store,
        directory=directory,
        settings=lambda: settings.current,
        keys=keys,
        wire=wire,
        health=health,
        journal=journal,
        books=ledger,
        estimator=estimator,
        clock=clock,
    )
    keys.subscribe(lambda _provider: ledger.keys_changed())
    keys.subscribe(lambda provider: _forget_gone_keys(health, keys, provider))
    settings.subscribe(
        lambda before, after: wire.use_proxy(after.proxy) if before.proxy != after.proxy else None
    )
    return Core(
        paths=paths,
        settings=settings,
        store=store,
        catalogue=catalogue,
        directory=directory,
        keys=keys,
        health=health,
        ledger=ledger,
        relay=relay,
        wire=wire,
        chat=chat,
        checks=checks,
        providers=services,
        safekeeping=Safekeeping(store, clock, on_error),
        sync=SyncService(
            store=store,
            settings=settings,
            locks=paths.locks,
            folder=paths.data,
            clock=clock,
            environ=environ,
            tell=on_error,
            login=proxy.whole,
        ),
        proxy=proxy,
        assistants=Assistants(store, builtin_providers.parent / "assistants", clock, on_error),
        idle=idle,
        imports=ImportJob(store, clock),
        interrupted=interrupted,
    )


def endpoint_problem(url: str) -> KnownError | None:
    """Why `url` cannot be a base URL, as a sentence; None when it can."""
    reason = check_base_url(url)
    return KnownError(f"endpoint.{reason}", url=url) if reason else None


def _check_endpoints(endpoints: Mapping[str, str], catalogue: LiveCatalogue) -> None:
    for provider, url in endpoints.items():
        if catalogue.spec(provider) is None:
            raise UsageError("cli.endpoint_provider", provider=provider)
        if problem := endpoint_problem(url):
            raise UsageError(problem.key, **problem.values)


def _forget_gone_keys(health: Health, keys: KeyService, provider: str) -> None:
    """A key that was replaced or removed takes what is known about it along."""
    known = {record.id: record for record in keys.records(provider)}
    for row in health.rows():
        if row.provider == provider and row.key and not row.key.startswith(("env:", "none:")):
            record = known.get(row.key)
            if record is None or (record.check_kind is None and row.kind == "auth"):
                health.key_edited(provider, row.key)
