"""The settings' section on assistants: shows the library, carries out what the user does to it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from app.assistants import LARGEST_FILE, Assistants
from app.chains import Chains
from app.errors import KnownError
from app.i18n import tr
from app.store.entries import Changes
from app.store.records import Assistant
from app.store.store import Store
from app.worker import Worker
from ui.assistants.section import AssistantsSection, Choice
from ui.main_window import MainWindow
from ui.settings.page import SettingsPage

Start = Callable[[Coroutine[Any, Any, Any], str], object]


class AssistantSettings(QObject):
    """Serves one settings page."""

    def __init__(
        self,
        page: SettingsPage,
        window: MainWindow,
        library: Assistants,
        store: Store,
        chains: Chains,
        start: Start,
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._library = library
        self._chains = chains
        self._start = start
        self._tell = tell
        self._section: AssistantsSection | None = None
        self.dialog: QFileDialog | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._refresh)
        self._end = store.subscribe(self._changed)
        page.sections.chosen.connect(self._chosen)
        page.fill("assistants", self._serve)

    def detach(self) -> None:
        """Keep what was typed a moment ago, and let go of the store."""
        if self._section is not None:
            self._section.flush()
        self._soon.stop()
        self._soon.timeout.disconnect()
        self._end()

    def _serve(self, section: AssistantsSection) -> None:
        if self._section is section:
            return
        self._section = section
        section.edited.connect(self._save)
        section.add_requested.connect(lambda: self._do(self._add()))
        section.copy_requested.connect(lambda one: self._do(self._copy(one)))
        section.delete_requested.connect(lambda one: self._do(self._delete(one)))
        section.reset_requested.connect(lambda one: self._do(self._library.reset(one)))
        section.order_changed.connect(lambda ids: self._do(self._library.reorder(ids)))
        section.restore_requested.connect(lambda: self._do(self._library.restore_shipped()))
        section.import_requested.connect(self._ask_import)
        section.export_requested.connect(self._ask_export)
        self._refresh()

    def _changed(self, changes: Changes) -> None:
        if changes.assistants:
            self._soon.start()

    def _chosen(self, name: str) -> None:
        # The chains may have changed on another page.
        if name == "assistants" and self._section is not None:
            self._refresh()

    def _refresh(self) -> None:
        if self._section is not None:
            self._do(self._show(self._section))

    async def _show(self, section: AssistantsSection) -> None:
        rows, hidden = await self._library.all(), await self._library.hidden()
        choices: list[Choice] = [(tr("assistants.default_chain"), None)]
        choices += [(chain.label, (chain.spec,)) for chain in self._chains.all()]
        section.show_assistants(rows, choices, hidden=hidden)

    # what the user does

    def _save(self, assistant: Assistant) -> None:
        self._do(self._saved(assistant))

    async def _saved(self, assistant: Assistant) -> None:
        problem = ""
        try:
            await self._library.save(assistant)
        except KnownError as error:
            problem = str(error)
        if self._section is not None:
            self._section.show_problem(problem)

    async def _add(self) -> None:
        made = await self._library.add(tr("assistants.new_name"))
        if self._section is not None:
            self._section.choose(made.id, typing=True)

    async def _copy(self, assistant: str) -> None:
        made = await self._library.copy(assistant)
        if made is not None and self._section is not None:
            self._section.choose(made.id, typing=True)

    async def _delete(self, assistant: str) -> None:
        found = await self._library.get(assistant)
        if found is not None and await self._library.delete(assistant):
            self._window.toast.show_undo(
                tr("assistants.deleted", name=found.name), lambda: self._do(self._restore(assistant))
            )

    async def _restore(self, assistant: str) -> None:
        await self._library.restore(assistant)
        if self._section is not None:
            self._section.choose(assistant)

    # files

    def _ask_import(self) -> None:
        dialog = self._dialog(QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._do(self.import_file(Path(path))))
        dialog.open()

    def _ask_export(self) -> None:
        dialog = self._dialog(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{tr('assistants.file_name')}.json")
        dialog.fileSelected.connect(lambda path: self._do(self.export_file(Path(path))))
        dialog.open()

    def _dialog(self, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = self.dialog = QFileDialog(self._window)
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(f"{tr('assistants.file_kind')} (*.json)")
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    async def import_file(self, path: Path) -> None:
        """Add the assistants of a file. Raises `KnownError`."""
        text = await self._in_thread(lambda: _read(path))
        new, same = await self._library.import_text(text)
        self._window.toast.show_text(tr("assistants.imported", n=new, same=same))

    async def export_file(self, path: Path) -> None:
        """Write the whole library into a file. Raises `KnownError`."""
        text = await self._library.export_text()
        await self._in_thread(lambda: _write(path, text))
        self._window.toast.show_text(tr("assistants.exported", path=path))

    async def _in_thread(self, job: Callable[[], str]) -> str:
        worker = Worker("assistant file", self._tell)
        try:
            return await worker.call(job)
        finally:
            await worker.close()

    def _do(self, change: Coroutine[Any, Any, Any]) -> None:
        self._start(self._told(change), "assistants")

    async def _told(self, change: Coroutine[Any, Any, Any]) -> None:
        try:
            await change
        except KnownError as error:
            self._tell(error)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise KnownError("assistants.large_file", path=path, mb=LARGEST_FILE // 1_000_000)
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise KnownError("assistants.no_json") from error
    except OSError as error:
        raise KnownError("assistants.no_read", path=path, reason=error.strerror or error) from error


def _write(path: Path, text: str) -> str:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise KnownError("assistants.no_write", path=path, reason=error.strerror or error) from error
    return text
