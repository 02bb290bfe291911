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
        for step in (self._check, self._empty_bin, self._snapshot):
            try:
                await step()
            except KnownError as error:
                if error.key not in self._told:
                    self._told.add(error.key)
                    self._tell(error)

    async def _check(self) -> None:
        if not await self._store.check_due():
            return
        found = await self._store.examine()
        if not found.whole:
            raise KnownError("store.damaged", path=self._store.path)
        if found.altered:
            mended = await self._store.mend_texts()
            await self._store.note_checked()
            raise KnownError("store.texts_mended", restored=mended.restored, doubtful=mended.doubtful)
        await self._store.note_checked()

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
