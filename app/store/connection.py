"""A connection with the settings everything here relies on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.store.migrations import version

BUSY_MS = 5000


def connect(path: Path, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """Open `path` for reading and writing. Raises `sqlite3.Error`."""
    db = sqlite3.connect(path, isolation_level=None, timeout=busy_ms / 1000, cached_statements=256)
    try:
        # Reading the version touches the header, so a file that is no database is found here.
        version(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        # The default differs from build to build. What is removed also stands in the search's notes for a
        # while, so that it does not do to overwrite pages here and there.
        db.execute("PRAGMA secure_delete = ON")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def tolerate_broken_text(db: sqlite3.Connection) -> None:
    """Have bytes that are no text any more read as �: one bad letter must not hide a whole message."""
    db.text_factory = _tolerant


def is_broken_text(error: sqlite3.Error) -> bool:
    """Whether Python could not read the bytes of a text."""
    return isinstance(error, sqlite3.OperationalError) and "decode to UTF-8" in str(error)


def _tolerant(data: bytes) -> str:
    return data.decode("utf-8", "replace")
