"""A file of ours made from records that come one by one, to be merged like any other file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from app.errors import KnownError
from app.store import conversations, messages
from app.store.connection import connect
from app.store.entries import Attachment, AttemptRecord
from app.store.failures import explain
from app.store.migrations import upgrade
from app.store.records import Assistant, Conversation, Message
from app.store.rows import insert, names, to_json, to_object

Record = Assistant | Conversation | Message | Attachment | AttemptRecord

_ATTEMPT = names(AttemptRecord)
_ASSISTANT = names(Assistant)


def build(path: Path, records: Iterable[tuple[Record, str | None]]) -> int:
    """Make a file at `path` of these records (each with its origin) in their order; returns how many fitted.

    A record that names what is not there, or one that was there before, is left out. Raises `KnownError` for
    a full disk. Blocks: call it in a thread.
    """
    kept = 0
    try:
        with closing(connect(path)) as db:
            upgrade(db)
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN")
            for record, origin in records:
                db.execute("SAVEPOINT record")
                try:
                    _add(db, record, origin)
                    kept += 1
                except sqlite3.IntegrityError:
                    db.execute("ROLLBACK TO record")
                db.execute("RELEASE record")
            # One transaction: heads name messages that come later, and nobody else reads this file.
            db.execute("UPDATE conversation SET head = NULL WHERE head NOT IN (SELECT id FROM message)")
            db.execute("COMMIT")
    except sqlite3.Error as error:
        raise explain(error, path) or KnownError("store.refused", path=path, reason=error) from error
    return kept


def _add(db: sqlite3.Connection, record: Record, origin: str | None) -> None:
    match record:
        case Conversation():
            conversations.add(db, record, origin)
        case Message():
            messages.add(db, record, "", origin)
        case Attachment():
            messages.add_attachments(db, [record])
        case AttemptRecord():
            values = [getattr(record, name) for name in _ATTEMPT]
            db.execute(insert("attempt", _ATTEMPT), values)
        case Assistant():
            special: dict[str, Callable[..., str | None]] = {"chain": to_json, "parameters": to_object}
            values = [
                special[n](getattr(record, n)) if n in special else getattr(record, n) for n in _ASSISTANT
            ]
            db.execute(insert("assistant", _ASSISTANT), values)
