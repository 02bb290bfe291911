"""The search over all conversations: a read-only connection on a thread of its own.

Reading neither waits for writes nor keeps them waiting (the file is in WAL mode). A new search interrupts the
one that is running: what is typed next is all that counts.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from app.errors import KnownError
from app.search import Order, Query
from app.store import search_index, search_query
from app.store.database import Database
from app.store.entries import Changes
from app.store.failures import explain, primary_code
from app.store.search_query import Found, Hit, Superseded
from app.worker import Worker

__all__ = ["Found", "Hit", "Search", "Superseded"]

R = TypeVar("R")

_log = logging.getLogger(__name__)

PAUSE = 0.02
"""Seconds between two batches of the first indexing: half of the time the database is free for others."""

_SETTLE = 1.0
"""Seconds after the start in which others have the disk and the processor for themselves."""

_BUSY = 5.0


class Search:
    """Searches one file. Belongs to the store that has it open, which calls `open` and `close`.

    `indexed` is False where the index cannot be kept (no FTS5, a read-only file): then every message is
    looked at, which finds the same in more time.
    """

    def __init__(self, path: Path, database: Database, on_error: Callable[[BaseException], None]) -> None:
        self._path = path
        self._database = database
        self._worker = Worker("search", on_error)
        self._db: sqlite3.Connection | None = None
        self._latest = 0
        self._news = asyncio.Event()
        self._closed = False
        self._damaged = False
        self.indexed = False

    async def open(self) -> None:
        """Make sure of the index in the writer's thread. Where it cannot be, the search does without."""
        try:
            if not await self._database.call(search_index.with_fts5):
                _log.warning("this SQLite has no FTS5; the search looks at every message")
                return
            if not await self._database.call(search_index.is_there):
                await self._database.write(None, search_index.make)
        except (sqlite3.Error, KnownError) as error:
            _log.warning("the search does without its index: %s", error)
            return
        self.indexed = True
        self._database.before_commit = search_index.drain

    def changed(self, changes: Changes) -> None:
        """Something was stored: what was too much to index with it is indexed by `keep_up`."""
        if changes.messages or changes.conversations:
            self._news.set()

    async def keep_up(self) -> None:
        """Index in the background, in batches between which others can write; runs until it is cancelled."""
        await asyncio.sleep(_SETTLE)
        while not self._closed:
            self._news.clear()
            await self.catch_up(PAUSE)
            await self._news.wait()

    async def catch_up(self, pause: float = 0.0) -> None:
        """Index everything that is waiting for it. What is done stays done if this ends early."""
        while self.indexed and not self._closed:
            if not await self._database.call(search_index.waiting):
                return
            await self._database.write(None, search_index.drain, search_index.BATCH)
            await asyncio.sleep(pause)

    async def find(self, query: Query, limit: int = 50, order: Order = "newest") -> Found:
        """The newest (or best) `limit` messages that fit, and the conversations whose titles do.

        Raises `Superseded` when another search is asked for before this one has ended, `KnownError` when the
        file cannot be read.
        """
        self.cancel()
        token = self._latest

        def going() -> bool:
            return token == self._latest

        def job() -> Found | None:
            try:
                return self._run(query, limit, order, going) if going() else None
            except Superseded:
                # No error: whoever asked may be gone, and nobody is left to take one.
                return None

        found = await self._waited(self._worker.call(job))
        if found is None:
            raise Superseded
        if self._damaged:
            self._damaged = False
            await self._database.write(None, search_index.make_anew)
            self._news.set()
        return found

    def cancel(self) -> None:
        """Give up the search that is running."""
        self._latest += 1
        if self._db is not None:
            self._db.interrupt()

    async def close(self) -> None:
        """Give up what is running and close the connection. Can be repeated."""
        if self._closed:
            return
        self._closed = True
        self._news.set()
        self.cancel()
        if self._db is not None:
            await self._worker.call(self._close)
        await self._worker.close()

    # in the thread

    def _run(self, query: Query, limit: int, order: Order, going: Callable[[], bool]) -> Found:
        try:
            return self._attempt(query, limit, order, going, indexed=self.indexed)
        except sqlite3.DatabaseError as error:
            if not going():
                raise Superseded from error
            if primary_code(error) == sqlite3.SQLITE_INTERRUPT:
                # Meant for the search before this one.
                return self._attempt(query, limit, order, going, indexed=self.indexed)
            if self.indexed and primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
                _log.warning("the search index could not be read and is made anew: %s", error)
                self._damaged = True
                return self._attempt(query, limit, order, going, indexed=False)
            raise explain(error, self._path) or error from error

    def _attempt(
        self, query: Query, limit: int, order: Order, going: Callable[[], bool], *, indexed: bool
    ) -> Found:
        if self._db is None:
            self._db = _connect(self._path)
        return search_query.run(self._db, query, limit, order, going, indexed=indexed)

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    async def _waited(self, future: Awaitable[R]) -> R:
        try:
            return await future
        except asyncio.CancelledError:
            self.cancel()
            raise


def _connect(path: Path) -> sqlite3.Connection:
    # Only `interrupt` is called from another thread.
    source = f"{path.absolute().as_uri()}?mode=ro"
    db = sqlite3.connect(source, uri=True, isolation_level=None, timeout=_BUSY, check_same_thread=False)
    db.execute("PRAGMA query_only = ON")
    return db
