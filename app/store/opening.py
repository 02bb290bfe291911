"""Opening the file: migrated where it is old, rebuilt where it is damaged, refused where it is not ours."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from app.errors import KnownError
from app.store import examine
from app.store.connection import connect
from app.store.failures import is_damage, primary_code
from app.store.files import damage_mark
from app.store.instances import Instances
from app.store.migrations import MIGRATIONS, Migration, migrate
from app.store.schema import STRICT_SINCE

_log = logging.getLogger(__name__)

OPENING_PATIENCE = 30.0
"""How long, in seconds, another process may take to open, repair or migrate the same file."""

Opened = tuple[sqlite3.Connection, tuple[tuple[KnownError, ...], bool]]


def open_for_instance(
    path: Path,
    instances: Instances,
    now: float,
    busy_ms: int,
    migrations: Sequence[Migration],
) -> Opened:
    """Open the file and make this process known; also returns the problems and whether one died before us."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with instances.opening(OPENING_PATIENCE):
            if path.is_dir():
                raise KnownError("store.cannot_open", path=path)
            # Made by us, so that what the user says is readable by this user alone wherever it lies.
            path.touch(mode=0o600)
            db, problems = open_or_rebuild(path, now, busy_ms, migrations, instances)
            crashed = instances.claim()
    except OSError as error:
        reason = error.strerror or error
        raise KnownError("store.no_folder", path=path.parent, reason=reason) from error
    return db, (tuple(problems), crashed)


def open_or_rebuild(
    path: Path,
    now: float,
    busy_ms: int,
    migrations: Sequence[Migration],
    instances: Instances,
) -> tuple[sqlite3.Connection, list[KnownError]]:
    """Open and migrate the file; a damaged one is set aside and a sound one takes its place.

    Returns the connection and what the user has to be told. Only one process may be in here at a time.
    """
    today = datetime.fromtimestamp(now)
    trouble: BaseException | None = None
    if examine.header_is_damaged(path):
        trouble = sqlite3.DatabaseError("the header cannot be right")
    else:
        try:
            db = _open(path, today, busy_ms, migrations)
        except sqlite3.DatabaseError as error:
            if not _means_damage(error, path):
                raise
            trouble = error
        else:
            if not damage_mark(path).exists() or not instances.alone():
                return db, []
            if examine.examine(db).whole:
                damage_mark(path).unlink(missing_ok=True)
                return db, []
            db.close()
    _log.info("%s is damaged: %s", path, trouble or "a check found it")
    if not instances.alone():
        # They have it open, and what they write would go into the file that is set aside.
        raise KnownError("store.damaged_busy", path=path)
    # Seldom needed, and every start would pay for it.
    from app.store.rebuild import rebuild

    try:
        told = rebuild(path, now, instances.folder)
    except OSError as error:
        raise KnownError("store.not_rebuilt", path=path, reason=error.strerror or error) from error
    return _open(path, today, busy_ms, migrations), [told]


def _means_damage(error: sqlite3.DatabaseError, path: Path) -> bool:
    """Whether the file itself is at fault. Raises `KnownError` when it is this SQLite that is too old."""
    if is_damage(error):
        return True
    found = examine.our_version(path)
    if found is None:
        return False
    if found > len(MIGRATIONS):
        raise KnownError("store.newer", path=path) from error
    if primary_code(error) == sqlite3.SQLITE_CORRUPT and sqlite3.sqlite_version_info < STRICT_SINCE:
        # That is how a table of today looks to it.
        raise KnownError("store.schema_unreadable", path=path, reason=error) from error
    # A definition nobody wrote, or a version that does not fit the tables.
    return primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


def _open(path: Path, today: datetime, busy_ms: int, migrations: Sequence[Migration]) -> sqlite3.Connection:
    db = connect(path, busy_ms)
    try:
        migrate(db, path, today, migrations)
    except BaseException:
        db.close()
        raise
    return db
