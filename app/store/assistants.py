"""SQL of assistants, and of the notices that are given once."""

from __future__ import annotations

import sqlite3
from typing import Any

from app.store.records import Assistant
from app.store.rows import from_json, from_object, listed, names, to_json, to_object, update, upsert

_COLUMNS = names(Assistant)
_SELECT = f"SELECT {listed(_COLUMNS)} FROM assistant"
_UPSERT = upsert("assistant", _COLUMNS, ("id",))
_CHAIN = _COLUMNS.index("chain")
_PARAMETERS = _COLUMNS.index("parameters")


def every(db: sqlite3.Connection) -> list[Assistant]:
    """All that are not deleted, in the user's order."""
    rows = db.execute(f"{_SELECT} WHERE deleted_at IS NULL ORDER BY position, created_at, id")
    return [_assistant(row) for row in rows]


def one(db: sqlite3.Connection, assistant: str) -> Assistant | None:
    """The assistant of that id, a deleted one too."""
    row = db.execute(f"{_SELECT} WHERE id = ?", (assistant,)).fetchone()
    return None if row is None else _assistant(row)


def hidden(db: sqlite3.Connection) -> frozenset[str]:
    """The ids of the deleted ones."""
    return frozenset(row[0] for row in db.execute("SELECT id FROM assistant WHERE deleted_at IS NOT NULL"))


def put(db: sqlite3.Connection, assistant: Assistant) -> None:
    """Store an assistant, replacing that of the same id."""
    values = [getattr(assistant, name) for name in _COLUMNS]
    values[_CHAIN] = to_json(assistant.chain)
    values[_PARAMETERS] = to_object(assistant.parameters)
    db.execute(_UPSERT, values)


def delete(db: sqlite3.Connection, assistant: str, deleted_at: float | None, at: float) -> bool:
    """Mark as deleted at that time; None takes it back. False when there is no such assistant."""
    return update(db, "assistant", assistant, {"deleted_at": deleted_at, "updated_at": at})


def tell(db: sqlite3.Connection, what: str, at: float) -> bool:
    """Note that the user is told; False when that was noted before."""
    return db.execute("INSERT OR IGNORE INTO told (what, at) VALUES (?, ?)", (what, at)).rowcount > 0


def told(db: sqlite3.Connection) -> frozenset[str]:
    """Everything the user was told once."""
    return frozenset(row[0] for row in db.execute("SELECT what FROM told"))


def untell(db: sqlite3.Connection, what: str) -> None:
    """Forget that the user was told."""
    db.execute("DELETE FROM told WHERE what = ?", (what,))


def _assistant(row: tuple[Any, ...]) -> Assistant:
    values = list(row)
    values[_CHAIN] = from_json(values[_CHAIN])
    values[_PARAMETERS] = from_object(values[_PARAMETERS])
    return Assistant(*values)
