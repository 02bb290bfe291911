"""The store's part about syncing: what the shared place knows, change files out and in."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import KnownError
from app.store.entries import Changes
from app.store.grants import meta, set_meta
from app.store.store_safety import SafetyStore

if TYPE_CHECKING:
    from app.store.merge import Merged
    from app.store.sync_pack import Packed


class SyncStore(SafetyStore):
    """Change files and what is known about the place they go to."""

    async def sync_begin(self, place: str) -> None:
        """Make ready for syncing with the place of that name; another one than before knows nothing yet."""
        from app.store import sync_tables

        await self._write(None, sync_tables.ensure, place)

    async def sync_files(self) -> dict[str, int]:
        """The files of the place that were read or written, with their sizes."""
        from app.store import sync_tables

        return await self._database.call(sync_tables.files)

    async def sync_forget_place(self) -> None:
        """The place has lost what it had: everything goes there once more."""
        from app.store import sync_tables

        await self._write(None, sync_tables.forget_place)

    async def sync_look(self) -> None:
        """Note which fields of conversations have changed here."""
        from app.store import sync_removal, sync_tables

        await self._write(None, sync_removal.note_put_back)
        while await self._write(None, sync_tables.look_at_some):
            pass

    async def sync_pack(self, target: Path) -> Packed:
        """Write the next change file; in a thread, nobody waits. Raises `KnownError`."""
        from app.store.sync_pack import pack

        return await asyncio.to_thread(pack, self.path, target)

    async def sync_written(self, source: Path, name: str, size: int) -> None:
        """The change file is in the place under that name."""
        from app.store import sync_tables
        from app.store.sync_pack import mark_known

        def note(db: sqlite3.Connection) -> None:
            mark_known(db, written=True)
            sync_tables.note_file(db, name, size)

        await self._with(source, note)

    async def sync_read(self, source: Path, name: str, size: int, *, known: bool = True) -> Merged:
        """Bring in a change file and, with `known`, remember that the place has it.

        Raises `KnownError` when it is of a newer program, none of ours or damaged.
        """
        from app.store import sync_tables
        from app.store.sources import readable_copy
        from app.store.sync_merge import SyncMerge
        from app.store.sync_pack import mark_known

        def note(db: sqlite3.Connection) -> None:
            mark_known(db, written=False)
            sync_tables.note_file(db, name, size)

        reading = readable_copy(source, source.parent)
        copy = await self._in_thread(reading.__enter__)
        try:
            if copy.salvaged is not None:
                raise KnownError("backup.damaged")
            merged = await self._merge(copy.path, None, SyncMerge())
            if known:
                await self._with(copy.path, note)
        finally:
            await asyncio.shield(asyncio.to_thread(reading.__exit__, None, None, None))
        return merged

    async def sync_settle(self) -> None:
        """Make links to messages that have come meanwhile."""
        from app.store.sync_merge import settle

        await self._write(lambda touched: Changes(frozenset(touched)), settle)

    async def sync_wanting(self) -> bool:
        """Whether something should be here that files read before may have."""
        from app.store import sync_removal

        return await self._database.call(sync_removal.is_wanting)

    async def sync_looked_for(self) -> None:
        """All files were read anew because something was wanted."""
        from app.store import sync_removal

        await self._write(None, sync_removal.note_looked_for)

    async def sync_replaced(self, name: str, size: int, old: list[str]) -> None:
        """Several files of the place have become one."""
        from app.store import sync_tables

        def note(db: sqlite3.Connection) -> None:
            sync_tables.note_file(db, name, size)
            for gone in old:
                sync_tables.forget_file(db, gone)

        await self._write(None, note)

    async def sync_forget_files(self, names: list[str]) -> None:
        """These files are no longer in the place."""
        from app.store import sync_tables

        def note(db: sqlite3.Connection) -> None:
            for name in names:
                sync_tables.forget_file(db, name)

        await self._write(None, note)

    async def sync_erased(self) -> bool:
        """Whether everything was erased here since syncing was set up."""
        from app.store.sync_tables import ERASED

        return await self._database.call(meta, ERASED) is not None

    async def sync_set_up(self) -> None:
        """The user wants to sync from here on."""
        from app.store.sync_tables import ERASED

        await self._write(None, set_meta, ERASED, None)

    async def _with(self, source: Path, fn: Callable[[sqlite3.Connection], None]) -> None:
        """Run a write with the file attached as `theirs`."""
        async with self._attaching:
            await self._with_alone(source, fn)

    async def _with_alone(self, source: Path, fn: Callable[[sqlite3.Connection], None]) -> None:

        def attach(db: sqlite3.Connection) -> None:
            db.execute("ATTACH ? AS theirs", (str(source),))

        def detach(db: sqlite3.Connection) -> None:
            db.execute("DETACH theirs")

        await self._database.call(attach)
        try:
            await self._write(None, fn)
        finally:
            await asyncio.shield(self._database.call(detach))
