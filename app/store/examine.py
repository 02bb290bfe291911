"""Is the file what it should be? A look at the header (at every start) and at all of it (after a crash)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.store.connection import tolerate_broken_text
from app.store.failures import is_damage
from app.store.files import MAGIC
from app.store.rows import LATEST
from app.store.schema import APPLICATION_ID
from app.store.schema_v2 import checksum_of, with_checksum

_HIGHEST = 99_999
"""No version will be higher, so a number beyond it is damage; up to it, a newer program wrote the file."""
_ID = slice(68, 72)

TIMES = {
    "message": ("created_at", "updated_at"),
    "conversation": ("created_at", "updated_at", "changed_at"),
    "attempt": ("started_at",),
}


def _out_of_time(table: str) -> str:
    return " OR ".join(f"NOT {column} BETWEEN 0 AND {LATEST}" for column in TIMES[table])


WRONG_WORDS = (
    "SELECT 1 FROM message WHERE role NOT IN ('user', 'assistant') OR status NOT IN "
    "('waiting', 'streaming', 'done', 'stopped', 'failed', 'interrupted') LIMIT 1"
)

_IMPLAUSIBLE = (
    WRONG_WORDS,
    f"SELECT 1 FROM message WHERE {_out_of_time('message')} "
    "OR NOT EXISTS (SELECT 1 FROM conversation c WHERE c.id = message.conversation) "
    "OR parent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message p WHERE p.id = message.parent) LIMIT 1",
    f"SELECT 1 FROM conversation WHERE {_out_of_time('conversation')} "
    f"OR NOT coalesce(deleted_at, 0) BETWEEN 0 AND {LATEST} LIMIT 1",
    f"SELECT 1 FROM attempt WHERE {_out_of_time('attempt')} LIMIT 1",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """`whole` = every page and every relation is in order; `altered` messages have another text than was
    written. `finding` is what SQLite said first, for the log."""

    whole: bool
    altered: int
    finding: str = ""


def header_is_damaged(path: Path) -> bool:
    """Whether the first hundred bytes of a file of ours say what cannot be, or more than there is."""
    with path.open("rb") as file:
        header = file.read(100)
        length = file.seek(0, 2)
    if not header:
        # A new file; but where the log is not empty there was one.
        log = path.with_name(path.name + "-wal")
        return log.exists() and log.stat().st_size > 0
    if not header.startswith(MAGIC) or len(header) < 100:
        # SQLite takes the sizes under its own for an empty file.
        return len(header) < 100
    if not _has_our_id(header):
        return False
    size = int.from_bytes(header[16:18], "big")
    size = 65536 if size == 1 else size
    fixed = (
        size in {512 << n for n in range(8)}
        and header[18] in (1, 2)
        and header[19] in (1, 2)
        and header[20] == 0
        and header[21:24] == b"\x40\x20\x20"
        and int.from_bytes(header[44:48], "big") in (1, 2, 3, 4)
        and int.from_bytes(header[56:60], "big") == 1
        and 1 <= int.from_bytes(header[60:64], "big") <= _HIGHEST
    )
    if not fixed:
        return True
    log = path.with_name(path.name + "-wal")
    # The page count holds only if the change that wrote it was the last; newer pages may be in the log.
    counts = header[24:28] == header[92:96] and not (log.exists() and log.stat().st_size)
    return counts and length < int.from_bytes(header[28:32], "big") * size


def our_version(path: Path) -> int | None:
    """The version the header of a file of ours names; None for other files."""
    with path.open("rb") as file:
        header = file.read(100)
    return int.from_bytes(header[60:64], "big") if _has_our_id(header) else None


def examine(db: sqlite3.Connection) -> Examined:
    """Read everything: pages, indexes, relations, plausible values, checksums."""
    with_checksum(db)
    tolerate_broken_text(db)
    try:
        found = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
        # The search index can be made anew at any time.
        found = [line for line in found if line != "ok" and "fts5" not in line.lower()]
        if found:
            return Examined(False, 0, " ".join(found[0].split())[:200])
        if any(db.execute(query).fetchone() for query in _IMPLAUSIBLE):
            return Examined(False, 0, "a value that cannot be")
        altered = f"SELECT count(*) FROM message WHERE crc <> {checksum_of()}"
        return Examined(True, db.execute(altered).fetchone()[0])
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return Examined(False, 0, str(error))


def examine_file(path: Path) -> Examined:
    """As `examine`, on a connection of its own that only reads, in whatever thread this is."""
    source = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(source, uri=True, timeout=5)) as db:
        return examine(db)


def _has_our_id(header: bytes) -> bool:
    return header[_ID] == APPLICATION_ID.to_bytes(4, "big")
