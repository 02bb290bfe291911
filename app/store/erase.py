"""Removing everything, so that nothing of it can be read from the disk by opening our files."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from app.store import drafts, search_index, sync_tables
from app.store.files import belongings, leftovers

_TABLES = ("attachment", "attempt", "message", "conversation", "assistant", "grant", "correction", "health")
_NOTES = ("gone", "told", "meta")


def every_id(db: sqlite3.Connection) -> frozenset[str]:
    """All conversations, for telling that they are gone."""
    return frozenset(row[0] for row in db.execute("SELECT id FROM conversation"))


def rows(db: sqlite3.Connection, keys: bool) -> None:
    """Empty the tables."""
    searched = search_index.is_there(db)
    search_index.remove(db)
    drafts.drop_all(db)
    db.execute("UPDATE conversation SET head = NULL")
    db.execute("UPDATE message SET parent = NULL")
    for table in (*_TABLES, *_NOTES, *(("key",) if keys else ())):
        db.execute(f'DELETE FROM "{table}"')
    sync_tables.forget_all(db)
    if searched:
        search_index.make(db)


def traces(db: sqlite3.Connection) -> None:
    """Write the file anew without its free pages, and empty the log; outside a transaction."""
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def files(path: Path, snapshots: Path) -> None:
    """Remove the copies of the data: snapshots, damaged files, copies from before updates, what a killed
    import or restore has left.

    Raises `OSError` when one cannot be removed.
    """
    if snapshots.is_dir():
        shutil.rmtree(snapshots)
    for file in belongings(path):
        file.unlink(missing_ok=True)
    for folder in leftovers(path):
        shutil.rmtree(folder)
