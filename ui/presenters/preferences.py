"""The settings page's plain sections: shows the settings in force, applies what the user changes at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from app.chains import Chains
from app.directory import OF_LEGS
from app.errors import KnownError
from app.i18n import tr
from app.paths import Paths
from app.relay.health import Health
from app.settings import SettingsService
from ui.presenters.chain_settings import ChainSettings
from ui.presenters.provider_views import ProviderViews
from ui.settings.page import SettingsPage
from ui.settings.values import Folder, Licence

DEPENDENCIES = (
    ("Qt, PySide6", "PySide6_Essentials", "LGPL-3.0"),
    ("qasync", "qasync", "BSD-2-Clause"),
    ("httpx", "httpx", "BSD-3-Clause"),
    ("keyring", "keyring", "MIT"),
    ("markdown-it-py", "markdown-it-py", "MIT"),
    ("mdit-py-plugins", "mdit-py-plugins", "MIT"),
    ("Pygments", "Pygments", "BSD-2-Clause"),
    ("certifi", "certifi", "MPL-2.0"),
    ("ziamath", "ziamath", "MIT"),
    ("pypdf", "pypdf", "BSD-3-Clause"),
    ("defusedxml", "defusedxml", "PSF-2.0"),
    ("cryptography", "cryptography", "Apache-2.0, BSD-3-Clause"),
    ("truststore", "truststore", "MIT"),
    ("jeepney", "jeepney", "MIT"),
    ("TOML Kit", "tomlkit", "MIT"),
)


class PreferencesPresenter(QObject):
    """Serves one settings page; `catalogue_problems` are sentences about provider files left out;
    `renamed(old, new)` hears of a chain's new name."""

    def __init__(
        self,
        page: SettingsPage,
        settings: SettingsService,
        views: ProviderViews,
        paths: Paths,
        *,
        version: str,
        catalogue_problems: Sequence[str],
        tell: Callable[[BaseException], None],
        chains: Chains,
        renamed: Callable[[str, str], object],
        health: Health,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._views = views
        self._tell = tell
        page.setting_changed.connect(self._change)
        page.open_folder.connect(self._open_folder)
        page.set_about(
            version, lambda: (Licence(name, _installed(dist), one) for name, dist, one in DEPENDENCIES)
        )
        page.set_folders(
            [
                Folder(tr("preferences.folder_data"), str(paths.data)),
                Folder(tr("preferences.folder_config"), str(paths.config)),
                Folder(tr("preferences.folder_logs"), str(paths.logs)),
            ]
        )
        page.set_catalogue_problems(catalogue_problems)
        self.chains = ChainSettings(page, settings, chains, views, tell, renamed, health)
        # A failed attempt changes several rows at once; they are listed once after them.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.chains.show)
        self._ends = (
            health.listen(self._soon.start),
            settings.subscribe(lambda _before, after: page.set_settings(after)),
            settings.subscribe(lambda _before, _after: self.chains.show(), OF_LEGS),
        )
        page.set_settings(settings.current)
        self.chains.show()

    def detach(self) -> None:
        """Let go of the services; the page is about to be thrown away."""
        self._soon.stop()
        self._soon.timeout.disconnect()
        for end in self._ends:
            end()

    def _change(self, name: str, value: Any) -> None:
        if name == "chain":
            self.chains.change(value)
            return
        if name.startswith("chain:"):
            self._change_chains(name.removeprefix("chain:"), value)
            return
        try:
            self._settings.change(**{name: value})
        except KnownError as error:
            self._tell(error)

    def _change_chains(self, wish: str, value: Any) -> None:
        match wish:
            case "edit":
                self.chains.edit(value)
            case "add":
                self.chains.add(value)
            case "rename":
                self.chains.rename(*value)
            case "remove":
                self.chains.remove(value)
            case "reset":
                self.chains.reset(value)
            case _:
                self.chains.use(value)

    def _open_folder(self, path: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self._tell(KnownError("preferences.no_opener", path=path))


def _installed(distribution: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
