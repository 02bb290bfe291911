"""Serves the card of backups: asks for files, runs the work, says what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import KnownError
from app.i18n import tr
from app.tasks import TaskScope

if TYPE_CHECKING:
    from app.backup.service import Backups
    from ui.settings.data import DataSection
    from ui.settings.data_backup import BackupCard
    from ui.settings.page import SettingsPage

SUFFIX = "jieli"


class BackupPresenter(QObject):
    """`backups` is made when the card is first used: few ever need it."""

    def __init__(
        self, page: SettingsPage, window: QWidget, backups: Callable[[], Awaitable[Backups]], scope: TaskScope
    ) -> None:
        super().__init__()
        self._window = window
        self._backups = backups
        self._scope = scope
        self._card: BackupCard | None = None
        self._source: Path | None = None
        self._task: asyncio.Task[None] | None = None
        self.dialog: QFileDialog | None = None
        page.serve("data", self._serve)

    def detach(self) -> None:
        """The page is about to be thrown away; what runs goes on."""
        self._card = None

    def _serve(self, section: DataSection) -> None:
        from ui.settings.data_backup import BackupCard

        card = section.cards["backup"]
        assert isinstance(card, BackupCard)
        self._card = card
        card.backup_requested.connect(self._ask_target)
        card.restore_requested.connect(self._ask_source)
        card.cancel_requested.connect(self._cancel)
        card.passphrase_entered.connect(lambda text: self._source and self._restore(self._source, text))

    def _ask_target(self, passphrase: str) -> None:
        dialog = self._dialog(QFileDialog.AcceptMode.AcceptSave, f"{tr('data.backup.kind')} (*.{SUFFIX})")
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(f"{tr('data.backup.file_name')}-{time.strftime('%Y-%m-%d')}.{SUFFIX}")
        dialog.fileSelected.connect(lambda path: self.back_up(Path(path), passphrase))
        dialog.open()

    def _ask_source(self) -> None:
        kinds = f"{tr('data.backup.kind')} (*.{SUFFIX} *.db *.db.*);;{tr('data.backup.all')} (*)"
        dialog = self._dialog(QFileDialog.AcceptMode.AcceptOpen, kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.restore(Path(path)))
        dialog.open()

    def _dialog(self, mode: QFileDialog.AcceptMode, kinds: str) -> QFileDialog:
        dialog = self.dialog = QFileDialog(self._window)
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(kinds)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def back_up(self, target: Path, passphrase: str) -> None:
        """Write a backup there."""
        self._start(self._write(target, passphrase), "back up", "data.backup.cancelled")

    def restore(self, source: Path) -> None:
        """Bring a file in; one that is encrypted is asked for its passphrase first."""
        self._source = source
        self._start(self._look(source), "look at a backup")

    def _restore(self, source: Path, passphrase: str) -> None:
        self._start(self._read(source, passphrase), "restore")

    async def _write(self, target: Path, passphrase: str) -> str:
        from app.backup.words import written_text

        written = await (await self._backups()).write(target, passphrase, self._progress)
        if self._card is not None:
            self._card.forget()
        return written_text(written)

    async def _look(self, source: Path) -> str:
        encrypted = await (await self._backups()).encrypted(source)
        if self._card is not None:
            self._card.ask_passphrase(encrypted)
        return tr("backup.needs_passphrase") if encrypted else await self._read(source, "")

    async def _read(self, source: Path, passphrase: str) -> str:
        from app.backup.words import restored_text

        restored = await (await self._backups()).restore(source, passphrase, self._progress)
        if self._card is not None:
            self._card.ask_passphrase(False)
        return restored_text(restored)

    def _progress(self, done: float) -> None:
        if self._card is not None:
            self._card.show_progress(done)

    def _start(self, work: Coroutine[Any, Any, str], name: str, cancelled: str = "data.cancelled") -> None:
        self._task = self._scope.start(self._run(work, cancelled), name)

    def _cancel(self) -> None:
        if self._task is not None and self._card is not None:
            self._card.stop.setEnabled(False)
            self._task.cancel()

    async def _run(self, work: Coroutine[Any, Any, str], cancelled: str) -> None:
        card = self._card
        if card is not None:
            card.show_progress(0.0)
            card.say(tr("data.busy"))
        text, bad = "", False
        try:
            text = await work
        except KnownError as error:
            text, bad = str(error), True
        except asyncio.CancelledError:
            text = tr(cancelled)
            raise
        finally:
            if card is not None and card is self._card:
                card.show_progress(None)
                card.say(text, bad=bad)
