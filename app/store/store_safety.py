"""The store's part about not losing anything: checks, snapshots, merging, sizes, and erasing for good.

What is seldom needed is imported when it is: every start would pay for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.clock import Clock
from app.errors import KnownError
from app.store import conversations, examine
from app.store.base import StoreBase
from app.store.database import Database
from app.store.entries import Changes
from app.store.examine import Examined
from app.store.failures import explain
from app.store.files import damage_mark, leftovers
from app.store.grants import meta, set_meta
from app.store.instances import Instances
from app.store.snapshots import Snapshot, Snapshots

if TYPE_CHECKING:
    from app.store.merge import Merge, Merged
    from app.store.sizes import Sizes

_log = logging.getLogger(__name__)

UNCLEAN = "unclean"
"""The name in `meta` that says: a process died, and the file has not been checked since."""

CHECKED = "checked"
"""The name in `meta` of when the file was last checked."""

CHECK_SECONDS = 7 * 24 * 3600.0
LEFT_SECONDS = 24 * 3600.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Mended:
    """Texts that a failing disk had altered: `restored` from a snapshot, `doubtful` left as they are."""

    restored: int
    doubtful: int


class SafetyStore(StoreBase):
    """What keeps the data and what takes it away. `snapshots` blocks: ask it from a thread."""

    def __init__(self, database: Database, clock: Clock, instances: Instances) -> None:
        super().__init__(database, clock, instances)
        self.snapshots = Snapshots(database.path, instances.folder)
        self._copying: sqlite3.Connection | None = None
        self._attaching = asyncio.Lock()

    async def check(self) -> bool:
        """Whether the file is sound, texts included. Reads all of it: for idle moments, after a crash."""
        found = await self.examine()
        return found.whole and not found.altered

    async def examine(self) -> Examined:
        """Look at all of the file in a thread; nobody who reads or writes waits.

        A file that is not whole is rebuilt when it is opened next.
        """
        found = await self._in_thread(examine.examine_file, self.path)
        if not found.whole:
            _log.error("%s is damaged: %s", self.path, found.finding)
            await asyncio.to_thread(damage_mark(self.path).touch)
        elif found.altered:
            self.post_unclean()
        return found

    async def mend_texts(self) -> Mended:
        """Take altered texts from the newest good snapshot; what it does not have is marked `altered`."""
        from app.store.merge import Merged
        from app.store.rebuild import accept_texts

        newest = await asyncio.to_thread(self.snapshots.newest_good, self._clock.now())
        merged = Merged() if newest is None else await self.merge_from(newest)
        doubtful = await self._write(Changes(), accept_texts)
        return Mended(merged.improved, doubtful)

    async def check_due(self) -> bool:
        """Whether a process died since the file was last checked, or that is more than a week ago."""
        if await self._database.call(meta, UNCLEAN) is not None:
            return True
        last = await self._database.call(meta, CHECKED)
        return last is None or self._clock.now() - float(last) > CHECK_SECONDS

    def post_unclean(self) -> None:
        """Note that the file has to be checked; nobody waits."""
        self._database.post(set_meta, UNCLEAN, "1")

    async def note_checked(self) -> None:
        """The file was checked after what happened to it."""

        def note(db: sqlite3.Connection, now: float) -> None:
            set_meta(db, UNCLEAN, None)
            set_meta(db, CHECKED, repr(now))

        await self._write(None, note, self._clock.now())

    async def rebuilt(self) -> dict[str, Any] | None:
        """The counts of the last rebuilding (`at`, `kept`, `messages`, …), None when there was none."""
        from app.store.rebuild import REPORT

        text = await self._database.call(meta, REPORT)
        found: object = json.loads(text) if text else None
        return cast("dict[str, Any]", found) if isinstance(found, dict) else None

    async def remove_leftovers(self) -> None:
        """Remove temporary folders that a killed import or restore has left for a day or longer."""

        def remove(before: float) -> None:
            for folder in leftovers(self.path, before):
                _log.info("removing %s, which nobody uses any more", folder.name)
                shutil.rmtree(folder)

        await self._in_thread(remove, self._clock.now() - LEFT_SECONDS)

    async def snapshot_due(self) -> bool:
        """Whether there is something to copy that today's and earlier snapshots do not have."""
        if not await self._database.call(conversations.any_there):
            return False
        return await self._in_thread(self.snapshots.is_due, self._clock.now())

    async def snapshot(self) -> Snapshot | None:
        """Copy the whole file in a thread, others write meanwhile; None when another process is at it.

        Raises `KnownError` when the disk has no room or the file is damaged. Cancelling ends the copying.
        """

        def watch(db: sqlite3.Connection) -> None:
            self._copying = db

        try:
            return await self._in_thread(self.snapshots.take, self._clock.now(), watch)
        except asyncio.CancelledError:
            if self._copying is not None:
                self._copying.interrupt()
            raise
        finally:
            self._copying = None

    async def merge_from(
        self, path: Path, progress: Progress | None = None, going: Callable[[], bool] = lambda: True
    ) -> Merged:
        """Bring in what another database of Jieli's has: a snapshot, a set-aside or another profile's file.

        Nothing newer is overwritten and doing it again changes nothing. Others can write meanwhile; when it
        is cancelled, or `going` says no, what was brought in stays. `progress` hears of conversations done
        and of their number. Raises `KnownError` when the file is none of ours or cannot be read.
        """
        from app.store.sources import readable_copy

        reading = readable_copy(path, self.path.parent)
        source = await self._in_thread(reading.__enter__)
        try:
            return await self._merge(source.path, progress, going=going)
        finally:
            await asyncio.shield(asyncio.to_thread(reading.__exit__, None, None, None))

    async def _merge(
        self,
        source: Path,
        progress: Progress | None,
        kind: Merge | None = None,
        going: Callable[[], bool] = lambda: True,
    ) -> Merged:
        # Only one file can be attached as `theirs`.
        async with self._attaching:
            return await self._merge_alone(source, progress, kind, going)

    async def _merge_alone(
        self, source: Path, progress: Progress | None, kind: Merge | None, going: Callable[[], bool]
    ) -> Merged:
        from app.store.merge import Merge

        merge = kind or Merge()
        steps: list[Iterator[None]] = []
        told: set[str] = set()

        def advance(db: sqlite3.Connection) -> bool:
            if not steps:
                steps.append(merge.steps(db))
            return next(steps[0], steps) is steps

        def changes(ended: bool) -> Changes:
            fresh = frozenset(merge.result.touched - told)
            told.update(fresh)
            return Changes(fresh, grants=ended, assistants=ended)

        def end(db: sqlite3.Connection) -> None:
            steps.clear()
            merge.detach(db)

        await self._database.call(merge.attach, source)
        try:
            while going() and not await self._write(changes, advance):
                if progress is not None:
                    progress(merge.done, merge.total)
        finally:
            await asyncio.shield(self._database.call(end))
        if progress is not None and going():
            progress(merge.total, merge.total)
        return merge.result

    async def sizes(self) -> Sizes:
        """How much is on disk, in all and for each conversation; counted in a thread."""
        from app.store.sizes import measure

        return await self._in_thread(measure, self.path, self.snapshots.folder)

    async def erase_all(self, *, keys: bool = False) -> None:
        """Remove everything that was said, really: rows, freed pages, the log, snapshots, set-aside copies.

        The store stays open and empty. With `keys` the labels of keys go, too; their secrets are removed
        through `KeyService` before. Attempts go as well: the ledger begins anew.
        """
        from app.store import erase

        everything = await self._database.call(erase.every_id)
        changes = Changes(everything, keys=keys, grants=True, assistants=True)
        await self._write(changes, erase.rows, keys)
        await self._database.call(erase.traces)
        await self._in_thread(erase.files, self.path, self.snapshots.folder)

    async def _in_thread(self, fn: Callable[..., Any], *args: object) -> Any:
        try:
            return await asyncio.to_thread(fn, *args)
        except sqlite3.Error as error:
            raise explain(error, self.path) or error from error
        except OSError as error:
            raise KnownError("store.refused", path=self.path, reason=error.strerror or error) from error
