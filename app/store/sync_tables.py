"""What a sync keeps in the database, outside `user_version`: it can be dropped at any time and made anew.

`sync_known`: what the shared place holds, by kind and id, with a stamp of the row as it is there.
`sync_field`: when each field of a conversation was last changed, as JSON `{field: [time, hash]}`.
`sync_file`: the files of the place that were read or written. The row of a change file's `sync_field` goes
with its conversation. `sync_waiting`: what is about messages that are not here: the end of a conversation
that was chosen (`head`; `shown` is what stands in for it), the answer and the conversation of an attempt
(`attempt`, `of`), messages that should be here (`wanted`).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from typing import Any, cast

from app.store.grants import meta, set_meta
from app.store.rows import LATEST, batches

FIELD = """
    CREATE TABLE IF NOT EXISTS {schema}sync_field (
        conversation TEXT PRIMARY KEY NOT NULL,
        seen TEXT NOT NULL,
        stamp TEXT NOT NULL,
        fields TEXT NOT NULL
    )
"""
_TABLES = (
    FIELD.format(schema=""),
    "CREATE TABLE IF NOT EXISTS sync_known (kind TEXT NOT NULL, id TEXT NOT NULL, stamp TEXT NOT NULL, "
    "PRIMARY KEY (kind, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sync_file (name TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS sync_waiting (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, "
    "at REAL NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (kind, id))",
)
_NAMES = ("sync_field", "sync_known", "sync_file", "sync_waiting")

PLACE = "sync.place"

ERASED = "sync.erased"
"""The name in `meta` that says: everything was erased here, and must not come back by itself."""

UNITS: dict[str, tuple[str, ...]] = {
    "title": ("title", "title_by_user"),
    "pinned": ("pinned",),
    "practice": ("practice",),
    "deleted": ("deleted_at",),
    "spend": ("spend",),
    "leg": ("pinned_leg",),
    "chain": ("chain",),
    "system": ("system",),
    "archived": ("archived",),
    "folder": ("folder",),
    "tags": ("tags",),
    "assistant": ("assistant",),
    "parameters": ("parameters",),
    "summary": ("summary", "summary_until"),
    "head": ("head",),
}
"""What changes together. Drafts are not among them: an unfinished thought belongs where it is being written,
and sending every key stroke's state would fight with the typing."""

COLUMNS = tuple(column for columns in UNITS.values() for column in columns)

SEEN = "c.changed_at || '|' || c.updated_at || '|' || coalesce(c.head, '')"
"""SQL for whether a conversation's row was looked at as it is."""

MESSAGE_STAMP = "m.updated_at || '|' || m.status"
ASSISTANT_STAMP = "CAST(a.updated_at AS TEXT)"

Fields = dict[str, tuple[float, str]]


def ensure(db: sqlite3.Connection, place: str) -> None:
    """Make the tables; another place than last time knows nothing yet."""
    for table in _TABLES:
        db.execute(table)
    if meta(db, PLACE) != place:
        forget_place(db)
        set_meta(db, PLACE, place)


def forget_place(db: sqlite3.Connection) -> None:
    """Nothing is known of the place: everything goes there once more."""
    db.execute("DELETE FROM sync_known")
    db.execute("DELETE FROM sync_file")


def are_there(db: sqlite3.Connection) -> bool:
    """Whether this file was ever synced."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sync_known'").fetchone() is not None


def forget_all(db: sqlite3.Connection) -> None:
    """Everything was erased here: nothing of it may come back from the place by itself."""
    if are_there(db):
        for name in _NAMES:
            db.execute(f"DELETE FROM {name}")
        set_meta(db, ERASED, "1")


def read_fields(text: str | None) -> Fields:
    """The fields of a row of `sync_field`; what is no field is left out."""
    try:
        found: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return {}
    fields: Fields = {}
    if isinstance(found, dict):
        for unit, entry in cast("dict[str, Any]", found).items():
            match entry:
                case [int() | float() as at, str() as digest] if unit in UNITS and 0 <= at <= LATEST:
                    fields[unit] = (float(at), digest)
                case _:
                    pass
    return fields


def write_fields(fields: Fields) -> str:
    """The text of a column `fields`: equal for equal fields."""
    return json.dumps({unit: list(fields[unit]) for unit in sorted(fields)}, separators=(",", ":"))


def stamp_of(updated_at: float, fields: Fields) -> str:
    """What tells one state of a conversation from another."""
    return f"{updated_at!r}|{hashlib.sha256(write_fields(fields).encode()).hexdigest()[:24]}"


def digest_of(values: Iterable[object]) -> str:
    """A short hash of the values of a unit."""
    return hashlib.sha256(json.dumps(list(values), ensure_ascii=False).encode()).hexdigest()[:12]


def digests(row: Iterable[object]) -> dict[str, str]:
    """The hash of each unit of a row whose columns are `COLUMNS`."""
    values = dict(zip(COLUMNS, row, strict=True))
    return {unit: digest_of(values[c] for c in columns) for unit, columns in UNITS.items()}


_LOOK = (
    f"SELECT c.changed_at, c.updated_at, {SEEN}, {', '.join(f'c.{n}' for n in COLUMNS)} FROM conversation c"
)


def look(db: sqlite3.Connection, conversation: str) -> Fields:
    """Note which fields of a conversation have changed here since it was last looked at; all its fields.

    A field that changes here counts as later than what it had been, whatever any clock says.
    """
    row = db.execute(f"{_LOOK} WHERE c.id = ?", (conversation,)).fetchone()
    kept = db.execute(
        "SELECT seen, fields FROM sync_field WHERE conversation = ?", (conversation,)
    ).fetchone()
    fields = read_fields(kept[1]) if kept is not None else {}
    if row is None:
        return {}
    changed_at, updated_at, seen, *values = row
    if kept is not None and kept[0] == seen:
        return fields
    for unit, digest in digests(values).items():
        old = fields.get(unit)
        if (old is not None and old[1] == digest) or (
            unit == "head" and _stands_in(db, conversation, digest)
        ):
            continue
        if old is None:
            fields[unit] = (changed_at, digest)
        else:
            fields[unit] = (max(changed_at, old[0] + 0.001), digest)
    keep_fields(db, conversation, updated_at, seen, fields)
    return fields


def _stands_in(db: sqlite3.Connection, conversation: str, digest: str) -> bool:
    """Whether what is shown only stands in for an end that was chosen and is not here; else nobody waits for
    that one any more."""
    row = db.execute(
        "SELECT value FROM sync_waiting WHERE kind = 'shown' AND id = ?", (conversation,)
    ).fetchone()
    if row is not None and digest_of([row[0] or None]) == digest:
        return True
    forget_waiting(db, conversation)
    return False


def keep_answers(db: sqlite3.Connection, ids: list[str]) -> None:
    """These messages are about to go: which attempts were for them, should they come back."""
    if not are_there(db):
        return
    for marks, part in batches(ids):
        db.execute(
            "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) "
            f"SELECT 'attempt', id, message, 0, '' FROM main.attempt WHERE message IN ({marks})",
            part,
        )


def send_attempts(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """These attempts are of answers that are here again: the place is to know whose they are."""
    if are_there(db):
        db.executemany("DELETE FROM sync_known WHERE kind = 'attempt' AND id = ?", [(i,) for i in ids])


def forget_waiting(db: sqlite3.Connection, conversation: str) -> None:
    """The end of a conversation that is shown is the one that was chosen."""
    db.execute("DELETE FROM sync_waiting WHERE kind IN ('head', 'shown') AND id = ?", (conversation,))


def keep_fields(
    db: sqlite3.Connection, conversation: str, updated_at: float, seen: str, fields: Fields
) -> None:
    """Store the fields of a conversation."""
    db.execute(
        "INSERT OR REPLACE INTO sync_field (conversation, seen, stamp, fields) VALUES (?, ?, ?, ?)",
        (conversation, seen, stamp_of(updated_at, fields), write_fields(fields)),
    )


def keep_looked(db: sqlite3.Connection, conversation: str) -> None:
    """What a conversation's row looks like now is nobody's choice: its fields stay as they were."""
    db.execute(
        "UPDATE sync_field SET seen = ? WHERE conversation = ?", (seen(db, conversation), conversation)
    )


def seen(db: sqlite3.Connection, conversation: str) -> str:
    """What a conversation's row looks like now; see `SEEN`."""
    return db.execute(f"SELECT {SEEN} FROM conversation c WHERE c.id = ?", (conversation,)).fetchone()[0]


def unlooked(db: sqlite3.Connection, limit: int) -> list[str]:
    """Conversations that have changed since they were last looked at."""
    rows = db.execute(
        "SELECT c.id FROM conversation c LEFT JOIN sync_field f ON f.conversation = c.id "
        f"WHERE f.seen IS NOT {SEEN} LIMIT ?",
        (limit,),
    )
    return [row[0] for row in rows]


def look_at_some(db: sqlite3.Connection, limit: int = 200) -> int:
    """`look` at so many of them; how many there were."""
    ids = unlooked(db, limit)
    for conversation in ids:
        look(db, conversation)
    return len(ids)


def files(db: sqlite3.Connection) -> dict[str, int]:
    """The files of the place that were read or written, with their sizes."""
    return dict(db.execute("SELECT name, size FROM sync_file").fetchall())


def note_file(db: sqlite3.Connection, name: str, size: int) -> None:
    """A file of the place was read or written."""
    db.execute("INSERT OR REPLACE INTO sync_file (name, size) VALUES (?, ?)", (name, size))


def forget_file(db: sqlite3.Connection, name: str) -> None:
    """A file of the place is gone."""
    db.execute("DELETE FROM sync_file WHERE name = ?", (name,))
