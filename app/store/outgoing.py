"""SQL of what leaves as a file: conversations whole, with what they were imported from, in a fixed order."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from app.store import conversations, messages
from app.store.attempts import of_conversation
from app.store.entries import Attachment, AttemptRecord
from app.store.ordering import parents_first
from app.store.records import Conversation, Message
from app.store.rows import batches, listed, names

_ATTACHMENT = names(Attachment)


@dataclass(frozen=True, slots=True)
class Whole:
    """A conversation, what it was imported from, and its messages' ids, parents before their children."""

    conversation: Conversation
    origin: str | None
    messages: tuple[str, ...]


def ids(db: sqlite3.Connection) -> list[str]:
    """All conversations that are not deleted, the archived ones included, oldest first."""
    rows = db.execute("SELECT id FROM conversation WHERE deleted_at IS NULL ORDER BY created_at, id")
    return [row[0] for row in rows]


def whole(db: sqlite3.Connection, conversation: str) -> Whole | None:
    """One conversation; None when there is none or it is deleted."""
    found = conversations.one(db, conversation)
    if found is None or found.deleted_at is not None:
        return None
    origin = db.execute("SELECT origin FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    rows = db.execute("SELECT id, parent FROM message WHERE conversation = ? ORDER BY seq", (conversation,))
    return Whole(found, origin, tuple(parents_first(dict(rows.fetchall()))))


def page(db: sqlite3.Connection, wanted: Sequence[str]) -> list[tuple[Message, str | None]]:
    """These messages in this order, each with what it was imported from."""
    origins: dict[str, str | None] = {}
    for marks, part in batches(wanted):
        origins.update(db.execute(f"SELECT id, origin FROM message WHERE id IN ({marks})", part))
    return [(message, origins.get(message.id)) for message in messages.get(db, wanted)]


def attachment_ids(db: sqlite3.Connection, wanted: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the attachments of each of these messages that has any, in order."""
    found: dict[str, list[str]] = {}
    for marks, part in batches(wanted):
        for message, attachment in db.execute(
            f"SELECT message, id FROM attachment WHERE message IN ({marks}) ORDER BY message, position, id",
            part,
        ):
            found.setdefault(message, []).append(attachment)
    return found


def attachment(db: sqlite3.Connection, attachment: str) -> Attachment | None:
    """One attachment with its data."""
    row = db.execute(f"SELECT {listed(_ATTACHMENT)} FROM attachment WHERE id = ?", (attachment,)).fetchone()
    return None if row is None else Attachment(*row)


def attempts(db: sqlite3.Connection, conversation: str) -> list[AttemptRecord]:
    """Every attempt made in a conversation, in an order that does not depend on how they were stored."""
    return of_conversation(db, conversation)
