"""SQL of the keys' labels; their secrets are never here."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from app.store.entries import KeyRecord
from app.store.rows import listed, names, upsert

_COLUMNS = names(KeyRecord)
_UPSERT = upsert("key", _COLUMNS, ("id",))


def every(db: sqlite3.Connection) -> list[KeyRecord]:
    """All keys, those of a provider in the order they are tried."""
    rows = db.execute(f'SELECT {listed(_COLUMNS)} FROM "key" ORDER BY provider, position, created_at, id')
    return [KeyRecord(*row) for row in rows]


def put(db: sqlite3.Connection, records: Sequence[KeyRecord]) -> None:
    """Store keys, replacing those of the same id."""
    db.executemany(_UPSERT, [tuple(getattr(record, name) for name in _COLUMNS) for record in records])


def delete(db: sqlite3.Connection, key: str) -> None:
    """Remove a key and what the relay remembers of it."""
    db.execute('DELETE FROM "key" WHERE id = ?', (key,))
    db.execute('DELETE FROM health WHERE "key" = ?', (key,))
