"""Serves the card of the sync: takes the set-up over, shows how it stands, syncs now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import KnownError
from app.i18n import tr
from app.settings import SettingsService
from app.tasks import TaskScope

if TYPE_CHECKING:
    from app.sync.service import State, SyncService
    from ui.settings.data import DataSection
    from ui.settings.data_sync import SyncCard
    from ui.settings.page import SettingsPage


class SyncPresenter(QObject):
    """Lives as long as the settings page."""

    def __init__(
        self,
        page: SettingsPage,
        window: QWidget,
        sync: SyncService,
        settings: SettingsService,
        scope: TaskScope,
    ) -> None:
        super().__init__()
        self._window = window
        self._sync = sync
        self._settings = settings
        self._scope = scope
        self._card: SyncCard | None = None
        self.dialog: QFileDialog | None = None
        self._end = sync.subscribe(self._show)
        page.serve("data", self._serve)

    def detach(self) -> None:
        """The page is about to be thrown away."""
        self._end()
        self._card = None

    def _serve(self, section: DataSection) -> None:
        from ui.settings.data_sync import SyncCard

        card = section.cards["sync"]
        assert isinstance(card, SyncCard)
        self._card = card
        card.show_settings(self._settings.current)
        card.changed.connect(self._change)
        card.secret_entered.connect(self._enter)
        card.folder_requested.connect(self._ask_folder)
        card.nutstore_requested.connect(self._nutstore)
        card.sync_requested.connect(self._now)
        self._show(self._sync.state)
        if self._sync.on:
            self._scope.start(self._look_for_secrets(), "sync secrets")

    def _change(self, name: str, value: Any) -> None:
        try:
            self._settings.change(**{name: value})
        except KnownError as error:
            self._say(str(error), bad=True)
            return
        self._say("")
        if name == "sync" and value == "folder" and not self._settings.current.sync_folder:
            self._ask_folder()
        self._scope.start(self._set_up(), "set up the sync")

    async def _set_up(self) -> None:
        await self._sync.set_up()
        if self._sync.on:
            await self._look_for_secrets()

    def _enter(self, which: str, text: str) -> None:
        self._scope.start(self._keep(which, text), "keep a sync secret")

    async def _keep(self, which: str, text: str) -> None:
        try:
            await self._sync.set_secret("password" if which == "password" else "passphrase", text)
        except KnownError as error:
            self._say(str(error), bad=True)
            return
        if self._sync.volatile is not None:
            self._say(tr("sync.volatile"))
        await self._look_for_secrets()

    async def _look_for_secrets(self) -> None:
        current = self._settings.current
        try:
            password = current.sync == "webdav" and await self._sync.has_secret("password")
            passphrase = current.sync_encrypted and await self._sync.has_secret("passphrase")
        except KnownError as error:
            self._say(str(error), bad=True)
            return
        if self._card is not None:
            self._card.show_secrets(password=password, passphrase=passphrase)

    def _ask_folder(self) -> None:
        dialog = self.dialog = QFileDialog(self._window, tr("data.sync.choose"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self._change("sync_folder", path))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _nutstore(self) -> None:
        from app.sync.service import NUTSTORE

        self._change("sync_url", NUTSTORE)

    def _now(self) -> None:
        self._scope.start(self._once(), "sync now")

    async def _once(self) -> None:
        try:
            await self._sync.once()
        except KnownError:
            return  # it is the state, and shown as such

    def _say(self, text: str, *, bad: bool = False) -> None:
        if self._card is not None:
            self._card.say(text, bad=bad)

    def _show(self, state: State) -> None:
        card = self._card
        if card is None:
            return
        from app.sync.words import done_text

        when = f"{datetime.fromtimestamp(state.last):%m-%d %H:%M}" if state.last is not None else ""
        if state.running:
            head = tr("data.sync.running")
        elif when:
            head = tr("data.sync.last", when=when)
        else:
            head = tr("data.sync.never")
        card.show_state(head, done_text(state.done) if state.done else "", running=state.running)
        card.say(str(state.problem) if state.problem else "", bad=True)
