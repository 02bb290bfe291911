"""What the settings page is made of besides itself: the modules it needs, who serves its providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.clock import Clock
from app.core import Core
from app.tasks import TaskScope
from ui.links import ask_to_open
from ui.main_window import MainWindow

if TYPE_CHECKING:
    from ui.presenters.catalogue import CataloguePresenter
    from ui.presenters.network import NetworkPresenter
    from ui.presenters.own_endpoints import OwnEndpointsPresenter
    from ui.presenters.provider_asks import ProviderAsks
    from ui.presenters.providers import ProvidersPresenter
    from ui.presenters.releases import ReleasePresenter
    from ui.settings.page import SettingsPage

MODULES = (
    "ui.settings.page", "ui.settings.finder",
    "ui.presenters.assistant_settings",
    "ui.presenters.data", "ui.presenters.grants", "ui.presenters.key_storage", "ui.presenters.preferences",
    "ui.presenters.catalogue", "ui.presenters.own_endpoints", "ui.presenters.provider_asks",
    "ui.presenters.network", "ui.presenters.releases", "app.releases", "ui.desktop.settings",
    "ui.settings.data_snapshots", "importlib.metadata", "email.parser", "email.policy", "app.backup.bundle",
    "app.sync.words", "app.store.sources", "app.store.salvage", "app.store.sizes",
)  # fmt: skip
"""All that is imported when the settings are first opened; in a thread, before the page is begun."""

Served = tuple["ProviderAsks", "OwnEndpointsPresenter", "CataloguePresenter", "NetworkPresenter"]


def release_presenter(
    core: Core, window: MainWindow, clock: Clock, scope: TaskScope, version: str, see: Callable[[], object]
) -> ReleasePresenter:
    """Who tells of newer versions; `see` shows where that is set."""
    from app.releases import ReleaseCheck
    from ui.presenters.releases import ReleasePresenter

    return ReleasePresenter(
        ReleaseCheck(core.wire, core.store, clock, version),
        core.settings,
        window.notices,
        scope,
        see,
        lambda url: ask_to_open(window, url),
    )


def serve_providers(
    page: SettingsPage,
    core: Core,
    scope: TaskScope,
    providers: ProvidersPresenter,
    tell: Callable[[BaseException], None],
) -> Served:
    """The presenters of what a provider can be asked, of the user's own endpoints, of the provider files, and
    of the way to them."""
    from ui.presenters.catalogue import CataloguePresenter
    from ui.presenters.network import NetworkPresenter
    from ui.presenters.own_endpoints import OwnEndpointsPresenter
    from ui.presenters.provider_asks import ProviderAsks

    services, refill = core.providers, providers.refill
    return (
        ProviderAsks(page, services, core.settings, scope, refill),
        OwnEndpointsPresenter(
            page,
            services,
            core.keys,
            core.settings,
            scope,
            add_key=providers.add_key,
            refill=refill,
            tell=tell,
        ),
        CataloguePresenter(page, services, core.settings, core.paths, scope, tell=tell),
        NetworkPresenter(page, core, scope),
    )
