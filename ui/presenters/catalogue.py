"""The section on provider facts: fetches, undoes, reads again, and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app import wording
from app.catalogue_updates import Report, problem_text
from app.errors import KnownError
from app.i18n import tr
from app.paths import Paths
from app.provider_services import ProviderServices
from app.settings import SettingsService
from app.tasks import TaskScope

if TYPE_CHECKING:
    from ui.settings.catalogue_section import CatalogueSection
    from ui.settings.page import SettingsPage


class CataloguePresenter(QObject):
    """Serves the section of one settings page once it is built; `refill` fills the page's providers anew."""

    def __init__(
        self,
        page: SettingsPage,
        services: ProviderServices,
        settings: SettingsService,
        paths: Paths,
        scope: TaskScope,
        *,
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._page = page
        self._services = services
        self._settings = settings
        self._paths = paths
        self._scope = scope
        self._tell = tell
        self._section: CatalogueSection | None = None
        self._unsubscribe = services.catalogue.subscribe(self._show)
        page.fill("facts", self._serve)
        self._show()

    def detach(self) -> None:
        """The page is about to be thrown away."""
        self._unsubscribe()
        self._section = None

    def show_report(self, report: Report) -> None:
        """Show what an update did that nobody pressed a button for."""
        if self._section is not None:
            self._section.show_report(report.changes, report.refused, report.problem)

    def _serve(self, section: CatalogueSection) -> None:
        if self._section is None:
            section.update_requested.connect(self._update)
            section.undo_requested.connect(lambda: self._do(self._services.updates.undo()))
            section.reload_requested.connect(lambda: self._do(self._services.updates.reload()))
            section.folder_requested.connect(self._open_folder)
            section.file_removed.connect(lambda provider: self._do(self._stop_using(provider)))
        self._section = section
        self._show_files()
        self._scope.start(self._show_state(), "provider facts")

    def _update(self) -> None:
        self._do(self._services.updates.fetch(self._settings.current.catalogue_url))

    def _do(self, work: Coroutine[Any, Any, Report]) -> None:
        if self._section is not None:
            self._section.show_state(tr("facts.busy"), can_undo=False, busy=True)
        self._scope.start(self._run(work), "provider facts")

    async def _run(self, work: Coroutine[Any, Any, Report]) -> None:
        try:
            report = await work
        except KnownError as error:
            report = Report(problem=str(error))
        self.show_report(report)
        self._show()
        await self._show_state()

    async def _stop_using(self, provider: str) -> Report:
        before = self._services.catalogue.files
        await self._services.endpoints.remove(provider)
        from app.catalogue_changes import changes

        return Report(changes(before, self._services.catalogue.files))

    async def _show_state(self) -> None:
        last = await self._services.updates.last()
        can_undo = await self._services.updates.can_undo()
        if self._section is None:
            return
        text = tr("facts.never")
        if last is not None:
            text = tr("facts.last", time=time.strftime("%Y-%m-%d %H:%M", time.localtime(last)))
        self._section.show_settings(self._settings.current)
        self._section.show_state(text, can_undo=can_undo)

    def _show(self) -> None:
        self._page.set_catalogue_problems([problem_text(p) for p in self._services.catalogue.problems])
        self._show_files()

    def _show_files(self) -> None:
        if self._section is None:
            return
        from ui.settings.catalogue_section import ProviderFile

        catalogue = self._services.catalogue
        self._section.show_files(
            [
                ProviderFile(
                    spec.id,
                    wording.provider_name(spec),
                    str(catalogue.sources[spec.id]),
                    spec.checked,
                    spec.origin == "user",
                )
                for spec in catalogue.files.every()
                if spec.origin != "builtin"
            ]
        )

    def _open_folder(self) -> None:
        folder = self._paths.user_providers
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            self._tell(KnownError("store.no_folder", path=folder, reason=error.strerror or error))
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._tell(KnownError("preferences.no_opener", path=folder))
