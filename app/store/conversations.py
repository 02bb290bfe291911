"""SQL of conversations: the sidebar's list, changes, soft deletion."""

from __future__ import annotations

import sqlite3
from typing import Any

from app.store.records import Conversation
from app.store.rows import from_json, insert, listed, names, to_json, update

_COLUMNS = names(Conversation)
_SELECT = f"SELECT {listed(_COLUMNS)} FROM conversation"
_CHAIN = _COLUMNS.index("chain")
_INSERT = insert("conversation", (*_COLUMNS, "origin"))

CHANGEABLE = frozenset(_COLUMNS) - {"id", "interrupted", "head", "deleted_at"}


def shown(db: sqlite3.Connection) -> list[Conversation]:
    """All that are not deleted, newest first."""
    found = [_conversation(row) for row in db.execute(f"{_SELECT} WHERE deleted_at IS NULL")]
    # Sorting here is twice as fast as in SQL, which would carry every column through its sorter.
    found.sort(key=lambda c: (c.updated_at, c.id), reverse=True)
    return found


def first(db: sqlite3.Connection, limit: int) -> list[Conversation]:
    """The head of the list: pinned ones and the newest, `limit` at most."""
    query = f"{_SELECT} WHERE deleted_at IS NULL ORDER BY pinned DESC, updated_at DESC, id DESC LIMIT ?"
    return [_conversation(row) for row in db.execute(query, (limit,))]


def one(db: sqlite3.Connection, conversation: str) -> Conversation | None:
    """The conversation of that id, deleted ones included."""
    row = db.execute(f"{_SELECT} WHERE id = ?", (conversation,)).fetchone()
    return None if row is None else _conversation(row)


def by_origin(db: sqlite3.Connection, origin: str) -> str | None:
    """The id of the conversation that was imported from `origin`."""
    row = db.execute("SELECT id FROM conversation WHERE origin = ?", (origin,)).fetchone()
    return None if row is None else row[0]


def add(db: sqlite3.Connection, conversation: Conversation, origin: str | None = None) -> None:
    """Store a new conversation. Its head may be a message that is stored later in the transaction."""
    values = [getattr(conversation, name) for name in _COLUMNS]
    values[_CHAIN] = to_json(conversation.chain)
    db.execute(_INSERT, (*values, origin))


def change(db: sqlite3.Connection, conversation: str, values: dict[str, Any]) -> bool:
    """Set some columns; False when it does not exist."""
    if "chain" in values:
        values = {**values, "chain": to_json(values["chain"])}
    return update(db, "conversation", conversation, values)


def delete(db: sqlite3.Connection, conversation: str, at: float | None) -> bool:
    """Mark as deleted at that time; None takes it back."""
    return update(db, "conversation", conversation, {"deleted_at": at})


def purge(db: sqlite3.Connection, before: float) -> list[str]:
    """Remove for good what was deleted before that time; attempts stay for the ledger."""
    rows = db.execute("SELECT id FROM conversation WHERE deleted_at < ?", (before,)).fetchall()
    for (conversation,) in rows:
        db.execute("UPDATE conversation SET head = NULL WHERE id = ?", (conversation,))
        db.execute("DELETE FROM conversation WHERE id = ?", (conversation,))
    return [row[0] for row in rows]


def refresh(db: sqlite3.Connection, conversation: str) -> None:
    """Work out anew whether the branch shown ends in an interrupted answer."""
    db.execute(
        "UPDATE conversation SET interrupted = coalesce("
        "(SELECT m.status = 'interrupted' FROM message m WHERE m.id = conversation.head), 0) WHERE id = ?",
        (conversation,),
    )


def set_head(db: sqlite3.Connection, conversation: str, head: str | None, at: float | None = None) -> None:
    """Show the branch that ends in `head`; with `at` the conversation also moves up the list."""
    db.execute(
        "UPDATE conversation SET head = ?, updated_at = coalesce(?, updated_at) WHERE id = ?",
        (head, at, conversation),
    )
    refresh(db, conversation)


def touch(db: sqlite3.Connection, conversation: str, at: float) -> None:
    """Something was said in it."""
    db.execute("UPDATE conversation SET updated_at = ? WHERE id = ?", (at, conversation))


def _conversation(row: tuple[Any, ...]) -> Conversation:
    (
        ident, title, created, updated, by_user, pinned, practice, head,
        system, chain, spend, leg, draft, interrupted, deleted,
    ) = row  # fmt: skip
    return Conversation(
        ident, title, created, updated, bool(by_user), bool(pinned), bool(practice), head,
        system, from_json(chain), spend, leg, draft, bool(interrupted), deleted,
    )  # fmt: skip
