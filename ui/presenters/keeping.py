"""The data section's own cards: space, snapshots and the file's health."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.errors import KnownError
from app.i18n import tr
from app.safekeeping import check
from app.store.store import Store
from app.tasks import TaskScope

if TYPE_CHECKING:
    from app.store.records import Conversation
    from app.store.sizes import Sizes
    from ui.settings.data import DataSection
    from ui.settings.data_snapshots import SnapshotsCard
    from ui.settings.data_space import Space, SpaceCard
    from ui.settings.page import SettingsPage

LARGEST = 5


class KeepingPresenter(QObject):
    """Serves the cards `space` and `snapshots` of one settings page once they are built."""

    def __init__(
        self,
        page: SettingsPage,
        store: Store,
        scope: TaskScope,
        *,
        show_bin: Callable[[], None],
        show_conversation: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._store = store
        self._scope = scope
        self._show_bin = show_bin
        self._show_conversation = show_conversation
        self._space: SpaceCard | None = None
        self._snapshots: SnapshotsCard | None = None
        self._restoring: asyncio.Task[None] | None = None
        page.serve("data", self._serve)
        page.section_shown.connect(self._shown)

    def detach(self) -> None:
        """The page is about to be thrown away; a restore that runs goes on."""
        self._space = self._snapshots = None

    def _serve(self, section: DataSection) -> None:
        from ui.settings.data_snapshots import SnapshotsCard
        from ui.settings.data_space import SpaceCard

        space, snapshots = section.cards["space"], section.cards["snapshots"]
        assert isinstance(space, SpaceCard)
        assert isinstance(snapshots, SnapshotsCard)
        self._space, self._snapshots = space, snapshots
        space.count_requested.connect(self.count)
        space.bin_requested.connect(self._show_bin)
        space.conversation_requested.connect(self._show_conversation)
        snapshots.take_requested.connect(lambda: self._do(self._take()))
        snapshots.restore_requested.connect(self._restore)
        snapshots.cancel_requested.connect(lambda: self._restoring and self._restoring.cancel())
        snapshots.check_requested.connect(lambda: self._do(self._check()))

    def _shown(self, section: str) -> None:
        if section == "data":
            self.count()
            self._scope.start(self._list(), "list snapshots")

    # space

    def count(self) -> None:
        """Count anew how much there is."""
        self._scope.start(self._count(), "count space")

    async def _count(self) -> None:
        try:
            sizes = await self._store.sizes()
        except KnownError as error:
            if self._space is not None:
                self._space.say(str(error), bad=True)
            return
        shown = await self._store.conversations(archived=None)
        binned = await self._store.deleted_conversations()
        if self._space is not None:
            self._space.say("")
            self._space.show_space(_space(sizes, shown, len(binned)))

    # snapshots

    async def _list(self) -> None:
        found = await asyncio.to_thread(self._store.snapshots.all)
        report = await self._store.rebuilt()
        if self._snapshots is not None:
            self._snapshots.show_damage(_damage(report) if report else "")
            self._snapshots.show_snapshots(found)

    async def _take(self) -> str:
        taken = await self._store.snapshot()
        return tr("data.snapshot.taken") if taken is not None else tr("data.snapshot.elsewhere")

    async def _check(self) -> str:
        await check(self._store)
        return tr("data.check.sound")

    def _restore(self, path: Path) -> None:
        if self._restoring is None or self._restoring.done():
            self._restoring = self._do(self._merge(path))

    async def _merge(self, path: Path) -> str:
        def progress(done: int, of: int) -> None:
            if self._snapshots is not None:
                self._snapshots.show_progress(done, max(of, 1))

        progress(0, 1)
        try:
            merged = await self._store.merge_from(path, progress)
        finally:
            if self._snapshots is not None:
                self._snapshots.show_progress(0, 0)
        parts = [tr("restore.nothing")]
        if not merged.nothing:
            counts = merged.counts()
            changed = counts["changed"] + counts["improved"]
            parts = [
                tr(
                    "restore.done",
                    conversations=merged.conversations,
                    messages=merged.messages,
                    changed=changed,
                )
            ]
        if merged.removed:
            parts.append(tr("restore.removed", n=merged.removed))
        return " ".join(parts)

    def _do(self, work: Coroutine[Any, Any, str]) -> asyncio.Task[None]:
        return self._scope.start(self._run(work), "keep the data")

    async def _run(self, work: Coroutine[Any, Any, str]) -> None:
        card = self._snapshots
        if card is not None:
            card.set_busy(True)
            card.say(tr("data.busy"))
        text, bad = "", False
        try:
            text = await work
        except KnownError as error:
            text, bad = str(error), True
        except asyncio.CancelledError:
            text = tr("data.cancelled")
            raise
        finally:
            if card is not None and self._snapshots is card:
                card.set_busy(False)
                card.say(text, bad=bad)
        await self._list()
        await self._count()


def _space(sizes: Sizes, shown: list[Conversation], binned: int) -> Space:
    from ui.settings.data_space import Largest, Space

    counted = sizes.conversations
    there = [(c, counted[c.id]) for c in shown if c.id in counted]
    largest = sorted(there, key=lambda pair: pair[1].text + pair[1].attachments, reverse=True)[:LARGEST]
    return Space(
        conversations=len(shown),
        archived=sum(c.archived for c in shown),
        messages=sum(size.messages for _, size in there),
        text=sum(size.text for _, size in there),
        attachments=sum(size.attachments for _, size in there),
        binned=binned,
        database=sizes.database,
        snapshots=sizes.snapshots,
        kept=sizes.kept,
        largest=tuple(
            Largest(c.id, c.title or tr("sidebar.untitled"), size.messages, size.text + size.attachments)
            for c, size in largest
        ),
    )


def _damage(report: dict[str, Any]) -> str:
    """The last rebuilding, in a sentence."""
    at = report.get("at")
    day = time.strftime("%Y-%m-%d", time.localtime(at)) if isinstance(at, int | float) else "–"
    counts = {name: report.get(name, 0) for name in ("messages", "doubtful", "lost")}
    return tr("data.rebuilt", day=day, kept=report.get("kept", ""), **counts)
