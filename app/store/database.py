"""One SQLite connection on one thread: opening it safely, and running functions on it in order."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from app.errors import KnownError
from app.store.connection import is_broken_text, tolerate_broken_text
from app.store.failures import explain, is_damage
from app.store.files import damage_mark
from app.worker import Worker

_log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_CLOSE_BUSY_MS = 500

RETRY_SECONDS = 5.0
"""How often what could not be written is tried again while nothing else is written."""

MOST_UNWRITTEN = 2000

PASSING = frozenset({"store.disk_full", "store.read_only", "store.locked", "store.io", "store.cannot_open"})
"""Troubles that may be over in a minute."""

_Write = Callable[[sqlite3.Connection], object]


class Database:
    """A connection and the thread it lives on.

    Functions get the connection first and run one after another. `call` is for reading; `write` and `post`
    wrap the function in one transaction that is undone when it raises. What SQLite reports is raised as a
    `KnownError` where the user can do something about it. What was posted and could not be written (the disk
    is full, the file locked) is kept in memory and tried again: with the next write, every few seconds, and
    at the end.
    """

    def __init__(self, path: Path, on_error: Callable[[BaseException], None]) -> None:
        self.path = path
        self._on_error = on_error
        self._worker = Worker("database", self._failed)
        self._unwritten: deque[_Write] = deque(maxlen=MOST_UNWRITTEN)
        self._retry: asyncio.TimerHandle | None = None
        self._db: sqlite3.Connection | None = None
        self.before_commit: Callable[[sqlite3.Connection], object] | None = None
        """Called in the thread at the end of each transaction, within it."""

    async def open(
        self,
        opener: Callable[[Path], tuple[sqlite3.Connection, R]],
    ) -> R:
        """Open the file with `opener` in the thread; returns what it returns beside the connection."""

        def job() -> R:
            try:
                self._db, found = opener(self.path)
            except sqlite3.Error as error:
                raise self._explained(error) from error
            return found

        return await self._worker.call(job)

    def call(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[R]:
        """Run a function that only reads."""
        return self._worker.call(lambda: self._read(lambda db: fn(db, *args, **kwargs)))

    def write(
        self,
        then: Callable[[R], None] | None,
        fn: Callable[Concatenate[sqlite3.Connection, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> asyncio.Future[R]:
        """Run a function in one transaction; `then` learns of its result even if the caller is cancelled."""
        return self._worker.call_then(then, lambda: self._transact(lambda db: fn(db, *args, **kwargs)))

    def post(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], object], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """As `write`, without anybody waiting; errors go to `on_error`, and it is tried again."""

        def write(db: sqlite3.Connection) -> object:
            return fn(db, *args, **kwargs)

        def job() -> None:
            try:
                self._transact(write)
            except KnownError as error:
                if error.key in PASSING:
                    self._unwritten.append(write)
                raise

        self._worker.post(job)

    async def close(self) -> None:
        """Finish everything handed in, fold the write-ahead log into the file and close. Can be repeated."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._db is not None:
            await self._worker.call(self._close)
        await self._worker.close()

    def _failed(self, error: BaseException) -> None:
        """A job nobody waits for went wrong; in the loop's thread."""
        if self._unwritten and self._retry is None and self._db is not None:
            self._retry = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._try_again)
        self._on_error(error)

    def _try_again(self) -> None:
        def planned(error: KnownError | None) -> None:
            if error is not None and self._db is not None:
                self._retry = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._try_again)

        self._retry = None
        self._worker.call_then(planned, self._write_unwritten)

    def _write_unwritten(self) -> KnownError | None:
        """Try again what could not be written, in its order; what still prevents it. In the thread."""
        while self._unwritten and self._db is not None:
            try:
                self._transact_once(self._unwritten[0])
            except KnownError as error:
                _log.info("still not written: %s", error)
                return error
            except sqlite3.Error as error:
                # It does not fit any more, say because its conversation is gone.
                _log.warning("given up: %s", error)
            self._unwritten.popleft()
        return None

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise RuntimeError("the database is not open")
        return self._db

    def _read(self, fn: Callable[[sqlite3.Connection], R]) -> R:
        db = self._connection()
        try:
            try:
                return fn(db)
            except sqlite3.OperationalError as error:
                if not is_broken_text(error):
                    raise
                self._found_damage(error)
                tolerate_broken_text(db)
                return fn(db)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _transact(self, fn: Callable[[sqlite3.Connection], R]) -> R:
        error = self._write_unwritten()
        if error is not None and error.key == "store.locked":
            # We have waited for the lock just now.
            raise error
        return self._transact_once(fn)

    def _transact_once(self, fn: Callable[[sqlite3.Connection], R]) -> R:
        try:
            return self._in_transaction(fn)
        except sqlite3.OperationalError as error:
            if not is_broken_text(error):
                raise
            self._found_damage(error)
            tolerate_broken_text(self._connection())
            return self._in_transaction(fn)

    def _in_transaction(self, fn: Callable[[sqlite3.Connection], R]) -> R:
        db = self._connection()
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = fn(db)
                if self.before_commit is not None:
                    self.before_commit(db)
                db.execute("COMMIT")
            except BaseException:
                # A full disk may already have ended the transaction.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return result

    def _close(self) -> None:
        if self._write_unwritten():
            _log.error("%d notes could not be written", len(self._unwritten))
        db, self._db = self._connection(), None
        try:
            db.execute(f"PRAGMA busy_timeout = {_CLOSE_BUSY_MS}")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            # Nothing is lost: the log stays beside the file and is folded in when that is opened next.
            _log.warning("%s was closed without a checkpoint: %s", self.path, error)
        finally:
            db.close()

    def _found_damage(self, error: sqlite3.Error) -> None:
        """Note that the file has to be looked at before it is used the next time."""
        _log.error("%s: %s", self.path, error)
        try:
            damage_mark(self.path).touch()
        except OSError as refused:
            _log.warning("the damage could not be noted: %s", refused)

    def _explained(self, error: sqlite3.Error) -> Exception:
        if is_damage(error):
            self._found_damage(error)
        return explain(error, self.path) or error


def sqlite_facts() -> tuple[str, bool]:
    """SQLite's version and whether it was built with full-text search (FTS5)."""
    with closing(sqlite3.connect(":memory:")) as db:
        options = {name for (name,) in db.execute("PRAGMA compile_options")}
    return sqlite3.sqlite_version, "ENABLE_FTS5" in options
