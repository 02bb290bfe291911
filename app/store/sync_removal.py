"""Messages that were removed elsewhere, and those that were put back after their removal had been sent."""

from __future__ import annotations

import sqlite3

from app.store import sync_tables

BACK = "back:message"
"""A kind of rows in `gone`: a message that was removed and put back then. A removal before that is void."""

_REMOVED = (
    "SELECT g.id FROM theirs.gone g WHERE g.kind = 'message' AND NOT EXISTS "
    f"(SELECT 1 FROM main.gone b WHERE b.kind = '{BACK}' AND b.id = g.id AND b.at > g.at)"
)


def note_put_back(db: sqlite3.Connection, at: float) -> None:
    """Find messages whose removal was sent and that are here again: they and that are to be sent."""
    rows = db.execute(
        "SELECT m.id FROM sync_known k JOIN message m ON m.id = substr(k.id, 9) "
        "WHERE k.kind = 'gone' AND k.id GLOB 'message:*' AND NOT EXISTS (SELECT 1 FROM gone b "
        f"WHERE b.kind = '{BACK}' AND b.id = m.id)"
    ).fetchall()
    for (ident,) in rows:
        db.execute("INSERT OR REPLACE INTO gone (kind, id, at) VALUES (?, ?, ?)", (BACK, ident, at))
        db.execute(
            "DELETE FROM sync_known WHERE (kind = 'message' AND id = ?1) OR (kind = 'gone' AND id IN "
            f"('message:' || ?1, '{BACK}:' || ?1))",
            (ident,),
        )


def take_over(db: sqlite3.Connection) -> set[str]:
    """Remove here what was removed there, but nothing under which something new was written here: that goes
    there once more. Returns the conversations in which something was removed."""
    db.execute(
        "INSERT OR REPLACE INTO main.gone (kind, id, at) SELECT t.kind, t.id, t.at FROM theirs.gone t "
        f"WHERE t.kind = '{BACK}' AND NOT EXISTS (SELECT 1 FROM main.gone g WHERE g.kind = t.kind "
        "AND g.id = t.id AND g.at >= t.at)"
    )
    db.execute(
        "DELETE FROM main.gone WHERE kind = 'message' AND EXISTS (SELECT 1 FROM main.gone b "
        f"WHERE b.kind = '{BACK}' AND b.id = gone.id AND b.at > gone.at)"
    )
    here = db.execute(
        f"SELECT m.id, m.conversation FROM main.message m WHERE m.id IN ({_REMOVED}) "
        "AND m.status <> 'streaming'"
    ).fetchall()
    touched: set[str] = {row[1] for row in here}
    ends = db.execute(
        f"SELECT c.id FROM main.conversation c WHERE c.head IN ({_REMOVED})",
    ).fetchall()
    looked = {row[0]: sync_tables.look(db, row[0]) for row in ends}
    # Leaves first: a parent cannot go before what hangs on it.
    leaves = (
        f"DELETE FROM main.message WHERE id IN ({_REMOVED}) AND status <> 'streaming' "
        "AND NOT EXISTS (SELECT 1 FROM main.message c WHERE c.parent = message.id)"
    )
    while here and db.execute(leaves).rowcount > 0:
        pass
    for conversation, fields in looked.items():
        row = db.execute(
            "SELECT updated_at FROM main.conversation WHERE id = ? AND head IS NULL", (conversation,)
        ).fetchone()
        if row is not None:
            # Nobody here chose this: whatever head comes from there counts for more.
            fields["head"] = (0.0, sync_tables.digest_of([None]))
            sync_tables.keep_fields(db, conversation, row[0], sync_tables.seen(db, conversation), fields)
    db.execute(
        "WITH RECURSIVE under (id) AS (SELECT m.id FROM main.message m "
        f"WHERE m.id IN ({_REMOVED}) UNION SELECT c.id "
        "FROM main.message c JOIN under ON c.parent = under.id) "
        "DELETE FROM sync_known WHERE kind = 'message' AND id IN (SELECT id FROM under)"
    )
    db.execute(
        "INSERT OR IGNORE INTO main.gone (kind, id, at) SELECT 'message', g.id, g.at FROM theirs.gone g "
        f"WHERE g.kind = 'message' AND g.id IN ({_REMOVED}) AND g.id NOT IN (SELECT id FROM main.message)"
    )
    return touched
