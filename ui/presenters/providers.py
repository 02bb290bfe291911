"""Keys and providers: what the settings and the first-run page ask for is done here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.core import endpoint_problem
from app.directory import OF_STATES
from app.domain import KeyRef
from app.errors import KnownError
from app.i18n import tr
from app.keycheck import KeyCheck, KeyChecks
from app.keys import KeyService
from app.settings import SettingsService
from app.store.entries import KeyRecord
from app.tasks import TaskScope
from ui.presenters.key_help import KeyHelp
from ui.presenters.provider_views import ProviderViews
from ui.settings.check_news import CheckNews, news_of
from ui.settings.values import check_state

if TYPE_CHECKING:
    from ui.settings.page import SettingsPage
    from ui.settings.values import StorageKind
    from ui.welcome.cards import WelcomeCard
    from ui.welcome.page import WelcomePage

CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Tools:
    """What the presenter works with."""

    keys: KeyService
    checks: KeyChecks
    settings: SettingsService
    views: ProviderViews
    scope: TaskScope
    open_url: Callable[[str], None]


class ProvidersPresenter(QObject):
    """Serves the settings page and the first-run page, whichever exists; both show the same keys.

    Signals: `keys_changed` after any key came, went or was checked; `key_works(provider)` after the check
    of a new key that found it good; `practice_requested`,
    `start_requested` from the first-run page; `network_requested` and `address_requested(provider)` when a
    check's next step lies in the settings.
    """

    keys_changed = Signal()
    practice_requested = Signal()
    start_requested = Signal()
    key_works = Signal(str)
    network_requested = Signal()
    address_requested = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._help = KeyHelp(
            keys=tools.keys,
            settings=tools.settings,
            specs=tools.views.specs,
            open_url=tools.open_url,
            add=self._add,
            check=self._check,
            start=self._start,
            go=self._go,
        )
        self._newest: dict[str, str] = {}
        self._replaced = ""
        self._page: SettingsPage | None = None
        self._welcome: WelcomePage | None = None
        # Many keys or settings may change at once; the pages are refilled once after them.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._refill)
        self._unsubscribe = (
            tools.keys.subscribe(lambda _provider: self._keys_changed()),
            tools.settings.subscribe(lambda _before, _after: self._soon.start(), OF_STATES),
        )

    def detach(self) -> None:
        """Let go of the services; the views are about to be thrown away."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._soon.stop()
        # A change that is being announced right now may still start the timer.
        self._soon.timeout.disconnect()
        self._help.forget()
        self._page = self._welcome = None

    def serve_settings(self, page: SettingsPage) -> None:
        """Fill the settings page's providers and do what it asks for."""
        self._page = page
        keys = page.provider_page.keys
        page.key_pasted.connect(
            lambda provider, secret, label: self._help.pasted_for(provider, secret, label, keys.question)
        )
        keys.question.answered.connect(self._help.answered)
        keys.question.dismissed.connect(self._help.forget)
        keys.step_requested.connect(
            lambda key, action, argument: self._help.take_step(
                key, page.provider_page.provider, action, argument
            )
        )
        page.key_check_requested.connect(lambda key: self._start(self._check, key))
        page.key_replace.connect(lambda key, secret: self._start(self._replace, key, secret))
        page.key_remove.connect(lambda key: self._start(self._tools.keys.remove, key))
        page.key_rename.connect(lambda key, label: self._start(self._tools.keys.rename, key, label))
        page.key_moved.connect(lambda key, place: self._start(self._tools.keys.move, key, place))
        page.region_chosen.connect(self._choose_region)
        page.endpoint_entered.connect(self._enter_endpoint)
        page.model_toggled.connect(self._toggle_model)
        page.provider_toggled.connect(self._toggle_provider)
        page.provider_moved.connect(self._move_provider)
        page.open_url.connect(self._tools.open_url)
        self._refill()
        self._start(self._show_storage)

    def serve_welcome(self, page: WelcomePage) -> None:
        """Fill the first-run page and do what it asks for."""
        self._welcome = page
        page.key_pasted.connect(self._pasted_in_card)
        page.card_answered.connect(lambda _card, provider: self._help.answered(provider))
        page.any_pasted.connect(
            lambda secret: self._help.pasted_for_any(secret, tuple(page.cards), page.paste, page.paste.say)
        )
        page.whose_answered.connect(self._help.answered)
        page.whose_dismissed.connect(self._help.forget)
        page.step_requested.connect(self._welcome_step)
        page.open_url.connect(self._tools.open_url)
        page.practice_requested.connect(self.practice_requested)
        page.start_requested.connect(self.start_requested)
        self._refill_welcome()
        self._start(self._show_storage)

    def cards(self) -> list[WelcomeCard]:
        """What the first-run page shows of each provider."""
        return self._tools.views.cards()

    # keys

    def _add(self, provider: str, secret: str, label: str) -> None:
        self._start(self._add_and_check, provider, secret, label)

    async def _add_and_check(self, provider: str, secret: str, label: str) -> None:
        self._show_welcome_check(provider, CHECKING, tr("keycheck.checking"))
        keys, old = self._tools.keys, self._to_replace(provider)
        try:
            record = await (keys.replace(old, secret) if old else keys.add(provider, secret, label))
        except KnownError as error:
            self._show_welcome_check(provider, "bad", str(error))
            if self._page is not None:
                self._page.show_key_problem(provider, str(error))
            return
        self._newest[provider] = record.id
        if await self._check(record.id):
            self.key_works.emit(provider)

    def _pasted_in_card(self, provider: str, secret: str) -> None:
        if self._welcome is not None:
            # There the field comes back by "replace" once a key is in.
            self._replaced = provider
            self._help.pasted_for(provider, secret, "", self._welcome.cards[provider])

    def _to_replace(self, provider: str) -> str:
        """The key whose place a pasted one takes: the one pasted before it on the first-run page, if it was
        refused or is to be replaced; else it would be tried first for ever. Empty = none."""
        wanted, self._replaced = self._replaced == provider, ""
        stored = [r.id for r in self._tools.keys.records(provider) if not r.id.startswith("env:")]
        newest = self._newest.get(provider) or (stored[-1] if stored and wanted else "")
        record = self._tools.keys.record(newest)
        if record is None or self._welcome is None or not self._welcome.isVisible():
            return ""
        return newest if wanted or record.check_kind == "auth" else ""

    async def _replace(self, key: str, secret: str) -> None:
        try:
            await self._tools.keys.replace(key, secret)
        except KnownError as error:
            self._show_check(key, "", "bad", str(error))
            return
        await self._check(key)

    async def _check(self, key: str) -> bool:
        """Check a key and show what comes of it; returns whether the key is good."""
        record = self._tools.keys.record(key)
        if record is None:
            return False
        self._show_check(key, record.provider, CHECKING, tr("keycheck.checking"))
        try:
            found: KeyCheck = await self._tools.checks.check(_ref(record))
        except KnownError as error:
            self._show_check(key, record.provider, "unsure", str(error))
            return False
        self._show_news(key, record.provider, news_of(found))
        return found.usable

    def _show_check(self, key: str, provider: str, state: str, text: str) -> None:
        self._show_news(key, provider, CheckNews(check_state(state), text))

    def _show_news(self, key: str, provider: str, news: CheckNews) -> None:
        if self._page is not None:
            # After the refill that the change of the key has asked for.
            shown = self._page.provider_page
            QTimer.singleShot(0, shown, lambda: shown.show_check(key, news))
        if self._welcome is not None:
            welcome = self._welcome
            QTimer.singleShot(0, welcome, lambda: welcome.show_check(provider, news))

    def _show_welcome_check(self, provider: str, state: str, text: str) -> None:
        if self._welcome is not None:
            welcome = self._welcome
            QTimer.singleShot(0, welcome, lambda: welcome.set_check(provider, state, text))

    def _welcome_step(self, provider: str, action: str, argument: str) -> None:
        records = self._tools.keys.records(provider)
        key = self._newest.get(provider) or (records[-1].id if records else "")
        self._help.take_step(key, provider, action, argument)

    def _go(self, place: str, provider: str) -> None:
        """Show where a next step is taken, on the page in use."""
        match place:
            case "network":
                self.network_requested.emit()
            case "address":
                self.address_requested.emit(provider)
            case _:
                if self._page is not None:
                    self._page.show_provider(provider)
                if self._welcome is not None:
                    self._welcome.show_provider(provider)

    async def _show_storage(self) -> None:
        try:
            state = await self._tools.keys.storage_state()
        except KnownError as error:
            kind: StorageKind = "locked"
            name, reason = "", str(error)
        else:
            kind = "memory" if state.memory else "locked" if state.locked else "keyring"
            name, reason = state.name, str(state.reason) if state.reason else ""
        if self._page is not None:
            self._page.set_storage_state(kind, name, reason)
        if self._welcome is not None:
            note = (
                tr("welcome.step.paste.note") if kind == "keyring" else reason or tr("settings.keys.locked")
            )
            self._welcome.set_storage_note(note)

    def show_storage(self) -> None:
        """Say anew where keys are kept."""
        self._start(self._show_storage)

    # providers

    def _choose_region(self, provider: str, region: str) -> None:
        settings = self._tools.settings
        endpoints = {k: v for k, v in settings.current.endpoints.items() if k != provider}
        regions = {**settings.current.regions, provider: region}
        settings.change(endpoints=endpoints, regions=regions)

    def _enter_endpoint(self, provider: str, url: str) -> None:
        problem = endpoint_problem(url)
        if self._page is not None:
            self._page.show_endpoint_problem(provider, str(problem) if problem else "")
        if problem is None:
            settings = self._tools.settings
            settings.change(endpoints={**settings.current.endpoints, provider: url.strip()})

    def _toggle_model(self, leg: str, on: bool) -> None:
        settings = self._tools.settings
        settings.change(models={**settings.current.models, leg: on})

    def _toggle_provider(self, provider: str, on: bool) -> None:
        settings = self._tools.settings
        if on:
            self._turn_on_abroad(provider)
        off = [one for one in settings.current.providers_off if one != provider]
        settings.change(providers_off=tuple(off if on else [*off, provider]))

    def _turn_on_abroad(self, provider: str) -> None:
        """An overseas region is off until it is chosen; turning the provider on chooses it."""
        settings = self._tools.settings
        view = next((v for v in self._tools.views.views(settings.current) if v.id == provider), None)
        if view is not None and view.overseas and view.region is not None:
            settings.change(regions={**settings.current.regions, provider: view.region})

    def _move_provider(self, provider: str, place: int) -> None:
        settings = self._tools.settings
        shown = [view.id for view in self._tools.views.views(settings.current) if view.usable]
        if provider not in shown:
            return
        shown.remove(provider)
        shown.insert(place, provider)
        listed: dict[str, list[str]] = {}
        for spec in settings.current.chain:
            listed.setdefault(spec.partition(":")[0], []).append(spec)
        settings.change(chain=tuple(spec for one in shown for spec in listed.get(one, [one])))

    # inside

    def refill(self) -> None:
        """Fill the pages anew at once."""
        self._refill()

    def refill_soon(self) -> None:
        """Fill the pages anew once what is being changed has settled."""
        self._soon.start()

    def add_key(self, provider: str, secret: str, label: str) -> None:
        """Keep a key and check it."""
        self._add(provider, secret, label)

    def _keys_changed(self) -> None:
        self._soon.start()
        self.keys_changed.emit()

    def _refill(self) -> None:
        settings, views = self._tools.settings.current, self._tools.views
        if self._page is not None:
            self._page.set_providers(views.views(settings))
        self._refill_welcome()

    def _refill_welcome(self) -> None:
        if self._welcome is not None:
            self._welcome.set_providers(self._tools.views.cards())
            self._welcome.set_chain_text(self._tools.views.chain_text())
            self._welcome.set_spend(self._tools.settings.current.spend)

    def _start(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> None:
        self._tools.scope.start(self._guarded(work, *arguments), "providers")

    async def _guarded(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> None:
        try:
            await work(*arguments)
        except KnownError as error:
            if self._page is not None:
                self._page.show_key_problem("", str(error))


def _ref(record: KeyRecord) -> KeyRef:
    return KeyRef(record.id, record.provider, record.label, record.last4)
