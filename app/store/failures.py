"""SQLite's ways to fail, told as sentences a user can act on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.errors import KnownError

_SENTENCES = {
    sqlite3.SQLITE_FULL: "store.disk_full",
    sqlite3.SQLITE_READONLY: "store.read_only",
    sqlite3.SQLITE_PERM: "store.read_only",
    sqlite3.SQLITE_BUSY: "store.locked",
    sqlite3.SQLITE_LOCKED: "store.locked",
    sqlite3.SQLITE_CANTOPEN: "store.cannot_open",
    sqlite3.SQLITE_IOERR: "store.io",
    sqlite3.SQLITE_PROTOCOL: "store.io",
    sqlite3.SQLITE_CORRUPT: "store.damaged",
    sqlite3.SQLITE_NOTADB: "store.damaged",
    sqlite3.SQLITE_TOOBIG: "store.too_big",
}

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code, None when the error comes from Python's side (wrong use, closed)."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def explain(error: sqlite3.Error, path: Path) -> KnownError | None:
    """The sentence for `error`, None when it is a mistake of the program."""
    key = _SENTENCES.get(primary_code(error) or 0)
    return None if key is None else KnownError(key, path=path)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken.

    A table definition that this SQLite is too old to read also counts as "corrupt" to SQLite; the file may
    be fine then.
    """
    return primary_code(error) in _DAMAGE and "malformed database schema" not in str(error)
