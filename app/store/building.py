"""A file of ours made from records that come one by one, to be merged like any other file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.errors import KnownError
from app.store import conversations, messages
from app.store.connection import connect
from app.store.entries import Attachment, AttemptRecord
from app.store.failures import explain
from app.store.migrations import upgrade
from app.store.ordering import parents_first
from app.store.records import Assistant, Conversation, Message
from app.store.rows import insert, names, to_json, to_object

Record = Assistant | Conversation | Message | Attachment | AttemptRecord

MOST_EARLY = 200_000
"""Messages that may stand before what they follow; files of ours have few."""

_ATTEMPT = names(AttemptRecord)
_ASSISTANT = names(Assistant)


def build(
    path: Path, records: Iterable[tuple[Record, str | None]], homeless: Callable[[], None] = lambda: None
) -> int:
    """Make a file at `path` of these records (each with its origin) in their order; returns how many fitted.

    Where a record is lost that others name, these stay: a message begins anew, in a conversation without a
    title; a later import of the undamaged file mends that. One that was there before is left out; so is an
    attachment without its message, which `homeless` hears of. Raises `KnownError` for a full disk. Blocks:
    call it in a thread.
    """
    kept = 0
    early: dict[str, str] = {}
    try:
        with closing(connect(path)) as db:
            upgrade(db)
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN")
            for record, origin in records:
                db.execute("SAVEPOINT record")
                try:
                    housed = _housed(db, record)
                    _add(db, housed, origin)
                    kept += 1
                    if record is not housed and isinstance(record, Message) and len(early) < MOST_EARLY:
                        early[record.id] = record.parent or ""
                except sqlite3.IntegrityError as error:
                    db.execute("ROLLBACK TO record")
                    if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                        homeless()
                db.execute("RELEASE record")
            _place(db, early)
            # One transaction: heads name messages that come later, and nobody else reads this file.
            db.execute("UPDATE conversation SET head = NULL WHERE head NOT IN (SELECT id FROM message)")
            db.execute("COMMIT")
    except sqlite3.Error as error:
        raise explain(error, path) or KnownError("store.refused", path=path, reason=error) from error
    return kept


def _place(db: sqlite3.Connection, early: Mapping[str, str]) -> None:
    """Let messages follow what came after them in the file; a ring stays open."""
    for (conversation,) in db.execute("SELECT id FROM conversation").fetchall() if early else ():
        rows = db.execute(
            "SELECT id, parent FROM message WHERE conversation = ? ORDER BY seq", (conversation,)
        )
        wanted = {ident: early.get(ident, parent) for ident, parent in rows}
        place = {ident: n for n, ident in enumerate(parents_first(wanted))}
        for ident in place.keys() & early.keys():
            if place.get(early[ident], len(place)) < place[ident]:
                db.execute("UPDATE message SET parent = ? WHERE id = ?", (early[ident], ident))


def _housed(db: sqlite3.Connection, record: Record) -> Record:
    """The record without names of what is not there; a message gets a conversation to be in."""
    match record:
        case Message(conversation=home, parent=parent):
            if not _there(db, "conversation", home):
                # Changed at the beginning of time: the real one, wherever it comes from, is newer.
                stand_in = Conversation(home, "", record.created_at, record.updated_at, changed_at=1.0)
                conversations.add(db, stand_in)
            return record if parent is None or _there(db, "message", parent) else replace(record, parent=None)
        case Attachment(data=data):
            # A file rebuilt later keeps only what its digest vouches for.
            return replace(record, sha256=hashlib.sha256(data).hexdigest())
        case AttemptRecord(message=str() as message) if not _there(db, "message", message):
            return replace(record, message=None, conversation=None)
        case _:
            return record


def _there(db: sqlite3.Connection, table: str, ident: str) -> bool:
    return db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (ident,)).fetchone() is not None


def _free(db: sqlite3.Connection, origin: str | None, query: str, *values: str) -> str | None:
    """The origin, unless something else in the file came from the same."""
    return None if origin is None or db.execute(query, (origin, *values)).fetchone() else origin


def _add(db: sqlite3.Connection, record: Record, origin: str | None) -> None:
    match record:
        case Conversation():
            taken = "SELECT 1 FROM conversation WHERE origin = ?"
            conversations.add(db, record, _free(db, origin, taken))
        case Message():
            taken = "SELECT 1 FROM message WHERE origin = ? AND conversation = ?"
            messages.add(db, record, "", _free(db, origin, taken, record.conversation))
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
