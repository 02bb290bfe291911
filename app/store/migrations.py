"""From an older file to the tables of today: everything that is missing in one transaction, or nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from app.errors import KnownError
from app.store import schema, schema_v2
from app.store.files import free_name

Migration = Callable[[sqlite3.Connection], None]

MIGRATIONS: tuple[Migration, ...] = (schema.create, schema_v2.upgrade)
"""The n-th makes version n. Never edited once released; a change of the tables is a new one at the end."""


def version(db: sqlite3.Connection) -> int:
    """The file's version; 0 = new."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    db: sqlite3.Connection, path: Path, today: datetime, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring the file to the newest version. A copy of the file as it was is kept beside it first.

    Raises `KnownError` for a file of a newer program or of another one; nothing is changed then.
    """
    found = version(db)
    if found > len(migrations):
        raise KnownError("store.newer", path=path)
    if found == len(migrations):
        return
    if found == 0 and db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise KnownError("store.foreign", path=path)
    if found:
        snapshot(db, free_name(path, f"v{found}", today))
    upgrade(db, migrations)


def upgrade(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Run the migrations that are missing, all in one transaction or none."""
    found = version(db)
    db.execute("BEGIN IMMEDIATE")
    try:
        for migration in migrations[found:]:
            migration(db)
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def verify(path: Path) -> None:
    """Raise `sqlite3.DatabaseError` unless every page of that file is what it should be."""
    source = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(source, uri=True)) as db:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def snapshot(db: sqlite3.Connection, target: Path) -> None:
    """Write a complete copy of the database to `target`, which appears only when it is whole and sound."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        db.execute("VACUUM INTO ?", (str(part),))
        try:
            verify(part)
        except sqlite3.DatabaseError as error:
            raise KnownError("store.snapshot_unsound", path=target) from error
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
