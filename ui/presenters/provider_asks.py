"""What the provider page asks of a provider beside keys: its models, its balance; and how models count."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.errors import KnownError
from app.i18n import tr
from app.model_lists import Listing
from app.provider_services import ProviderServices
from app.settings import SettingsService
from app.tasks import TaskScope

if TYPE_CHECKING:
    from ui.settings.page import SettingsPage


class ProviderAsks(QObject):
    """Serves one settings page; `refill` fills it anew."""

    def __init__(
        self,
        page: SettingsPage,
        services: ProviderServices,
        settings: SettingsService,
        scope: TaskScope,
        refill: Callable[[], None],
    ) -> None:
        super().__init__()
        self._page = page
        self._services = services
        self._settings = settings
        self._scope = scope
        self._refill = refill
        self._alive = True
        shown = page.provider_page
        shown.models_requested.connect(self.refresh)
        shown.balance_requested.connect(self.ask_balance)
        shown.model_named.connect(self._name)
        shown.model_unnamed.connect(self._unname)
        shown.billing_chosen.connect(self._choose_billing)

    def detach(self) -> None:
        """The page is about to be thrown away."""
        self._alive = False

    def look_for_servers(self) -> None:
        """Look for model servers on this computer, because somebody looks at the list of them."""
        self._scope.start(self._look(), "local servers")

    def refresh(self, provider: str, *, quiet: bool = False) -> None:
        """Ask a provider for its models; `quiet` = after a key was added, a refusal is no news."""
        if not quiet:
            self._page.provider_page.models.show_news(tr("settings.models.refreshing"), busy=True)
        self._scope.start(self._list(provider, quiet=quiet), "models")

    def ask_balance(self, provider: str) -> None:
        """Ask a provider what is left."""
        self._page.provider_page.balance.show_balance(tr("settings.balance.asking"), busy=True)
        self._scope.start(self._balance(provider), "balance")

    def after_key(self, provider: str) -> None:
        """A key was added and works: the balance and the models belong to what it brings."""
        if self._services.balances.offered(provider):
            self.ask_balance(provider)
        self.refresh(provider, quiet=True)

    async def _look(self) -> None:
        await self._services.models.discover()
        if self._alive:
            self._refill()

    async def _list(self, provider: str, *, quiet: bool) -> None:
        try:
            listing = await self._services.models.refresh(provider)
        except KnownError as error:
            listing = Listing(provider, problem=str(error))
        if not self._alive:
            return
        self._refill()
        if self._page.provider_page.provider == provider and not (quiet and listing.problem):
            text = _listed(listing, local=self._local(provider))
            # After the refill, which takes an old sentence away when another provider is shown.
            models = self._page.provider_page.models
            QTimer.singleShot(0, models, lambda: models.show_news(text))

    async def _balance(self, provider: str) -> None:
        try:
            report = await self._services.balances.check(provider)
            text = balance_text(report.text, report.at)
        except KnownError as error:
            text = str(error)
        if not self._alive:
            return
        self._refill()
        if self._page.provider_page.provider == provider:
            line = self._page.provider_page.balance
            QTimer.singleShot(0, line, lambda: line.show_balance(text))

    def _local(self, provider: str) -> bool:
        spec = self._services.catalogue.spec(provider)
        return spec is not None and spec.local

    def _name(self, provider: str, model: str) -> None:
        spec = self._services.catalogue.spec(provider)
        if spec is not None and spec.model(model) is not None:
            self._page.provider_page.models.show_news(tr("settings.models.name_known"))
            return
        named = dict(self._settings.current.own_models)
        named[provider] = (*named.get(provider, ()), model)
        self._settings.change(own_models=named)

    def _unname(self, provider: str, model: str) -> None:
        named = dict(self._settings.current.own_models)
        left = tuple(one for one in named.pop(provider, ()) if one != model)
        if left:
            named[provider] = left
        self._settings.change(own_models=named)

    def _choose_billing(self, leg: str, billing: str) -> None:
        self._settings.change(billing={**self._settings.current.billing, leg: billing})


def balance_text(text: str, at: float) -> str:
    """A balance with the time it was told."""
    return tr("settings.balance.at", text=text, time=time.strftime("%H:%M", time.localtime(at)))


def _listed(listing: Listing, *, local: bool) -> str:
    if listing.problem:
        return listing.problem
    if local:
        return tr("settings.models.listed_local", n=listing.total)
    if listing.new:
        return tr("settings.models.listed_new", n=listing.total, new=len(listing.new))
    return tr("settings.models.listed", n=listing.total)
