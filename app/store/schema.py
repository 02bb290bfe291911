"""Version 1 of the tables.

Times are epoch seconds, durations milliseconds, booleans 0 or 1. Small columns stand before long texts, so
that reading them does not touch the pages a long answer spills into.
"""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x4A4C5231
"""`JLR1`, in the file's header: says whose file it is."""

STRICT_SINCE = (3, 37)
"""SQLite from here on enforces column types; older ones cannot read tables that ask for it."""

_TABLES = (
    """
    CREATE TABLE meta (
        name TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    )
    """,
    # `chain` is a JSON list. `origin` names the item of another program's export this was imported from.
    """
    CREATE TABLE conversation (
        id TEXT PRIMARY KEY NOT NULL,
        title TEXT NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        title_by_user INTEGER NOT NULL DEFAULT 0,
        pinned INTEGER NOT NULL DEFAULT 0,
        practice INTEGER NOT NULL DEFAULT 0,
        interrupted INTEGER NOT NULL DEFAULT 0,
        deleted_at REAL,
        head TEXT REFERENCES message (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        spend TEXT,
        pinned_leg TEXT,
        origin TEXT,
        chain TEXT,
        system TEXT NOT NULL DEFAULT '',
        draft TEXT NOT NULL DEFAULT ''
    )
    """,
    # `parent` has no cascade: a branch of ten thousand would exceed SQLite's depth of nested triggers.
    # `owner` is the instance that is writing the answer; see `instances.py`.
    """
    CREATE TABLE message (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        parent TEXT REFERENCES message (id),
        role TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        reasoning_ms INTEGER,
        provider TEXT,
        model TEXT,
        finish TEXT,
        owner TEXT,
        origin TEXT,
        text TEXT NOT NULL DEFAULT '',
        reasoning TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE attachment (
        id TEXT PRIMARY KEY NOT NULL,
        message TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        mime TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        data BLOB NOT NULL
    )
    """,
    # What was spent stays on record when the conversation goes: the ledger is derived from these rows.
    """
    CREATE TABLE attempt (
        id TEXT PRIMARY KEY NOT NULL,
        message TEXT REFERENCES message (id) ON DELETE SET NULL,
        conversation TEXT REFERENCES conversation (id) ON DELETE SET NULL,
        n INTEGER NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        "key" TEXT,
        outcome TEXT NOT NULL,
        started_at REAL NOT NULL,
        kind TEXT,
        code TEXT,
        status INTEGER,
        hint TEXT,
        retry_after REAL,
        until REAL,
        billing TEXT,
        first_content_ms INTEGER,
        duration_ms INTEGER,
        text_start INTEGER,
        text_end INTEGER,
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        reasoning_tokens INTEGER,
        cached_tokens INTEGER,
        usage_estimated INTEGER NOT NULL DEFAULT 0,
        estimated_prompt INTEGER,
        estimated_completion INTEGER,
        owner TEXT,
        text TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE "key" (
        id TEXT PRIMARY KEY NOT NULL,
        provider TEXT NOT NULL,
        label TEXT NOT NULL,
        last4 TEXT NOT NULL,
        position INTEGER NOT NULL,
        created_at REAL NOT NULL,
        checked_at REAL,
        check_kind TEXT,
        check_hint TEXT,
        check_ms INTEGER
    )
    """,
    # A grant the user has, from a provider's offer or entered by hand. `models` is a JSON list.
    """
    CREATE TABLE "grant" (
        id TEXT PRIMARY KEY NOT NULL,
        provider TEXT NOT NULL,
        model TEXT,
        "key" TEXT,
        unit TEXT NOT NULL,
        amount INTEGER,
        "window" TEXT NOT NULL,
        hours INTEGER,
        timezone TEXT,
        models TEXT,
        started_at REAL,
        expires_at REAL,
        hard_stop INTEGER NOT NULL DEFAULT 0,
        source TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL
    )
    """,
    # "The console says so many are left": the ledger counts on from the newest one.
    """
    CREATE TABLE correction (
        id TEXT PRIMARY KEY NOT NULL,
        provider TEXT NOT NULL,
        model TEXT,
        grant_id TEXT,
        unit TEXT NOT NULL,
        remaining INTEGER NOT NULL,
        expires_at REAL,
        at REAL NOT NULL,
        source TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE health (
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        "key" TEXT NOT NULL,
        state TEXT NOT NULL,
        until REAL,
        level INTEGER NOT NULL,
        kind TEXT NOT NULL,
        code TEXT,
        message TEXT NOT NULL,
        hint TEXT,
        updated_at REAL NOT NULL,
        PRIMARY KEY (provider, model, "key")
    )
    """,
)

_INDEXES = (
    "CREATE INDEX conversation_head ON conversation (head)",
    "CREATE UNIQUE INDEX conversation_origin ON conversation (origin) WHERE origin IS NOT NULL",
    "CREATE INDEX message_parent ON message (parent)",
    # The whole tree of a conversation without reading a row of text.
    "CREATE INDEX message_tree ON message (conversation, parent, id)",
    "CREATE INDEX message_writing ON message (owner) WHERE status = 'streaming'",
    "CREATE UNIQUE INDEX message_origin ON message (conversation, origin) WHERE origin IS NOT NULL",
    "CREATE INDEX attachment_message ON attachment (message, position)",
    "CREATE INDEX attempt_message ON attempt (message, n)",
    "CREATE INDEX attempt_conversation ON attempt (conversation)",
    "CREATE INDEX attempt_spent ON attempt (provider, model, started_at)",
    "CREATE INDEX attempt_time ON attempt (started_at)",
    "CREATE INDEX attempt_running ON attempt (owner) WHERE outcome = 'running'",
    "CREATE INDEX correction_newest ON correction (provider, model, at)",
)


def create(db: sqlite3.Connection) -> None:
    """Make version 1 in an empty file. Column types are enforced where SQLite can (3.37 and newer)."""
    strict = " STRICT" if sqlite3.sqlite_version_info >= STRICT_SINCE else ""
    for table in _TABLES:
        db.execute(table.rstrip() + strict)
    for index in _INDEXES:
        db.execute(index)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
