"""A sound file made of what can still be read of a damaged one.

Rows go into fresh tables one by one. What a row needs and is not there any more (the parent of a message, the
conversation of a message) gets an empty stand-in, which anything that knows better replaces: it says it was
last changed at the beginning of time.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path

from app.store.migrations import MIGRATIONS
from app.store.pages import Pages, Row, Value
from app.store.rows import insert
from app.store.schema_v2 import checksum, checksum_of, with_checksum

_BATCH = 500
_LATEST = 4e9
"""Times beyond this (the year 2096) are damage, as are those before 1970."""

NO_CHECKSUM = -1
"""Fits no text: of this message not everything was found."""

_WORDS = {
    "role": ("user", "assistant"),
    "status": ("waiting", "streaming", "done", "stopped", "failed", "interrupted"),
    "outcome": ("running", "answered", "failed", "stopped", "skipped"),
}
_USUAL = {"role": "assistant", "status": "done", "outcome": "stopped"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "TEXT": (str,),
    "INTEGER": (int,),
    "REAL": (int, float),
    "BLOB": (bytes,),
}


@dataclass(slots=True)
class Salvaged:
    """What was found in a damaged file.

    `cut` texts end early; of `unsure` ones the checksum is wrong: some letters may differ. `stand_ins`
    are messages of which only the place is known; `lost` counts rows that were found and could not be used.
    """

    conversations: int = 0
    messages: int = 0
    attempts: int = 0
    attachments: int = 0
    others: int = 0
    cut: int = 0
    unsure: int = 0
    stand_ins: int = 0
    lost: int = 0

    def counts(self) -> dict[str, int]:
        """By name, for a report."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    needed: bool
    default: Value


class _Table:
    """One of our tables: which rows look like its own, and how they are put in."""

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        self.name = name
        self.columns: list[_Column] = []
        for _, column, kind, needed, default, _ in db.execute(f'PRAGMA table_info("{name}")'):
            value = db.execute(f"SELECT {default}").fetchone()[0] if default is not None else None
            self.columns.append(_Column(column, kind, bool(needed), value))
        self._insert = insert(name, [c.name for c in self.columns]).replace("INSERT", "INSERT OR IGNORE", 1)
        self._by_seq = self.columns[0].name == "seq"

    def fits(self, row: Row) -> bool:
        """Whether a row nothing leads to can be one of this table: number and kinds of its columns."""
        values = row.values
        if len(values) > len(self.columns) or len(values) < min(8, len(self.columns)):
            return False
        given = values[:-1] if row.cut else values
        if not row.cut and any(c.needed and c.default is None for c in self.columns[len(values) :]):
            return False
        return all(
            (not c.needed or c.name == "seq") if v is None else isinstance(v, _TYPES[c.kind])
            for v, c in zip(given, self.columns, strict=False)
        )

    def put(self, db: sqlite3.Connection, row: Row, found: Salvaged) -> bool:
        """Store the row, mended where it must be; False when that cannot be done or it is there already."""
        given = {c.name: v for c, v in zip(self.columns, row.values, strict=False)}
        if self._by_seq:
            given["seq"] = row.rowid
        if row.cut and self.name not in ("message", "conversation"):
            return False
        values = {c.name: _mended(c, given.get(c.name, c.default)) for c in self.columns}
        if self.name == "attachment" and not _is_whole(values):
            return False
        if self.name == "message" and row.cut:
            values["crc"] = NO_CHECKSUM
        elif self.name == "message" and values["crc"] not in (None, _message_sum(values)):
            found.unsure += 1
        try:
            return db.execute(self._insert, list(values.values())).rowcount > 0
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError):
            return False


def salvage(damaged: Path, target: Path) -> Salvaged:
    """Write what can be read of `damaged` into a new file of today's version.

    Raises `OSError` when the damaged file cannot be opened, `sqlite3.Error` when the new one cannot be
    written.
    """
    target.unlink(missing_ok=True)
    found = Salvaged()
    with closing(Pages(damaged)) as pages, closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA foreign_keys = OFF")
        with_checksum(db)
        db.execute("BEGIN")
        for migration in MIGRATIONS:
            migration(db)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        names = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        tables = {name: _Table(db, name) for name in names}
        for n, row in enumerate(pages.rows()):
            _take(db, row, tables, found)
            if n % _BATCH == 0:
                db.execute("COMMIT")
                db.execute("BEGIN")
        mend(db, found)
        db.execute("COMMIT")
    return found


def _take(db: sqlite3.Connection, row: Row, tables: Mapping[str, _Table], found: Salvaged) -> None:
    if row.table is not None and row.table not in tables:
        return
    candidates = [tables[row.table]] if row.table is not None else [t for t in tables.values() if t.fits(row)]
    for table in candidates:
        if table.put(db, row, found):
            found.cut += row.cut
            name = f"{table.name}s"
            if name in ("conversations", "messages", "attempts", "attachments"):
                setattr(found, name, getattr(found, name) + 1)
            else:
                found.others += 1
            return
    if row.table is not None:
        found.lost += 1


def mend(db: sqlite3.Connection, found: Salvaged) -> None:
    """Make whole what rows say about each other."""
    db.execute(
        "UPDATE conversation SET changed_at = max(updated_at, coalesce(deleted_at, 0)) WHERE changed_at = 0"
    )
    db.execute(f"UPDATE message SET crc = {checksum_of()} WHERE crc IS NULL")
    db.execute("DELETE FROM message WHERE conversation IN (SELECT id FROM gone WHERE kind = 'conversation')")
    db.execute(
        "INSERT INTO conversation (id, title, created_at, updated_at, changed_at) "
        "SELECT conversation, '', min(created_at), max(updated_at), 0 FROM message "
        "WHERE conversation NOT IN (SELECT id FROM conversation) GROUP BY conversation"
    )
    cursor = db.execute(
        "INSERT INTO message (id, conversation, role, status, created_at, updated_at, note, crc) "
        "SELECT parent, conversation, CASE role WHEN 'user' THEN 'assistant' ELSE 'user' END, 'done', "
        "min(created_at), 0, '{\"lost\": true}', 0 FROM message "
        "WHERE parent NOT IN (SELECT id FROM message) GROUP BY parent"
    )
    found.stand_ins = cursor.rowcount
    for message in _circular(db):
        db.execute("UPDATE message SET parent = NULL WHERE id = ?", (message,))
    found.lost += db.execute("DELETE FROM attachment WHERE message NOT IN (SELECT id FROM message)").rowcount
    db.execute("UPDATE attempt SET message = NULL WHERE message NOT IN (SELECT id FROM message)")
    db.execute(
        "UPDATE attempt SET conversation = NULL WHERE conversation NOT IN (SELECT id FROM conversation)"
    )


def settle_heads(db: sqlite3.Connection) -> None:
    """Show the newest branch where the end of the one that was shown is lost.

    Not part of `mend`: a snapshot may still have it.
    """
    db.execute("UPDATE conversation SET head = NULL WHERE head NOT IN (SELECT id FROM message)")
    db.execute(
        "UPDATE conversation SET head = (SELECT m.id FROM message m WHERE m.conversation = conversation.id "
        "AND NOT EXISTS (SELECT 1 FROM message c WHERE c.parent = m.id) ORDER BY m.seq DESC LIMIT 1) "
        "WHERE head IS NULL"
    )


def _circular(db: sqlite3.Connection) -> Iterator[str]:
    """One message of each ring of parents."""
    parents: dict[str, str | None] = dict(db.execute("SELECT id, parent FROM message").fetchall())
    done: set[str] = set()
    for start in parents:
        way: set[str] = set()
        at: str | None = start
        while at is not None and at not in done:
            if at in way:
                yield at
                break
            way.add(at)
            at = parents.get(at)
        done |= way


def _mended(column: _Column, value: Value) -> Value:
    """`value`, or the nearest thing the column takes."""
    if column.kind == "REAL" and isinstance(value, int | float):
        sound = math.isfinite(value) and 0 <= value <= _LATEST
        return float(value) if sound else (0.0 if column.needed else None)
    if value is not None and not isinstance(value, _TYPES.get(column.kind, (object,))):
        value = None
    if column.name in _WORDS and column.needed and value not in _WORDS[column.name]:
        return _USUAL[column.name]
    if value is None and column.needed and column.name not in ("id", "seq", "conversation", "message"):
        if column.default is not None:
            return column.default
        return {"TEXT": "", "INTEGER": 0, "REAL": 0.0}.get(column.kind)
    return value


def _is_whole(values: Mapping[str, Value]) -> bool:
    data = values["data"]
    return isinstance(data, bytes) and hashlib.sha256(data).hexdigest() == values["sha256"]


def _message_sum(values: Mapping[str, Value]) -> int:
    return checksum(str(values["text"]), str(values["reasoning"]))
