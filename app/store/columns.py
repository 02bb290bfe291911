"""SQL of comparisons: several answers side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from app.store import conversations, drafts, messages
from app.store.entries import Attachment
from app.store.records import Message


def add(
    db: sqlite3.Connection,
    conversation: str,
    found: Sequence[Message],
    parts: Sequence[Attachment],
    head: str,
    owner: str,
    at: float,
) -> None:
    """Store these messages, parents before their children, and show the branch that ends in `head`."""
    for message in found:
        messages.add(db, message, owner)
    messages.add_attachments(db, parts)
    drafts.drop(db, [part.id for part in parts])
    conversations.set_head(db, conversation, head, at, said=True)


def replace(db: sqlite3.Connection, old: str, answer: Message, owner: str, at: float) -> None:
    """Store `answer`; `old` leaves the comparison, and the branch that ended in it ends in `answer`."""
    messages.save(db, old, {"column_group": None, "note": None}, owner, at)
    messages.add(db, answer, owner)
    shown = db.execute("SELECT head FROM conversation WHERE id = ?", (answer.conversation,)).fetchone()
    if shown is not None and shown[0] == old:
        conversations.set_head(db, answer.conversation, answer.id, at, said=True)
    else:
        conversations.touch(db, answer.conversation, at)


def members(db: sqlite3.Connection, conversation: str, group: str) -> list[Message]:
    """The answers of a comparison, oldest first."""
    rows = db.execute(
        "SELECT id FROM message WHERE conversation = ? AND column_group = ? ORDER BY seq",
        (conversation, group),
    )
    return messages.get(db, [row[0] for row in rows])
