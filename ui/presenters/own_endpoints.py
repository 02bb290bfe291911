"""Endpoints of the user's own: tries what the form holds, saves it, removes it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app import wording
from app.domain import BillingClass
from app.endpoint_file import Draft
from app.endpoints import local_address
from app.errors import KnownError
from app.keys import KeyService
from app.provider_services import ProviderServices
from app.settings import SettingsService
from app.tasks import TaskScope
from ui.settings.endpoint_form import EndpointValues

if TYPE_CHECKING:
    from ui.settings.page import SettingsPage


class OwnEndpointsPresenter(QObject):
    """Serves the form of one settings page. `add_key(provider, secret, label)` keeps and checks a key,
    `refill` fills the page anew, `tell` says what went wrong elsewhere."""

    def __init__(
        self,
        page: SettingsPage,
        services: ProviderServices,
        keys: KeyService,
        settings: SettingsService,
        scope: TaskScope,
        *,
        add_key: Callable[[str, str, str], None],
        refill: Callable[[], None],
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._page = page
        self._services = services
        self._keys = keys
        self._settings = settings
        self._scope = scope
        self._add_key = add_key
        self._refill = refill
        self._tell = tell
        self._asked = 0
        self._alive = True
        page.add.clicked.connect(self.open_new)
        page.form.probe_requested.connect(self._probe)
        page.form.save_requested.connect(self._save)
        page.provider_page.own_edit.connect(self._edit)
        page.provider_page.own_remove.connect(lambda provider: self._start(self._remove(provider)))

    def detach(self) -> None:
        """The page is about to be thrown away."""
        self._alive = False

    def open_new(self) -> None:
        """Show an empty form."""
        self._asked += 1
        self._page.show_form(True)
        self._page.form.open_new()

    def _edit(self, provider: str) -> None:
        spec = self._services.catalogue.files.spec(provider)
        if spec is None:
            return
        self._asked += 1
        billing = spec.models[0].billing if spec.models else BillingClass.PAID
        self._page.show_form(True)
        self._page.form.open_existing(
            EndpointValues(
                provider,
                wording.provider_name(spec),
                spec.base_url,
                spec.models,
                billing,
                spec.auth != "none",
            )
        )

    def _probe(self, url: str, secret: str) -> None:
        self._asked += 1
        self._page.form.show_checking()
        self._start(self._look(self._asked, url, secret))

    async def _look(self, asked: int, url: str, secret: str) -> None:
        found = await self._services.endpoints.probe(url, secret)
        if self._alive and asked == self._asked:
            self._page.form.show_probe(
                found.base_url,
                found.text,
                found.models,
                good=found.reachable,
                free=local_address(found.base_url),
            )

    def _save(self, values: EndpointValues, secret: str) -> None:
        self._start(self._keep(values, secret))

    async def _keep(self, values: EndpointValues, secret: str) -> None:
        draft = Draft(
            name=values.name,
            base_url=values.base_url,
            models=values.models,
            billing=values.billing,
            needs_key=values.keyed,
            provider=values.provider,
        )
        try:
            provider = await self._services.endpoints.save(draft)
        except KnownError as error:
            if self._alive:
                self._page.form.show_problem(str(error))
            return
        settings = self._settings.current
        if provider in settings.endpoints:
            # An address typed on the provider's page would hide the one just saved.
            others = {name: url for name, url in settings.endpoints.items() if name != provider}
            settings = self._settings.change_by_itself(endpoints=others)
        if settings.chain and not any(spec.partition(":")[0] == provider for spec in settings.chain):
            self._settings.change_by_itself(chain=(*settings.chain, provider))
        if not self._alive:
            return
        self._page.show_form(False)
        self._refill()
        self._page.show_provider(provider)
        if secret:
            self._add_key(provider, secret, "")

    async def _remove(self, provider: str) -> None:
        try:
            await self._services.endpoints.remove(provider)
            for record in self._keys.records(provider):
                if not record.id.startswith("env:") and self._services.catalogue.spec(provider) is None:
                    await self._keys.remove(record.id)
        except KnownError as error:
            self._tell(error)
        if self._services.catalogue.spec(provider) is None:
            settings = self._settings.current
            chain = tuple(spec for spec in settings.chain if spec.partition(":")[0] != provider)
            self._settings.change_by_itself(chain=chain)
        if self._alive:
            self._refill()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._scope.start(work, "own endpoints")
