"""A copy of the data to hand on: what was said and what was spent, without keys, health and indexes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from app.store.failures import explain
from app.store.migrations import upgrade

HANDED_ON = (
    "conversation", "message", "attachment", "attempt", "assistant", "grant", "correction", "gone", "told",
)  # fmt: skip


def fresh(path: Path) -> None:
    """Make an empty file of today's version, for one process and one moment: it may be lost at any time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        upgrade(db)


def copy_out(source: Path, target: Path) -> dict[str, int]:
    """Copy everything that may be handed on as it is at one moment; returns how many rows of each table.

    Others go on writing meanwhile. Blocks. Raises `KnownError` when the disk is full or a file refuses.
    """
    try:
        fresh(target)
        with closing(sqlite3.connect(source, isolation_level=None, timeout=5)) as db:
            db.execute("ATTACH ? AS theirs", (str(target),))
            db.execute("PRAGMA theirs.journal_mode = OFF")
            db.execute("PRAGMA theirs.synchronous = OFF")
            db.execute("BEGIN")
            counts: dict[str, int] = {}
            for table in HANDED_ON:
                columns = ", ".join(
                    f'"{row[1]}"' for row in db.execute(f'PRAGMA theirs.table_info("{table}")')
                )
                counts[table] = db.execute(
                    f'INSERT INTO theirs."{table}" ({columns}) SELECT {columns} FROM main."{table}"'
                ).rowcount
            # Nobody writes these answers any more by the time somebody reads the copy.
            db.execute("UPDATE theirs.message SET owner = NULL")
            db.execute("COMMIT")
            return counts
    except sqlite3.Error as error:
        raise explain(error, target) or error from error
