"""Opening what is attached: pictures and texts in the window, files with another program after asking."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage

from app.attachments.enclosure import original_of
from app.attachments.kinds import MIME
from app.errors import KnownError
from app.i18n import tr
from app.store.entries import Attachment
from app.store.store import Store
from app.worker import Worker
from ui.composer import pictures
from ui.main_window import MainWindow
from ui.viewer import Viewer

SIDE = 4096

_ENDINGS = {mime: ending for ending, mime in MIME.items()}
"""Files of these types are handed to other programs, under this ending whatever their name says: a name
from an import could make a program of it."""


class Opening:
    """`start` begins a task; `launch` hands a local file to the system (replaced in tests)."""

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        tell: Callable[[BaseException], None],
    ) -> None:
        self._window = window
        self._store = store
        self._start = start
        self._tell = tell
        self._worker = Worker("open attachments", tell)
        self._folder: Path | None = None
        self.launch: Callable[[QUrl], object] = QDesktopServices.openUrl

    def detach(self) -> None:
        """The window goes; so do the copies that were opened, where no program holds them."""
        self._worker.abandon()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def open(self, id_: str) -> None:
        """Show an attachment of a message or of the draft."""
        self._start(self._show(id_), "open an attachment")

    async def _show(self, id_: str) -> None:
        row = await self._store.attachment(id_)
        original = await self._store.attachment(original_of(id_))
        if row is None:
            self._tell(KnownError("attach.gone"))
            return
        body: QImage | str = ""
        try:
            if row.kind == "image":
                body = await self._worker.call(pictures.decode, row.data, SIDE)
            elif row.kind == "text":
                body = await self._worker.call(row.data.decode, "utf-8", "replace")
        except KnownError as error:
            self._tell(error)
            return
        file = row if row.kind == "file" else original
        may_open = file is not None and file.mime in _ENDINGS
        opener = (lambda: self._ask(file)) if file is not None and may_open else None
        if row.kind == "file":
            if opener is not None:
                opener()
            return
        Viewer(self._window.theme, self._window.room, row.name, body, opener)

    def _ask(self, file: Attachment) -> None:
        from ui.ask_dialog import AskDialog

        question = tr("attach.ask_open", name=file.name)
        box = AskDialog(self._window, question, tr("attach.ask_open_more"), tr("attach.open"))
        box.accepted.connect(lambda: self._start(self._launch(file), "open a file"))
        box.open()

    async def _launch(self, file: Attachment) -> None:
        try:
            path = await self._worker.call(self._written, file)
        except OSError as error:
            self._tell(KnownError("attach.unreadable", name=file.name, reason=error.strerror or error))
            return
        self.launch(QUrl.fromLocalFile(str(path)))

    def _written(self, file: Attachment) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="jieli-"))
        stem = "".join(c for c in Path(file.name).stem if c.isalnum() or c in " -_")[:60].strip() or "file"
        path = self._folder / f"{stem}-{file.sha256[:8]}.{_ENDINGS[file.mime]}"
        path.write_bytes(file.data)
        return path
