"""Exporting from the window: asks for form and place, writes in the background, says where it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from app.clock import Clock
from app.errors import KnownError
from app.exchange.exports.names import safe_name
from app.exchange.exports.outlet import export
from app.exchange.exports.run import Exported, NameOf, speaker
from app.exchange.exports.sinks import Format, Said
from app.i18n import tr
from app.store.store import Store
from app.tasks import TaskScope
from ui.exchange.export_dialog import ExportDialog
from ui.exchange.export_door import make_page
from ui.main_window import MainWindow
from ui.pieces import in_turns, polished
from ui.qt_kinds import loaded

_FILTERS = {
    "md": ("export.kind.md", "*.md"),
    "json": ("export.kind.json", "*.json"),
    "html": ("export.kind.html", "*.html"),
    "pdf": ("export.kind.pdf", "*.pdf"),
}


class Exporting(QObject):
    """`offer(ids)` exports conversations, no ids = all of them; one export runs at a time. `picture(ids)`
    makes a picture of messages.

    `launch` opens a folder with the system's program (replaced in tests).
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        name_of: NameOf,
        clock: Clock,
        scope: TaskScope,
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._store = store
        self._name_of = name_of
        self._clock = clock
        self._scope = scope
        self._tell = tell
        self._task: asyncio.Task[None] | None = None
        self.dialog: ExportDialog | None = None
        self.launch: Callable[[QUrl], object] = QDesktopServices.openUrl

    def detach(self) -> None:
        """The window goes; an export that runs goes on without a dialog."""
        self.dialog = None

    def offer(self, ids: Sequence[str]) -> None:
        """Ask in which form these conversations are to leave."""
        if self.dialog is None:
            self._scope.start(self._offer(tuple(ids)), "offer an export")

    async def _offer(self, ids: tuple[str, ...]) -> None:
        if len(ids) == 1:
            found = await self._store.conversation(ids[0])
            title = (found.title if found is not None else "") or tr("sidebar.untitled")
            what = tr("export.one", title=title)
        else:
            count = len(ids) or len(await self._store.outgoing_ids())
            if not count:
                self._tell(KnownError("export.nothing"))
                return
            title = time.strftime("jieli-%Y-%m-%d", time.localtime(self._clock.now()))
            what = tr("export.several", n=count) if ids else tr("export.all", n=count)
        await in_turns(loaded())
        self._window.use_details()
        dialog = ExportDialog(self._window.theme, self._window, what)
        await in_turns(polished(dialog))
        if not isValid(dialog):
            return
        if self.dialog is not None:
            dialog.deleteLater()
            return
        self.dialog = dialog
        dialog.place_wanted.connect(lambda kind: self._ask_place(kind, ids, title))
        dialog.cancelled.connect(self._cancel)
        dialog.finished.connect(self._gone)
        dialog.open()

    def _gone(self) -> None:
        self.dialog = None

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ask_place(self, kind: Format, ids: tuple[str, ...], title: str) -> None:
        words, pattern = _FILTERS[kind]
        # Several conversations as Markdown are a folder, and a new folder has no ending.
        folder = kind == "md" and len(ids) != 1
        chooser = QFileDialog(self.dialog or self._window, tr("export.heading"))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if not folder:
            chooser.setNameFilter(f"{tr(words)} ({pattern})")
            chooser.setDefaultSuffix(kind)
        name = safe_name(title, "jieli")
        chooser.selectFile(name if folder else f"{name}.{kind}")
        chooser.fileSelected.connect(lambda path: self.write(kind, ids, Path(path)))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def picture(self, ids: Sequence[str]) -> None:
        """Ask where a picture of these messages is to go."""
        chooser = QFileDialog(self._window, tr("export.as_picture"))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilter("PNG (*.png)")
        chooser.setDefaultSuffix("png")
        chooser.selectFile(time.strftime("jieli-%Y-%m-%d.png", time.localtime(self._clock.now())))
        wanted = tuple(ids)
        chooser.fileSelected.connect(lambda path: self.write_picture(wanted, Path(path)))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def write_picture(self, ids: Sequence[str], path: Path) -> None:
        """Draw these messages into a PNG; the user has agreed to replace a file there."""
        self._scope.start(self._picture(tuple(ids), path), "draw a picture")

    async def _picture(self, ids: tuple[str, ...], path: Path) -> None:
        from ui.exchange.export_picture import MOST, write_picture

        theme = self._window.theme
        try:
            if len(ids) > MOST:
                raise KnownError("export.picture_too_long")
            messages = await self._store.messages(ids)
            parts = await self._store.attachments(ids)
            said = [Said(m, speaker(m, self._name_of), parts.get(m.id, ())) for m in messages]
            await asyncio.to_thread(write_picture, theme.name, theme.body_size, said, path)
        except KnownError as error:
            self._tell(error)
            return
        self._tell_done(tr("export.picture_done", name=path.name), path.parent)

    def write(self, kind: Format, ids: Sequence[str], path: Path) -> None:
        """Export to `path`; the user has agreed to replace a file there."""
        if self._task is None:
            if self.dialog is not None:
                self.dialog.show_running(path.name)
            self._task = self._scope.start(self._write(kind, tuple(ids), path), "export")
            self._task.add_done_callback(self._ended)

    def _ended(self, _task: object) -> None:
        self._task = None

    async def _write(self, kind: Format, ids: tuple[str, ...], path: Path) -> None:
        try:
            written = await export(
                self._store,
                ids,
                kind,
                path,
                force=kind != "md" or path.suffix == ".md",
                name_of=self._name_of,
                page_maker=make_page,
                progress=self._progress,
            )
        except KnownError as error:
            if self.dialog is not None:
                self.dialog.show_idle(str(error))
            else:
                self._tell(error)
            return
        self._done(written)

    def _progress(self, done: float) -> None:
        if self.dialog is not None:
            self.dialog.show_progress(done)

    def _done(self, written: Exported) -> None:
        if self.dialog is not None:
            self.dialog.show_done()
        text = tr("export.finished", n=written.conversations, name=written.path.name)
        folder = written.path if written.path.suffix == "" else written.path.parent
        self._tell_done(text, folder)

    def _tell_done(self, text: str, folder: Path) -> None:
        def see() -> None:
            self.launch(QUrl.fromLocalFile(str(folder)))

        self._window.toast.show_text(text, tr("export.open_folder"), see)
