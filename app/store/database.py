"""One SQLite connection on one thread: opening it safely, and running functions on it in order."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from app.errors import KnownError
from app.store.failures import explain, is_damage, primary_code
from app.store.files import set_aside
from app.store.instances import Instances
from app.store.migrations import MIGRATIONS, Migration, migrate, version
from app.worker import Worker

_log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

BUSY_MS = 5000
_CLOSE_BUSY_MS = 500

OPENING_PATIENCE = 30.0
"""How long, in seconds, another process may take to open or migrate the same file."""


class Database:
    """A connection and the thread it lives on.

    Functions get the connection first and run one after another. `call` is for reading; `write` and `post`
    wrap the function in one transaction that is undone when it raises. What SQLite reports is raised as a
    `KnownError` where the user can do something about it.
    """

    def __init__(self, path: Path, on_error: Callable[[BaseException], None]) -> None:
        self.path = path
        self._worker = Worker("database", on_error)
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
        """As `write`, without anybody waiting; errors go to `on_error`."""
        self._worker.post(lambda: self._transact(lambda db: fn(db, *args, **kwargs)))

    async def close(self) -> None:
        """Finish everything handed in, fold the write-ahead log into the file and close. Can be repeated."""
        if self._db is not None:
            await self._worker.call(self._close)
        await self._worker.close()

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise RuntimeError("the database is not open")
        return self._db

    def _read(self, fn: Callable[[sqlite3.Connection], R]) -> R:
        try:
            return fn(self._connection())
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _transact(self, fn: Callable[[sqlite3.Connection], R]) -> R:
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
        db, self._db = self._connection(), None
        try:
            db.execute(f"PRAGMA busy_timeout = {_CLOSE_BUSY_MS}")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            # Nothing is lost: the log stays beside the file and is folded in when that is opened next.
            _log.warning("%s was closed without a checkpoint: %s", self.path, error)
        finally:
            db.close()

    def _explained(self, error: sqlite3.Error) -> Exception:
        return explain(error, self.path) or error


def connect(path: Path, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """A connection with the settings everything here relies on. Raises `sqlite3.Error`."""
    db = sqlite3.connect(path, isolation_level=None, timeout=busy_ms / 1000, cached_statements=256)
    try:
        # Reading the version touches the header, so a file that is no database is found here.
        version(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def open_for_instance(
    path: Path, instances: Instances, now: float, busy_ms: int, migrations: Sequence[Migration]
) -> tuple[sqlite3.Connection, tuple[tuple[KnownError, ...], bool]]:
    """Open the file and make this process known; also returns the problems and whether one died before us."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with instances.opening(OPENING_PATIENCE):
            # Made by us, so that what the user says is readable by this user alone wherever it lies.
            path.touch(mode=0o600)
            db, problems = open_or_start_afresh(path, now, busy_ms, migrations)
            crashed = instances.claim()
    except OSError as error:
        reason = error.strerror or error
        raise KnownError("store.no_folder", path=path.parent, reason=reason) from error
    return db, (tuple(problems), crashed)


def is_sound(db: sqlite3.Connection) -> bool:
    """Whether every page of the file is what it should be."""
    return db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"


def open_or_start_afresh(
    path: Path, now: float, busy_ms: int = BUSY_MS, migrations: Sequence[Migration] = MIGRATIONS
) -> tuple[sqlite3.Connection, list[KnownError]]:
    """Open and migrate the file. A damaged one is set aside and an empty one takes its place.

    Returns the connection and what the user has to be told. Only one process may be in here at a time.
    """
    today = datetime.fromtimestamp(now)
    problems: list[KnownError] = []
    try:
        return _open(path, today, busy_ms, migrations), problems
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            if primary_code(error) == sqlite3.SQLITE_CORRUPT:
                raise KnownError("store.schema_unreadable", path=path, reason=error) from error
            raise
    try:
        kept = set_aside(path, today)
    except OSError as error:
        raise KnownError("store.damaged", path=path) from error
    problems.append(KnownError("store.set_aside", path=path, kept=kept))
    return _open(path, today, busy_ms, migrations), problems


def _open(path: Path, today: datetime, busy_ms: int, migrations: Sequence[Migration]) -> sqlite3.Connection:
    db = connect(path, busy_ms)
    try:
        migrate(db, path, today, migrations)
    except BaseException:
        db.close()
        raise
    return db


def sqlite_facts() -> tuple[str, bool]:
    """SQLite's version and whether it was built with full-text search (FTS5)."""
    with closing(sqlite3.connect(":memory:")) as db:
        options = {name for (name,) in db.execute("PRAGMA compile_options")}
    return sqlite3.sqlite_version, "ENABLE_FTS5" in options
