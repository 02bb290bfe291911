"""The check for a newer version: quietly once a day when the user has turned it on, or now when asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.errors import KnownError
from app.i18n import tr
from app.releases import Release, ReleaseCheck
from app.settings import Settings, SettingsService
from app.tasks import TaskScope

if TYPE_CHECKING:
    from ui.notices import NoticeArea
    from ui.settings.page import SettingsPage
    from ui.settings.plain import AboutSection

AFTER_START = 20.0
"""Seconds the first look leaves to what the user wants."""
BETWEEN = 3600.0
"""Seconds between two glances at whether a day is over."""


class ReleasePresenter(QObject):
    """Looks in the background while the window lives; serves the about section once there is one.

    `see` shows that section, `open_url` asks before it opens a page.
    """

    def __init__(
        self,
        check: ReleaseCheck,
        settings: SettingsService,
        notices: NoticeArea,
        scope: TaskScope,
        see: Callable[[], object],
        open_url: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._check = check
        self._settings = settings
        self._notices = notices
        self._scope = scope
        self._see = see
        self._open_url = open_url
        self._section: AboutSection | None = None
        self._found: Release | None = None
        self._busy = False
        self._unsubscribe = settings.subscribe(self._changed, ("release_check", "release_url"))
        self._watch: asyncio.Task[None] | None = None
        if settings.current.release_check:
            self._begin(AFTER_START)

    def detach(self) -> None:
        """Let go of the services; the window is about to be thrown away."""
        self._unsubscribe()
        self._stop()
        self._section = None

    def serve(self, page: SettingsPage) -> None:
        """Serve the about section of a page."""
        page.serve("about", self._serve)

    # the section

    def _serve(self, section: AboutSection) -> None:
        self._section = section
        card = section.releases
        card.toggled.connect(lambda on: self._settings.change(release_check=on))
        card.address_entered.connect(self._choose)
        card.look_requested.connect(self._look)
        card.page_requested.connect(self._open_url)
        card.show_settings(self._settings.current.release_check, self._settings.current.release_url)
        card.show_release(self._found)
        self._scope.start(self._show_last(), "releases")

    async def _show_last(self) -> None:
        last = await self._check.last()
        if self._section is None or self._busy:
            return
        text = tr("releases.never")
        if last is not None:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(last))
            text = tr("releases.last", time=when)
        self._section.releases.show_state(text)

    def _look(self) -> None:
        if self._section is None or self._busy:
            return
        self._busy = True
        self._section.releases.show_state(tr("releases.looking"), busy=True)
        self._scope.start(self._look_now(), "releases")

    async def _look_now(self) -> None:
        try:
            news = await self._check.look(self._settings.current.release_url)
            self._found = news.release
            text = tr("releases.newest", version=news.own) if news.release is None else tr("releases.found")
        except KnownError as error:
            text = str(error)
        finally:
            self._busy = False
        if self._section is not None:
            self._section.releases.show_state(text)
            self._section.releases.show_release(self._found)

    def _choose(self, address: str) -> None:
        try:
            self._settings.change(release_url=address)
        except KnownError as error:
            if self._section is not None:
                self._section.releases.show_state(str(error))

    # by itself

    def _changed(self, before: Settings, after: Settings) -> None:
        if self._section is not None:
            self._section.releases.show_settings(after.release_check, after.release_url)
        if before.release_check == after.release_check:
            return
        if after.release_check:
            self._begin(0.0)
        else:
            self._stop()

    def _begin(self, wait: float) -> None:
        self._stop()
        self._watch = self._scope.start(self._keep_looking(wait), "release watch")

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _keep_looking(self, wait: float) -> None:
        while True:
            await asyncio.sleep(wait)
            release = await self._check.look_quietly(self._settings.current.release_url)
            if release is not None:
                self._tell(release)
            wait = BETWEEN

    def _tell(self, release: Release) -> None:
        self._found = release
        if self._section is not None:
            self._section.releases.show_release(release)
        text = tr("releases.there", version=release.version)
        self._notices.put("release", text, "info", tr("releases.see"), self._show, closes=True)

    def _show(self) -> None:
        self._notices.clear("release")
        self._see()
