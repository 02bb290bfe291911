"""SQL of the relay's health rows."""

from __future__ import annotations

import sqlite3

from app.store.entries import HealthRow
from app.store.rows import listed, names, upsert

_COLUMNS = names(HealthRow)
_UPSERT = upsert("health", _COLUMNS, ("provider", "model", "key"))


def every(db: sqlite3.Connection) -> list[HealthRow]:
    """All rows."""
    return [HealthRow(*row) for row in db.execute(f"SELECT {listed(_COLUMNS)} FROM health")]


def put(db: sqlite3.Connection, row: HealthRow) -> None:
    """Store a row, replacing that of the same provider, model and key."""
    db.execute(_UPSERT, tuple(getattr(row, name) for name in _COLUMNS))


def forget(db: sqlite3.Connection, provider: str, model: str, key: str) -> None:
    """Remove a row."""
    db.execute('DELETE FROM health WHERE provider = ? AND model = ? AND "key" = ?', (provider, model, key))
