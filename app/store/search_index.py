"""The index of messages for the search: its tables, and keeping it true to the messages.

Triggers written in plain SQL note in `search_todo` which messages are to be indexed anew, with the text they
were indexed with; so whatever writes (a turn, an import, a merge, a cascade of deletions, a process without
FTS5) is noticed. `drain` works the notes off, in the same transaction for ordinary writes and in batches for
large ones. The index stores no text: removing from it takes the old one. Streaming answers are indexed at
their end. All of this lies outside `user_version` and can be made anew at any time.
"""

from __future__ import annotations

import logging
import sqlite3
from itertools import pairwise

from app.search_text import index_text
from app.store.failures import primary_code

_log = logging.getLogger(__name__)

FORMAT = "2"
"""Changes when the tokens do; an index of another format is made anew."""

BLOCK = 256
"""Messages in a row share one line in `search_block`: the newest of them, and whether they lie in order."""

AT_COMMIT = 32
"""Notes an ordinary write works off before it commits; more are left to the background."""

BATCH = 256

_TABLES = (
    # No old text = not indexed yet.
    "CREATE TABLE IF NOT EXISTS search_todo (seq INTEGER PRIMARY KEY, old TEXT)",
    "CREATE TABLE IF NOT EXISTS search_block"
    " (block INTEGER PRIMARY KEY, newest REAL NOT NULL, sorted INTEGER NOT NULL)",
    # The tokens are ours, letters and digits only; `ascii` parts them at the spaces and changes nothing.
    "CREATE VIRTUAL TABLE IF NOT EXISTS message_search"
    " USING fts5 (body, content = '', tokenize = 'ascii', prefix = '2')",
)

_UNNOTED = "WHERE NOT EXISTS (SELECT 1 FROM search_todo WHERE seq = {row}.seq)"
_INDEXED = "EXISTS (SELECT 1 FROM message_search_docsize WHERE id = OLD.seq)"
_TRIGGERS = {
    "search_added": f"""
        CREATE TRIGGER search_added AFTER INSERT ON message
        WHEN NEW.status <> 'streaming' AND NEW.text <> ''
        BEGIN
            INSERT INTO search_todo (seq, old) SELECT NEW.seq, NULL {_UNNOTED.format(row="NEW")};
        END
    """,
    "search_changed": f"""
        CREATE TRIGGER search_changed AFTER UPDATE OF text, status ON message
        WHEN (NEW.text IS NOT OLD.text OR NEW.status IS NOT OLD.status)
            AND (NEW.status <> 'streaming' OR {_INDEXED})
        BEGIN
            INSERT INTO search_todo (seq, old)
                SELECT OLD.seq, CASE WHEN {_INDEXED} THEN OLD.text END {_UNNOTED.format(row="OLD")};
        END
    """,
    "search_removed": f"""
        CREATE TRIGGER search_removed AFTER DELETE ON message WHEN {_INDEXED}
        BEGIN
            INSERT INTO search_todo (seq, old) SELECT OLD.seq, OLD.text {_UNNOTED.format(row="OLD")};
        END
    """,
}

_REMOVE = "INSERT INTO message_search (message_search, rowid, body) VALUES ('delete', ?, ?)"
_ADD = "INSERT INTO message_search (rowid, body) VALUES (?, ?)"


def with_fts5(db: sqlite3.Connection) -> bool:
    """Whether this SQLite can search full text."""
    return db.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def is_there(db: sqlite3.Connection) -> bool:
    """Whether the file has a whole index of our format."""
    found = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE name GLOB '*search*'")}
    wanted = {"message_search", "search_todo", "search_block", *_TRIGGERS}
    if not wanted <= found:
        return False
    row = db.execute("SELECT value FROM meta WHERE name = 'search'").fetchone()
    return row is not None and row[0] == FORMAT


def make(db: sqlite3.Connection) -> None:
    """Make the index within a transaction, empty and with every message noted, unless it is there."""
    if is_there(db):
        return
    remove(db)
    for statement in (*_TABLES, *_TRIGGERS.values()):
        db.execute(statement)
    db.execute("INSERT INTO search_todo (seq) SELECT seq FROM message")
    db.execute(
        "INSERT INTO meta (name, value) VALUES ('search', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (FORMAT,),
    )


def remove(db: sqlite3.Connection) -> None:
    """Take the index out of the file, in a transaction."""
    for name in _TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
    for name in ("message_search", "search_todo", "search_block"):
        db.execute(f"DROP TABLE IF EXISTS {name}")
    db.execute("DELETE FROM meta WHERE name = 'search'")


def make_anew(db: sqlite3.Connection) -> None:
    """Throw a damaged index away and begin another."""
    remove(db)
    make(db)


def drain(db: sqlite3.Connection, most: int = AT_COMMIT) -> int:
    """Work off so many notes within the transaction, the newest messages first; returns how many there were.

    A damaged index is noted and made anew, and never keeps a message from being stored.
    """
    notes: list[tuple[int, str | None]] = db.execute(
        "SELECT seq, old FROM search_todo ORDER BY seq DESC LIMIT ?", (most,)
    ).fetchall()
    if not notes:
        return 0
    db.execute("SAVEPOINT search")
    try:
        _index(db, notes)
        # FTS5 writes at the next savepoint what it would else write at the commit: damage shows here.
        db.execute("SAVEPOINT search_written")
        db.execute("RELEASE search_written")
    except sqlite3.DatabaseError as error:
        if primary_code(error) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
            raise
        _log.warning("the search index is damaged and is made anew: %s", error)
        db.execute("ROLLBACK TO search")
        make_anew(db)
    db.execute("RELEASE search")
    return len(notes)


def waiting(db: sqlite3.Connection) -> bool:
    """Whether messages are still to be indexed."""
    return db.execute("SELECT 1 FROM search_todo LIMIT 1").fetchone() is not None


def _index(db: sqlite3.Connection, notes: list[tuple[int, str | None]]) -> None:
    # Rising row ids: at a falling one FTS5 writes what it has gathered as a segment of its own.
    notes.sort()
    first, last = notes[0][0], notes[-1][0]
    texts: dict[int, str] = dict(
        db.execute(
            "SELECT m.seq, m.text FROM search_todo t CROSS JOIN message m ON m.seq = t.seq"
            " WHERE t.seq BETWEEN ? AND ? AND m.status <> 'streaming' AND m.text <> ''",
            (first, last),
        )
    )
    for seq, old in notes:
        if old is not None:
            db.execute(_REMOVE, (seq, index_text(old)))
        if (text := texts.get(seq)) is not None:
            db.execute(_ADD, (seq, index_text(text)))
    db.execute("DELETE FROM search_todo WHERE seq BETWEEN ? AND ?", (first, last))
    for block in {seq // BLOCK for seq, _old in notes}:
        _note_block(db, block)


def _note_block(db: sqlite3.Connection, block: int) -> None:
    times = [
        at
        for (at,) in db.execute(
            "SELECT created_at FROM message WHERE seq BETWEEN ? AND ? ORDER BY seq",
            (block * BLOCK, block * BLOCK + BLOCK - 1),
        )
    ]
    if not times:
        db.execute("DELETE FROM search_block WHERE block = ?", (block,))
        return
    in_order = all(one <= other for one, other in pairwise(times))
    db.execute(
        "INSERT INTO search_block (block, newest, sorted) VALUES (?, ?, ?)"
        " ON CONFLICT (block) DO UPDATE SET newest = excluded.newest, sorted = excluded.sorted",
        (block, max(times), in_order),
    )
