"""SQL of removing a message with everything under it, and of putting it back exactly as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.store import conversations
from app.store.messages import newest_leaf
from app.store.rows import batches, insert

Row = dict[str, Any]

_UNDER = """
    WITH RECURSIVE under (id, seq) AS (
        SELECT id, seq FROM message WHERE id = ?
        UNION
        SELECT c.id, c.seq FROM message AS c JOIN under ON c.parent = under.id
    )
    SELECT id FROM under ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, row by row, parents first; `head` is the end of the branch that was shown before.
    `attempts` says which answer each attempt was for: attempts themselves stay, the ledger counts them."""

    conversation: str
    head: str | None
    messages: Sequence[Row]
    attachments: Sequence[Row]
    attempts: Mapping[str, str]

    @property
    def ids(self) -> frozenset[str]:
        """The messages' ids."""
        return frozenset(row["id"] for row in self.messages)


def remove(db: sqlite3.Connection, message: str, at: float) -> Removed | None:
    """Remove a message and all that follows it on any branch; None when it is not there.

    When the branch shown ends in it, the newest one through a sibling is shown, else what stood before it.
    """
    found = db.execute("SELECT conversation, parent FROM message WHERE id = ?", (message,)).fetchone()
    if found is None:
        return None
    conversation, parent = found
    ids = [row[0] for row in db.execute(_UNDER, (message,))]
    head = db.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    removed = Removed(
        conversation,
        head,
        _rows(db, "message", "id", ids),
        _rows(db, "attachment", "message", ids),
        {row["id"]: row["message"] for row in _rows(db, "attempt", "message", ids)},
    )
    if head in ids:
        sibling = db.execute(
            "SELECT id FROM message WHERE conversation = ? AND parent IS ? AND id <> ? "
            "ORDER BY seq DESC LIMIT 1",
            (conversation, parent, message),
        ).fetchone()
        shown = newest_leaf(db, sibling[0]) if sibling is not None else parent
        conversations.set_head(db, conversation, shown, at)
    # Children first: a parent cannot go before them.
    for row in reversed(removed.messages):
        db.execute("DELETE FROM message WHERE id = ?", (row["id"],))
        db.execute("INSERT OR REPLACE INTO gone (kind, id, at) VALUES ('message', ?, ?)", (row["id"], at))
    conversations.refresh(db, conversation)
    return removed


def put_back(db: sqlite3.Connection, removed: Removed, at: float) -> bool:
    """Take a removal back and show what was shown; False when the conversation has gone meanwhile."""
    where = (removed.conversation,)
    if db.execute("SELECT 1 FROM conversation WHERE id = ?", where).fetchone() is None:
        return False
    first = removed.messages[0]["parent"]
    if first is not None and not db.execute("SELECT 1 FROM message WHERE id = ?", (first,)).fetchone():
        return False
    for table, rows in (("message", removed.messages), ("attachment", removed.attachments)):
        for row in rows:
            sql = insert(table, tuple(row)).replace("INSERT INTO", "INSERT OR IGNORE INTO", 1)
            db.execute(sql, tuple(row.values()))
    db.executemany(
        "UPDATE attempt SET message = ? WHERE id = ?", [(m, a) for a, m in removed.attempts.items()]
    )
    db.executemany("DELETE FROM gone WHERE kind = 'message' AND id = ?", [(m,) for m in removed.ids])
    conversations.set_head(db, removed.conversation, removed.head, at)
    return True


def stays_gone(db: sqlite3.Connection, theirs: Mapping[str, str | None]) -> set[str]:
    """Which of another file's messages (id → parent) were removed here and have nothing new under them."""
    gone: set[str] = set()
    for marks, part in batches(list(theirs)):
        sql = f"SELECT id FROM main.gone WHERE kind = 'message' AND id IN ({marks})"
        gone.update(row[0] for row in db.execute(sql, part))
    for ident in [i for i in theirs if i not in gone] if gone else ():
        # Whatever was written under it elsewhere must not be lost with it.
        above = theirs[ident]
        while above is not None and above in gone:
            gone.discard(above)
            above = theirs.get(above)
    return gone


def _rows(db: sqlite3.Connection, table: str, column: str, ids: Sequence[str]) -> list[Row]:
    found: list[Row] = []
    for marks, part in batches(ids):
        cursor = db.execute(f'SELECT * FROM "{table}" WHERE "{column}" IN ({marks})', part)
        names = [description[0] for description in cursor.description]
        found += [dict(zip(names, row, strict=True)) for row in cursor]
    if column == "id":
        place = {ident: n for n, ident in enumerate(ids)}
        found.sort(key=lambda row: place[row["id"]])
    return found
