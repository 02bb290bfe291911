"""Another file of ours to be read from: a private copy of it, brought to today's version."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import KnownError
from app.store.examine import TIMES, WRONG_WORDS
from app.store.failures import explain, is_damage, primary_code
from app.store.files import MAGIC
from app.store.migrations import MIGRATIONS, upgrade, verify, version
from app.store.rows import LATEST
from app.store.salvage import Salvaged, salvage
from app.store.schema import APPLICATION_ID


@dataclass(frozen=True, slots=True)
class Source:
    """A sound copy at `path`; `salvaged` when the file itself was damaged."""

    path: Path
    salvaged: Salvaged | None


@contextmanager
def readable_copy(path: Path, folder: Path) -> Generator[Source]:
    """A copy of the database `path` in a temporary folder below `folder`; the file itself is not touched.

    Raises `KnownError` when it is no database of ours, is of a newer program, cannot be read or copied.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise KnownError("store.not_a_database", path=path)
        with tempfile.TemporaryDirectory(prefix="reading-", dir=folder) as temporary:
            copy = Path(temporary) / "copy.db"
            _copy(path, copy)
            yield _sound(path, copy)
    except OSError as error:
        raise KnownError("store.unreadable", path=path, reason=error.strerror or error) from error
    except sqlite3.Error as error:
        raise explain(error, path) or error from error


def _copy(path: Path, copy: Path) -> None:
    log = path.with_name(path.name + "-wal")
    if log.is_file():
        # Somebody may be writing it: SQLite's own way of copying sees one moment of it.
        source = f"{path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(source, uri=True)) as db, closing(sqlite3.connect(copy)) as target:
                db.backup(target)
            return
        except sqlite3.Error:
            copy.unlink(missing_ok=True)
            shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
    shutil.copyfile(path, copy)


def _sound(path: Path, copy: Path) -> Source:
    """Make the copy one of today's version, out of its pieces if it is damaged."""
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            found = version(db)
            if found > len(MIGRATIONS):
                raise KnownError("store.newer", path=path)
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise KnownError("store.foreign_source", path=path)
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("SELECT count(*) FROM conversation").fetchone()
            if found < len(MIGRATIONS):
                upgrade(db)
            _as_ours(db)
        verify(copy)
    except sqlite3.DatabaseError as error:
        # A table or a column that is missing is damage, too.
        plain = type(error) is sqlite3.DatabaseError or primary_code(error) == sqlite3.SQLITE_ERROR
        if not plain and not is_damage(error):
            raise
        mended = copy.with_name("mended.db")
        return Source(mended, salvage(copy, mended))
    return Source(copy, None)


def _as_ours(db: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` for tables or words that are not ours, so that only what fits is taken.

    Times that no clock can show become the beginning of time: nobody could be shown them.
    """
    with closing(sqlite3.connect(":memory:")) as usual:
        for migration in MIGRATIONS:
            migration(usual)
        if any(_columns(db, name) != columns for name, columns in _tables(usual).items()):
            raise sqlite3.DatabaseError("other tables than ours")
    if db.execute(WRONG_WORDS).fetchone() is not None:
        raise sqlite3.DatabaseError("a value that cannot be")
    for table, columns in TIMES.items():
        for column in columns:
            db.execute(f"UPDATE {table} SET {column} = 0 WHERE NOT {column} BETWEEN 0 AND {LATEST}")
    db.execute(f"UPDATE conversation SET deleted_at = NULL WHERE NOT deleted_at BETWEEN 0 AND {LATEST}")


def _tables(db: sqlite3.Connection) -> dict[str, list[str]]:
    names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
    return {name: _columns(db, name) for (name,) in names.fetchall()}


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table, in order; none when it is no table."""
    rows = db.execute(
        "SELECT i.name FROM sqlite_master s, pragma_table_info(s.name) i "
        "WHERE s.type = 'table' AND s.name = ? ORDER BY i.cid",
        (table,),
    )
    return [name for (name,) in rows]
