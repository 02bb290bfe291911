"""Serves the network section: takes the proxy over, keeps its password out of the settings, looks around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core import Core
from app.errors import KnownError
from app.i18n import tr
from app.proxies import look
from app.tasks import TaskScope

if TYPE_CHECKING:
    from ui.settings.network import NetworkSection
    from ui.settings.page import SettingsPage


class NetworkPresenter(QObject):
    """Lives as long as the settings page."""

    def __init__(self, page: SettingsPage, core: Core, scope: TaskScope) -> None:
        super().__init__()
        self._core = core
        self._scope = scope
        self._section: NetworkSection | None = None
        page.serve("network", self._serve)

    def detach(self) -> None:
        """The page is about to be thrown away."""
        self._section = None

    def _serve(self, section: NetworkSection) -> None:
        self._section = section
        section.proxy_entered.connect(lambda text: self._scope.start(self._enter(text), "take a proxy"))
        section.look_wanted.connect(self._begin_look)

    async def _enter(self, text: str) -> None:
        problem = note = ""
        if text:
            try:
                kept = await self._core.proxy.enter(text)
            except KnownError as error:
                problem = str(error)
            else:
                note = (
                    "" if kept is None else tr("network.password_kept" if kept else "network.password_here")
                )
        if self._section is not None:
            self._section.show_problem(problem)
            self._section.show_note(note)
            if not problem:
                # As it is kept: tidied, without the password, or what was in force before.
                self._section.show_settings(self._core.settings.current)

    def _begin_look(self) -> None:
        if self._section is not None:
            self._section.show_looking()
            self._scope.start(self._look(), "look at the network")

    async def _look(self) -> None:
        try:
            legs = [leg for item in self._core.directory.chain() for leg in item.legs[:1] if leg.enabled]
            found = [(one.text, one.good) for one in await look(self._core.wire, legs)]
        except KnownError as error:
            # A chain that names what is gone.
            found = [(str(error), False)]
        if self._section is not None:
            self._section.end_look(found or [(tr("network.nobody"), False)])
