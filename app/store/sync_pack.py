"""Change files: small databases of today's version with the rows the shared place does not have yet.

A conversation's row goes along with any of its messages, a grant with its corrections, so that a file can be
merged by itself and in any order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.store import sync_tables
from app.store.copying import fresh
from app.store.failures import explain
from app.store.sync_tables import ASSISTANT_STAMP, MESSAGE_STAMP, SEEN

LARGEST = 4_000_000
"""Bytes after which a change file is closed and another begun; one message may make it larger."""

_PIECE = 64

_NEW = {
    "gone": (
        "SELECT g.kind || ':' || g.id FROM main.gone g LEFT JOIN sync_known k ON k.kind = 'gone' "
        "AND k.id = g.kind || ':' || g.id WHERE k.stamp IS NOT CAST(g.at AS TEXT) AND g.kind <> 'message'"
    ),
    "assistant": (
        "SELECT a.id FROM main.assistant a LEFT JOIN sync_known k ON k.kind = 'assistant' AND k.id = a.id "
        f"WHERE k.stamp IS NOT {ASSISTANT_STAMP}"
    ),
    "grant": (
        "SELECT g.id FROM main.\"grant\" g LEFT JOIN sync_known k ON k.kind = 'grant' AND k.id = g.id "
        "WHERE k.stamp IS NULL"
    ),
    "correction": (
        "SELECT c.id FROM main.correction c LEFT JOIN sync_known k ON k.kind = 'correction' AND k.id = c.id "
        "WHERE k.stamp IS NULL"
    ),
    "conversation": (
        "SELECT f.conversation FROM sync_field f JOIN main.conversation c ON c.id = f.conversation "
        "LEFT JOIN sync_known k ON k.kind = 'conversation' AND k.id = f.conversation "
        "WHERE k.stamp IS NOT f.stamp"
    ),
    "message": (
        "SELECT m.id FROM main.message m LEFT JOIN sync_known k ON k.kind = 'message' AND k.id = m.id "
        f"WHERE m.status <> 'streaming' AND k.stamp IS NOT {MESSAGE_STAMP} "
        "AND EXISTS (SELECT 1 FROM sync_field f WHERE f.conversation = m.conversation) ORDER BY m.seq"
    ),
    "attempt": (
        "SELECT t.id FROM main.attempt t LEFT JOIN sync_known k ON k.kind = 'attempt' AND k.id = t.id "
        "WHERE t.outcome <> 'running' AND k.stamp IS NULL"
    ),
    # After what says which messages stay without these.
    "removed": (
        "SELECT 'message:' || g.id FROM main.gone g LEFT JOIN sync_known k ON k.kind = 'gone' "
        "AND k.id = 'message:' || g.id WHERE k.stamp IS NOT CAST(g.at AS TEXT) AND g.kind = 'message'"
    ),
}


@dataclass(frozen=True, slots=True)
class Packed:
    """What a change file holds; `more` = there is something left for another one."""

    rows: int
    messages: int
    more: bool


def pack(source: Path, target: Path, largest: int = LARGEST) -> Packed:
    """Write what the place lacks into the new file `target`, up to `largest` bytes. Blocks, in any thread.

    Raises `KnownError` when the disk is full or a file refuses.
    """
    try:
        fresh(target)
        with closing(sqlite3.connect(source, isolation_level=None, timeout=5)) as db:
            db.execute("ATTACH ? AS theirs", (str(target),))
            db.execute("PRAGMA theirs.journal_mode = OFF")
            db.execute("PRAGMA theirs.synchronous = OFF")
            db.execute(sync_tables.FIELD.format(schema="theirs."))
            db.execute("BEGIN")
            rows = messages = 0
            for kind, ids in _pieces(db):
                if _size(db) > largest:
                    db.execute("COMMIT")
                    return Packed(rows, messages, True)
                _put(db, kind, ids)
                rows += len(ids)
                messages += len(ids) if kind == "message" else 0
            db.execute("COMMIT")
            return Packed(rows, messages, False)
    except sqlite3.Error as error:
        raise explain(error, target) or error from error


def join(sources: Sequence[Path], target: Path) -> None:
    """One change file out of several, the older first: of a row in more than one the last stays. Blocks."""
    try:
        fresh(target)
        with closing(sqlite3.connect(target, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute(sync_tables.FIELD.format(schema=""))
            for source in sources:
                db.execute("ATTACH ? AS theirs", (str(source),))
                db.execute("BEGIN")
                for table in _TABLES:
                    columns = ", ".join(
                        f'"{row[1]}"'
                        for row in db.execute(f'PRAGMA main.table_info("{table}")')
                        if row[1] != "seq"
                    )
                    db.execute(
                        f'INSERT OR REPLACE INTO main."{table}" ({columns}) SELECT {columns} '
                        f'FROM theirs."{table}" ORDER BY {"seq" if table == "message" else "rowid"}'
                    )
                db.execute("COMMIT")
                db.execute("DETACH theirs")
    except sqlite3.Error as error:
        raise explain(error, target) or error from error


_TABLES = (
    "conversation", "message", "attachment", "attempt", "assistant", "grant", "correction", "gone",
    "sync_field",
)  # fmt: skip

_KNOWN_BETTER = {
    # The end that somebody chose, whatever is shown here as long as that is missing.
    "conversation": (
        '"head"',
        "CASE WHEN EXISTS (SELECT 1 FROM main.sync_waiting w WHERE w.kind = 'shown' "
        "AND w.id = conversation.id) THEN (SELECT w.value FROM main.sync_waiting w WHERE w.kind = 'head' "
        "AND w.id = conversation.id) ELSE head END",
    ),
    "attempt": (
        '"message"',
        "coalesce(message, (SELECT w.value FROM main.sync_waiting w WHERE w.kind = 'attempt' "
        "AND w.id = attempt.id))",
    ),
}
"""By table, a column and what is sent in its place where messages are not here."""

_STAMPS = {
    "conversation": ("conversation", "f.conversation", "f.stamp", "theirs.sync_field f"),
    "message": ("message", "m.id", MESSAGE_STAMP, "theirs.message m"),
    "assistant": ("assistant", "a.id", ASSISTANT_STAMP, "theirs.assistant a"),
    "grant": ("grant", "g.id", "''", 'theirs."grant" g'),
    "correction": ("correction", "c.id", "''", "theirs.correction c"),
    "attempt": ("attempt", "t.id", "''", "theirs.attempt t"),
    "gone": ("gone", "g.kind || ':' || g.id", "CAST(g.at AS TEXT)", "theirs.gone g"),
}

_STILL = {
    "gone": " WHERE EXISTS (SELECT 1 FROM main.gone o WHERE o.kind = g.kind AND o.id = g.id AND o.at = g.at)",
    "conversation": (
        " WHERE EXISTS (SELECT 1 FROM main.sync_field o JOIN main.conversation c ON c.id = o.conversation "
        f"WHERE o.conversation = f.conversation AND o.stamp = f.stamp AND o.seen = {SEEN})"
    ),
    "message": (
        " WHERE EXISTS (SELECT 1 FROM main.message o WHERE o.id = m.id AND o.updated_at = m.updated_at "
        "AND o.status = m.status)"
    ),
    "assistant": (
        " WHERE EXISTS (SELECT 1 FROM main.assistant o WHERE o.id = a.id AND o.updated_at = a.updated_at)"
    ),
}


def mark_known(db: sqlite3.Connection, *, written: bool) -> None:
    """The place holds what the attached file `theirs` holds. Of one that was read, what is newer here is left
    out: it has yet to go there."""
    for kind, (name, ident, stamp, table) in _STAMPS.items():
        still = "" if written else _STILL.get(kind, "")
        db.execute(
            f"INSERT OR REPLACE INTO sync_known (kind, id, stamp) SELECT '{name}', {ident}, {stamp} "
            f"FROM {table}{still}"
        )


def _pieces(db: sqlite3.Connection) -> Iterator[tuple[str, list[str]]]:
    for kind, query in _NEW.items():
        found = db.execute(query)
        while ids := [row[0] for row in found.fetchmany(_PIECE)]:
            yield kind, ids


def _size(db: sqlite3.Connection) -> int:
    pages = db.execute("PRAGMA theirs.page_count").fetchone()[0]
    return int(pages) * int(db.execute("PRAGMA theirs.page_size").fetchone()[0])


def _put(db: sqlite3.Connection, kind: str, ids: list[str]) -> None:
    marks = ", ".join("?" * len(ids))
    if kind in ("gone", "removed"):
        _copy(db, "gone", f"kind || ':' || id IN ({marks})", ids)
        return
    if kind == "correction":
        _copy(db, "grant", f"id IN (SELECT grant_id FROM main.correction WHERE id IN ({marks}))", ids)
    if kind == "message":
        of_these = f"IN (SELECT conversation FROM main.message WHERE id IN ({marks}))"
        _copy(db, "conversation", f"id {of_these}", ids)
        _copy(db, "sync_field", f"conversation {of_these}", ids)
        _copy(db, "attachment", f"message IN ({marks})", ids)
    if kind == "conversation":
        _copy(db, "sync_field", f"conversation IN ({marks})", ids)
    _copy(db, kind, f"id IN ({marks})", ids)


def _copy(db: sqlite3.Connection, table: str, where: str, values: list[str]) -> None:
    columns = ", ".join(
        f'"{row[1]}"' for row in db.execute(f'PRAGMA theirs.table_info("{table}")') if row[1] != "seq"
    )
    order = " ORDER BY seq" if table == "message" else ""
    picked = columns.replace('"draft"', "''").replace('"owner"', "NULL")
    if table in _KNOWN_BETTER:
        picked = picked.replace(*_KNOWN_BETTER[table])
    db.execute(
        f'INSERT OR IGNORE INTO theirs."{table}" ({columns}) SELECT {picked} FROM main."{table}" '
        f"WHERE {where}{order}",
        values,
    )
