"""Version 2 of the tables: order among conversations, assistants, and what merging two files needs.

Released once; a later change of the tables is a version of its own.
"""

from __future__ import annotations

import sqlite3
import zlib

_FUNCTION = "jieli_crc"


def checksum_of(row: str = "message") -> str:
    """SQL for what `crc` of that row should be; the connection needs `with_checksum`.

    As bytes: a text that is no UTF-8 any more would end the query.
    """
    return f"{_FUNCTION}(CAST({row}.text AS BLOB), CAST({row}.reasoning AS BLOB))"


_COLUMNS = (
    "ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversation ADD COLUMN folder TEXT",
    # A JSON list.
    "ALTER TABLE conversation ADD COLUMN tags TEXT",
    "ALTER TABLE conversation ADD COLUMN assistant TEXT",
    # A JSON object, as are `note` of a message and `parameters` of an assistant.
    "ALTER TABLE conversation ADD COLUMN parameters TEXT",
    "ALTER TABLE conversation ADD COLUMN summary TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversation ADD COLUMN summary_until TEXT",
    # When anything of the row was changed, whereas `updated_at` is when something was said.
    "ALTER TABLE conversation ADD COLUMN changed_at REAL NOT NULL DEFAULT 0",
    "UPDATE conversation SET changed_at = max(updated_at, coalesce(deleted_at, 0))",
    "ALTER TABLE message ADD COLUMN note TEXT",
    "ALTER TABLE message ADD COLUMN column_group TEXT",
    # SQLite keeps no checksums: a letter changed by a failing disk would go unnoticed without this one.
    "ALTER TABLE message ADD COLUMN crc INTEGER",
    f"UPDATE message SET crc = {checksum_of()}",
)

_TABLES = (
    # No foreign key points here: a conversation keeps the name of an assistant that has since gone.
    """
    CREATE TABLE assistant (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        position INTEGER NOT NULL,
        builtin_of TEXT,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        deleted_at REAL,
        chain TEXT,
        parameters TEXT,
        system TEXT NOT NULL DEFAULT ''
    )
    """,
    # What was removed for good, so that an older copy does not bring it back.
    """
    CREATE TABLE gone (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (kind, id)
    )
    """,
    # What the user has been told once and is not told again.
    """
    CREATE TABLE told (
        what TEXT PRIMARY KEY NOT NULL,
        at REAL NOT NULL
    )
    """,
)


def checksum(text: str | bytes | None, reasoning: str | bytes | None) -> int:
    """What `message.crc` holds for these texts."""
    return zlib.crc32(_bytes(reasoning), zlib.crc32(_bytes(text)))


def _bytes(text: str | bytes | None) -> bytes:
    return text.encode("utf-8", "replace") if isinstance(text, str) else text or b""


def with_checksum(db: sqlite3.Connection) -> None:
    """Let this connection's SQL work out checksums."""
    db.create_function(_FUNCTION, 2, checksum, deterministic=True)


def upgrade(db: sqlite3.Connection) -> None:
    """Make version 2 of version 1."""
    strict = " STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""
    with_checksum(db)
    for column in _COLUMNS:
        db.execute(column)
    for table in _TABLES:
        db.execute(table.rstrip() + strict)
