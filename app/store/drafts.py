"""SQL of what is attached but not sent yet, and of attachments without reading their data.

The table of drafts is made when the first one is kept, outside `user_version`: what lies in it is gone with
its question. Its columns differ from `attachment`'s in number, so that rows found in a damaged file are never
mistaken for each other's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from app.attachments import enclosure
from app.attachments.enclosure import Kind
from app.store.entries import Attachment
from app.store.records import Enclosed
from app.store.rows import batches

_TABLE = """
    CREATE TABLE IF NOT EXISTS draft_part (
        id TEXT PRIMARY KEY NOT NULL,
        conversation TEXT REFERENCES conversation (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        mime TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        data BLOB NOT NULL
    )
"""


def _there(db: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'draft_part'"
    return db.execute(query).fetchone() is not None


def keep(db: sqlite3.Connection, conversation: str | None, parts: Sequence[Attachment], at: float) -> None:
    """Keep parts of a conversation's draft behind those that are there; None = of the empty page."""
    db.execute(_TABLE)
    db.executemany(
        "INSERT OR REPLACE INTO draft_part (id, conversation, at, position, kind, name, mime, sha256, data) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(p.id, conversation, at, p.position, p.kind, p.name, p.mime, p.sha256, p.data) for p in parts],
    )


def parts(db: sqlite3.Connection, conversation: str | None) -> list[Attachment]:
    """The parts of a conversation's draft in the order they came; their `message` is empty."""
    if not _there(db):
        return []
    rows = db.execute(
        "SELECT id, '', position, kind, name, mime, sha256, data FROM draft_part "
        "WHERE conversation IS ? ORDER BY at, rowid",
        (conversation,),
    )
    return [Attachment(*row) for row in rows]


def drop(db: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Forget these parts; unknown ids are ignored."""
    if ids and _there(db):
        db.executemany("DELETE FROM draft_part WHERE id = ?", [(id_,) for id_ in ids])


def drop_all(db: sqlite3.Connection) -> None:
    """Forget all drafts' parts."""
    if _there(db):
        db.execute("DELETE FROM draft_part")


def heads(db: sqlite3.Connection, messages: Sequence[str]) -> dict[str, tuple[Enclosed, ...]]:
    """What is shown of these messages' attachments. Their length is known without reading them."""
    rows: dict[str, list[tuple[str, Kind, str, str, int]]] = {}
    for marks, some in batches(messages):
        query = (
            "SELECT message, id, kind, name, mime, length(data) FROM attachment "
            f"WHERE message IN ({marks}) ORDER BY message, position"
        )
        for message, *head in db.execute(query, some):
            rows.setdefault(message, []).append((head[0], head[1], head[2], head[3], head[4]))
    return {message: enclosure.heads_of(found) for message, found in rows.items()}


def one(db: sqlite3.Connection, id_: str) -> Attachment | None:
    """One attachment, sent or in a draft, with its data; None when it is gone."""
    query = "SELECT id, {}, position, kind, name, mime, sha256, data FROM {} WHERE id = ?"
    row = db.execute(query.format("message", "attachment"), (id_,)).fetchone()
    if row is None and _there(db):
        row = db.execute(query.format("''", "draft_part"), (id_,)).fetchone()
    return Attachment(*row) if row is not None else None


def sendable(db: sqlite3.Connection, messages: Sequence[str]) -> dict[str, list[Attachment]]:
    """The pictures and texts of these messages, in order, without the files the texts were read from."""
    found: dict[str, list[Attachment]] = {}
    for marks, some in batches(messages):
        query = (
            "SELECT id, message, position, kind, name, mime, sha256, data FROM attachment "
            f"WHERE message IN ({marks}) AND kind <> 'file' ORDER BY message, position"
        )
        for row in db.execute(query, some):
            part = Attachment(*row)
            found.setdefault(part.message, []).append(part)
    return found
