"""What keeps the data safe unasked: checks, daily snapshots, an emptied bin."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from app.clock import Clock
from app.errors import KnownError
from app.memory import give_back
from app.store.store import Store

_log = logging.getLogger(__name__)

FIRST_PAUSE = 20.0
"""Seconds after the start in which the user has the disk for himself."""

PAUSE = 3600.0
"""Seconds between two looks whether a snapshot is due."""

CLOSING_SECONDS = 3.0
"""How long a snapshot may keep the program from ending; a larger file gets its snapshot while it is open."""


class Safekeeping:
    """Watches over one open store. `tell` gets what the user has to know."""

    def __init__(self, store: Store, clock: Clock, tell: Callable[[BaseException], None]) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self._told: set[str] = set()

    async def keep(self) -> None:
        """Run until cancelled: for a program that stays open."""
        await self._clock.sleep(FIRST_PAUSE)
        while True:
            await self.look()
            # Reading and copying the whole file took far more memory than the program needs from here on.
            await asyncio.to_thread(give_back)
            await self._clock.sleep(PAUSE)

    async def look(self) -> None:
        """Do what is due now. Its troubles are told, once each, and never raised."""
        for step in (self._check, self._empty_bin, self._snapshot, self._store.remove_leftovers):
            try:
                await step()
            except KnownError as error:
                if error.key not in self._told:
                    self._told.add(error.key)
                    self._tell(error)

    async def _check(self) -> None:
        if await self._store.check_due():
            await check(self._store)

    async def at_close(self) -> None:
        """Take the day's snapshot if one is due and takes but a moment."""
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._snapshot()
        except (KnownError, TimeoutError) as error:
            _log.info("no snapshot at the end: %s", error)

    async def _empty_bin(self) -> None:
        await self._store.purge_deleted()

    async def _snapshot(self) -> None:
        if await self._store.snapshot_due():
            await self._store.snapshot()


async def check(store: Store) -> None:
    """Examine the file. Raises `KnownError` when it is damaged, or was and has been mended."""
    found = await store.examine()
    if not found.whole:
        raise KnownError("store.damaged", path=store.path)
    mended = await store.mend_texts() if found.altered else None
    await store.note_checked()
    if mended is not None:
        raise KnownError("store.texts_mended", restored=mended.restored, doubtful=mended.doubtful)
