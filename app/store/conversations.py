"""SQL of conversations: the sidebar's list, changes, soft deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.store.records import Conversation
from app.store.rows import (
    batches,
    from_json,
    from_object,
    insert,
    listed,
    moment,
    names,
    to_json,
    to_object,
    update,
)

_COLUMNS = names(Conversation)
_SELECT = f"SELECT {listed(_COLUMNS)} FROM conversation"
_INSERT = insert("conversation", (*_COLUMNS, "origin"))

CHANGEABLE = frozenset(_COLUMNS) - {"id", "interrupted", "head", "deleted_at", "changed_at"}

_AS_TEXT: Mapping[str, Callable[[Any], str | None]] = {
    "chain": to_json,
    "tags": lambda tags: to_json(tags) if tags else None,
    "parameters": to_object,
}


def shown(db: sqlite3.Connection, archived: bool | None) -> list[Conversation]:
    """All that are not deleted, newest first: those put away (True), the others (False) or both (None)."""
    where = "deleted_at IS NULL AND (?1 IS NULL OR archived = ?1)"
    found = [_conversation(row) for row in db.execute(f"{_SELECT} WHERE {where}", (archived,))]
    # Sorting here is twice as fast as in SQL, which would carry every column through its sorter.
    found.sort(key=lambda c: (c.updated_at, c.id), reverse=True)
    return found


def binned(db: sqlite3.Connection) -> list[Conversation]:
    """The deleted ones, the latest deletion first."""
    rows = db.execute(f"{_SELECT} WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id")
    return [_conversation(row) for row in rows]


def first(db: sqlite3.Connection, limit: int) -> list[Conversation]:
    """The head of the list: pinned ones and the newest, `limit` at most."""
    query = (
        f"{_SELECT} WHERE deleted_at IS NULL AND archived = 0 "
        "ORDER BY pinned DESC, updated_at DESC, id DESC LIMIT ?"
    )
    return [_conversation(row) for row in db.execute(query, (limit,))]


def any_there(db: sqlite3.Connection) -> bool:
    """Whether there is a conversation at all."""
    return db.execute("SELECT 1 FROM conversation LIMIT 1").fetchone() is not None


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
    values = _stored({name: getattr(conversation, name) for name in _COLUMNS})
    values["changed_at"] = conversation.changed_at or conversation.updated_at
    db.execute(_INSERT, (*(values[name] for name in _COLUMNS), origin))


def change(db: sqlite3.Connection, ids: Sequence[str], values: Mapping[str, Any], at: float) -> int:
    """Set some columns of these conversations; returns how many of them exist."""
    stored = {**_stored(values), "changed_at": at}
    return sum(update(db, "conversation", conversation, stored) for conversation in ids)


def retitle(db: sqlite3.Connection, conversation: str, was: str, title: str, at: float) -> bool:
    """Set the title unless the user gave one or it is no longer `was`; False when it stays."""
    changed = db.execute(
        "UPDATE conversation SET title = ?, changed_at = ? WHERE id = ? AND title = ? AND title_by_user = 0",
        (title, at, conversation, was),
    )
    return changed.rowcount > 0


def delete(db: sqlite3.Connection, ids: Sequence[str], deleted_at: float | None, at: float) -> int:
    """Mark as deleted at that time, None takes it back; returns how many of them exist."""
    return change(db, ids, {"deleted_at": deleted_at}, at)


def old_bin(db: sqlite3.Connection, before: float) -> list[str]:
    """The ids of those that were deleted before that time."""
    return [row[0] for row in db.execute("SELECT id FROM conversation WHERE deleted_at < ?", (before,))]


def purge(db: sqlite3.Connection, ids: Sequence[str], at: float) -> list[str]:
    """Remove deleted conversations for good and note that they are gone; attempts stay for the ledger.

    Returns the ids of those removed: one that was taken back meanwhile stays.
    """
    gone: list[str] = []
    for conversation in ids:
        # The head is a message of its own, which could not go before the row that names it.
        where = "WHERE id = ? AND deleted_at IS NOT NULL"
        if not db.execute(f"UPDATE conversation SET head = NULL {where}", (conversation,)).rowcount:
            continue
        db.execute(f"DELETE FROM conversation {where}", (conversation,))
        db.execute(
            "INSERT OR REPLACE INTO gone (kind, id, at) VALUES ('conversation', ?, ?)", (conversation, at)
        )
        gone.append(conversation)
    return gone


def folders(db: sqlite3.Connection) -> dict[str, int]:
    """Every folder's name with the number of conversations in it, by name."""
    rows = db.execute(
        "SELECT folder, count(*) FROM conversation WHERE folder IS NOT NULL AND deleted_at IS NULL "
        "GROUP BY folder ORDER BY folder"
    )
    return dict(rows.fetchall())


def rename_folder(db: sqlite3.Connection, old: str, new: str | None, at: float) -> list[str]:
    """Move everything of a folder (deleted ones too) into another or, with None, out of it."""
    ids = [row[0] for row in db.execute("SELECT id FROM conversation WHERE folder = ?", (old,))]
    change(db, ids, {"folder": new}, at)
    return ids


def tag(
    db: sqlite3.Connection, ids: Sequence[str], add: Sequence[str], remove: Sequence[str], at: float
) -> list[str]:
    """Give these conversations tags and take some from them; returns the ids of those that changed."""
    changed: list[str] = []
    for marks, part in batches(ids):
        rows = db.execute(f"SELECT id, tags FROM conversation WHERE id IN ({marks})", part).fetchall()
        for conversation, text in rows:
            before = from_json(text) or ()
            kept = [name for name in before if name not in remove]
            tags = tuple(dict.fromkeys([*kept, *add]))
            if tags != before:
                change(db, [conversation], {"tags": tags}, at)
                changed.append(conversation)
    return changed


def refresh(db: sqlite3.Connection, conversation: str) -> None:
    """Work out anew whether the branch shown ends in an interrupted answer."""
    db.execute(
        "UPDATE conversation SET interrupted = coalesce("
        "(SELECT m.status = 'interrupted' FROM message m WHERE m.id = conversation.head), 0) WHERE id = ?",
        (conversation,),
    )


def set_head(
    db: sqlite3.Connection, conversation: str, head: str | None, at: float, *, said: bool = False
) -> None:
    """Show the branch that ends in `head`; with `said` the conversation also moves up the list."""
    update(db, "conversation", conversation, {"head": head, "changed_at": at})
    if said:
        touch(db, conversation, at)
    refresh(db, conversation)


def touch(db: sqlite3.Connection, conversation: str, at: float) -> None:
    """Something was said in it; that is not earlier than what was said before, whatever the clock says."""
    db.execute(
        "UPDATE conversation SET updated_at = max(updated_at, ?), changed_at = ? WHERE id = ?",
        (at, at, conversation),
    )


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _AS_TEXT[name](v) if name in _AS_TEXT else v for name, v in values.items()}


def _conversation(row: tuple[Any, ...]) -> Conversation:
    (
        ident, title, created, updated, by_user, pinned, practice, head,
        system, chain, spend, leg, draft, interrupted, deleted,
        archived, folder, tags, assistant, parameters, summary, summary_until, changed,
    ) = row  # fmt: skip
    return Conversation(
        ident, title, moment(created), moment(updated), bool(by_user), bool(pinned), bool(practice), head,
        system, from_json(chain), spend, leg, draft, bool(interrupted),
        None if deleted is None else moment(deleted),
        bool(archived), folder, from_json(tags) or (), assistant, from_object(parameters), summary,
        summary_until, changed,
    )  # fmt: skip
