"""A copy of the data to hand on: what was said and what was spent, without keys, health and indexes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from app.store.failures import explain
from app.store.migrations import upgrade

HANDED_ON = (
    "conversation", "message", "attachment", "attempt", "assistant", "grant", "correction", "gone", "told",
)  # fmt: skip


_STEPS = 20_000
"""Of SQLite's machine, between two looks whether the copy is still wanted: a few milliseconds."""


class Stopped(Exception):  # noqa: N818 - no error: nobody wants the rest any more
    """The work was given up."""


def fresh(path: Path) -> None:
    """Make an empty file of today's version, for one process and one moment: it may be lost at any time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        upgrade(db)


def copy_out(source: Path, target: Path, going: Callable[[], object] | None = None) -> dict[str, int]:
    """Copy everything that may be handed on as it is at one moment; returns how many rows of each table.

    Others go on writing meanwhile. Blocks; `going` is called now and then, and when it raises `Stopped`, so
    does this. Raises `KnownError` when the disk is full or a file refuses.
    """
    stopped: list[Stopped] = []

    def look() -> bool:
        try:
            if going is not None:
                going()
        except Stopped as stop:
            stopped.append(stop)
        return bool(stopped)

    try:
        fresh(target)
        with closing(sqlite3.connect(source, isolation_level=None, timeout=5)) as db:
            db.set_progress_handler(look, _STEPS)
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
        if stopped:
            raise stopped[0] from error
        raise explain(error, target) or error from error
