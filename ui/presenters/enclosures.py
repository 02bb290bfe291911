"""What is attached to the draft: read off the UI thread, kept in the store, shown over the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.attachments import enclosure, limits, reading
from app.attachments.enclosure import Enclosure
from app.attachments.kinds import DOCUMENTS, PICTURES, TEXTS
from app.errors import KnownError
from app.i18n import tr
from app.key_leaks import KeyLeaks, Leak, surely_keys, taken_out
from app.store.store import Store
from app.worker import Worker
from ui.composer import Composer, pictures
from ui.notices import NoticeArea

NOTICE = "attach"
_SIDE = 64


class EnclosurePresenter(QObject):
    """`start` begins a task, `tell` gets the errors nobody waits for, `leaks` finds keys in attached texts,
    which are in no draft on disk. Signals: `changed` (what is attached), `open_requested(id)` for something
    in the tray."""

    changed = Signal()
    open_requested = Signal(str)

    def __init__(
        self,
        composer: Composer,
        notices: NoticeArea,
        store: Store,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        tell: Callable[[BaseException], None],
        window: QWidget,
        leaks: KeyLeaks,
    ) -> None:
        super().__init__()
        self._composer = composer
        self._leaks = leaks
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._notices = notices
        self._store = store
        self._start = start
        self._window = window
        self._worker = Worker("attachments", tell)
        self._conversation: str | None = None
        self._held: list[Enclosure] = []
        self._aside: list[Enclosure] | None = None
        self._reading: dict[str, str | None] = {}
        self._gone = False
        composer.files_given.connect(self.add_files)
        composer.picture_given.connect(self.add_picture)
        composer.text_given.connect(self.add_text)
        composer.attach_requested.connect(self.choose)
        composer.lent.connect(self._lend)
        composer.given_back.connect(self._give_back)
        composer.tray.removed.connect(self.remove)
        composer.tray.opened.connect(self.open_requested)

    def detach(self) -> None:
        """The views are about to be thrown away; what is attached stays in the store."""
        self._gone = True
        self._worker.abandon()

    @property
    def held(self) -> tuple[Enclosure, ...]:
        """What would be sent."""
        return tuple(self._held)

    @property
    def reading(self) -> bool:
        """Whether something for the draft shown is not read yet."""
        return self._conversation in self._reading.values()

    @property
    def has_pictures(self) -> bool:
        """Whether some of it only a model with eyes can read."""
        return any(one.kind == "image" for one in self._held)

    # which draft

    def opened(self, conversation: str | None) -> None:
        """Another conversation is shown (None = the empty page): fetch what is attached to its draft."""
        self._conversation, self._aside = conversation, None
        self._spans.clear()
        self._show([])
        self._start(self._load(conversation), "draft attachments")

    async def _load(self, conversation: str | None) -> None:
        rows = await self._store.draft_parts(conversation)
        if conversation == self._conversation and not self._gone and rows:
            before = {one.id for one in self._held}
            self._show([*(e for e in enclosure.enclosures_of(rows) if e.id not in before), *self._held])

    def sent(self, ids: Sequence[str]) -> None:
        """These are stored with their question now."""
        self._keep([one for one in self._held if one.id not in ids])

    def _lend(self, question: str) -> None:
        if self._aside is None:
            self._aside = self._held
        self._show([])
        self._start(self._borrow(question), "attachments of a question")

    async def _borrow(self, question: str) -> None:
        rows = (await self._store.attachments([question])).get(question, [])
        if self._aside is not None and not self._gone:
            self._show(enclosure.copies(enclosure.enclosures_of(rows)))

    def _give_back(self) -> None:
        if self._aside is not None:
            back, self._aside = self._aside, None
            self._show(back)

    # adding

    def choose(self) -> None:
        """Let the user choose files."""
        dialog = QFileDialog(self._window, tr("attach.choose"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        known = " ".join(f"*.{ending}" for ending in (*PICTURES, *DOCUMENTS, *TEXTS))
        dialog.setNameFilters([f"{tr('attach.filter_known')} ({known})", f"{tr('attach.filter_all')} (*)"])
        dialog.filesSelected.connect(lambda names: self.add_files([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_files(self, paths: Sequence[Path]) -> None:
        """Read these files and attach them."""
        for path in paths[: limits.MOST_ITEMS + 1]:
            self._read(path.name, lambda path=path: reading.read_file(path, pictures.scale))

    def add_picture(self, image: QImage) -> None:
        """Attach a picture from the clipboard."""
        name = tr("attach.pasted_picture")

        def read() -> Enclosure:
            mime, data = pictures.encode(image)
            return enclosure.picture(name, mime, data)

        self._read(name, read)

    def add_text(self, text: str) -> None:
        """Attach a text that was pasted."""
        name = tr("attach.pasted_text")
        self._read(name, lambda: reading.read_bytes(name, text.encode("utf-8", "replace"), pictures.scale))

    def remove(self, id_: str) -> None:
        """Take one away; what is still being read is not waited for."""
        if id_ in self._reading:
            del self._reading[id_]
            self._composer.tray.drop(id_)
            self._told()
            return
        self._keep([one for one in self._held if one.id != id_])
        if self._aside is None:
            self._start(self._forget(id_), "remove an attachment")
        self._composer.setFocus()

    async def _forget(self, id_: str) -> None:
        await self._store.drop_draft_parts([id_, enclosure.original_of(id_)])

    def _read(self, name: str, read: Callable[[], Enclosure]) -> None:
        token = uuid4().hex
        self._reading[token] = self._conversation
        self._composer.tray.put(token, None, name)
        self._notices.clear(NOTICE)
        self._told()
        self._start(self._take(token, self._conversation, read), "read an attachment")

    async def _take(self, token: str, conversation: str | None, read: Callable[[], Enclosure]) -> None:
        # Whoever goes to another conversation meanwhile finds it in the draft when coming back.
        try:
            found = await self._worker.call(read)
            if token not in self._reading:
                return
            if conversation == self._conversation:
                limits.check_room(self._held, found)
            leaks = await self._look_through(found)
            # Pictures and texts of a question that is edited belong to no draft.
            if self._aside is None or conversation != self._conversation:
                kept = enclosure.with_text(found, taken_out(found.text, leaks)) if leaks else found
                await self._store.keep_draft_parts(conversation, enclosure.rows_of([kept], ""))
            if self._gone or conversation != self._conversation or token not in self._reading:
                return
            self._held.append(found)
            self._composer.tray.rename(token, found.id)
            self._composer.tray.put(found.id, found.head())
            self._start(self._thumb(found), "thumbnail")
        except KnownError as error:
            if not self._gone:
                self._notices.put(NOTICE, str(error), "bad")
                self._composer.tray.drop(token)
        finally:
            self._reading.pop(token, None)
            if not self._gone:
                self._told()

    # keys in texts

    async def _look_through(self, one: Enclosure) -> list[Leak]:
        if one.kind != "text":
            return []
        text = one.text
        await self._leaks.recall(text)
        self._spans[one.id] = await asyncio.to_thread(surely_keys, text)
        return self._leaks.find(text, self._spans[one.id])

    def loose(self) -> list[tuple[str, list[Leak]]]:
        """The keys in what is attached, by its name. What was read from a draft has none."""
        texts = [one for one in self._held if one.id in self._spans]
        found = [(one.name, self._leaks.find(one.text, self._spans[one.id])) for one in texts]
        return [(name, leaks) for name, leaks in found if leaks]

    def leave_out(self, secrets: Collection[str]) -> None:
        """Take these keys out of the attached texts; the user's files stay as they are."""
        for at, one in enumerate(self._held):
            leaks = self._leaks.find(one.text, self._spans[one.id]) if one.id in self._spans else []
            mine = [leak for leak in leaks if leak.secret in secrets]
            if mine:
                without = enclosure.with_text(one, taken_out(one.text, mine))
                self._held[at] = without
                self._spans[one.id] = surely_keys(without.text)
                self._composer.tray.put(without.id, without.head())
        self._told()

    # showing

    async def thumbnail(self, id_: str, side: int) -> QImage | None:
        """The square picture of an attachment that is stored; None when it has none."""
        row = await self._store.attachment(id_)
        if row is None or row.kind != "image" or self._gone:
            return None
        try:
            return await self._worker.call(pictures.thumbnail, row.data, side)
        except KnownError:
            # It came from elsewhere (an import); its tile stays empty, and opening it says why.
            return None

    async def _thumb(self, one: Enclosure) -> None:
        if one.kind != "image" or self._gone:
            return
        image = await self._worker.call(pictures.thumbnail, one.data, _SIDE)
        if not self._gone:
            self._composer.tray.set_picture(one.id, image)

    def _show(self, held: list[Enclosure]) -> None:
        self._composer.tray.clear()
        self._held = held
        for one in held:
            self._composer.tray.put(one.id, one.head())
            self._start(self._thumb(one), "thumbnail")
        self._told()

    def _keep(self, held: list[Enclosure]) -> None:
        """Only these stay."""
        for one in self._held:
            if one not in held:
                self._composer.tray.drop(one.id)
        self._held = held
        self._told()

    def _told(self) -> None:
        self._composer.set_parts(bool(self._held), self.reading)
        self.changed.emit()
