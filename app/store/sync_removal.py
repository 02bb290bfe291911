"""What a sync does beyond the tree: messages that are to come back, the end that is shown."""

from __future__ import annotations

import sqlite3

from app.store import kin, sync_tables

NEWEST = (
    "(SELECT m.id FROM main.message m WHERE m.conversation = c.id AND NOT EXISTS "
    "(SELECT 1 FROM main.message x WHERE x.parent = m.id) "
    "ORDER BY m.created_at DESC, m.id DESC LIMIT 1)"
)
"""SQL: what is shown of the conversation `c` where the end that was chosen is not here."""


def note_put_back(db: sqlite3.Connection) -> None:
    """Messages that were put back and of which the place does not know that are to be sent once more."""
    db.execute(
        "DELETE FROM sync_known WHERE kind = 'message' AND id IN (SELECT m.id FROM gone b "
        "JOIN message m ON m.id = b.id LEFT JOIN sync_known k ON k.kind = 'gone' "
        f"AND k.id = b.kind || ':' || b.id WHERE b.kind = '{kin.BACK}' AND k.stamp IS NOT CAST(b.at AS TEXT))"
    )


def settle(db: sqlite3.Connection, conversation: str) -> bool:
    """Work out the tree anew from all that is known; whether anything changed."""
    fields = sync_tables.look(db, conversation)
    planned = kin.plan(db, conversation)
    leaving = planned.leaving
    if leaving:
        (head,) = db.execute("SELECT head FROM main.conversation WHERE id = ?", (conversation,)).fetchone()
        chosen = fields.get("head")
        # What only stands in for a missing one was nobody's choice.
        if head in leaving and chosen is not None and chosen[1] == sync_tables.digest_of([head]):
            wait_for_head(db, conversation, head, chosen)
    changed = kin.carry_out(db, conversation, planned)
    changed = show(db, conversation) or changed
    _want(db, conversation, planned.wanted)
    return changed


def wait_for_head(db: sqlite3.Connection, conversation: str, head: str, chosen: tuple[float, str]) -> None:
    """Somebody chose to show that end, which is not here."""
    db.execute(
        "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) VALUES ('head', ?, ?, ?, ?)",
        (conversation, head, *chosen),
    )


def _waits_for(db: sqlite3.Connection, conversation: str) -> tuple[str, float, str] | None:
    return db.execute(
        "SELECT value, at, hash FROM sync_waiting WHERE kind = 'head' AND id = ?", (conversation,)
    ).fetchone()


def show(db: sqlite3.Connection, conversation: str) -> bool:
    """Show the end that was chosen, where it is here, else the newest; whether that is another one now. What
    was chosen here has been looked at before."""
    waiting = _waits_for(db, conversation)
    stands_in = "SELECT 1 FROM sync_waiting WHERE kind = 'shown' AND id = ?"
    shown, newest = db.execute(
        f"SELECT c.head, {NEWEST} FROM main.conversation c WHERE c.id = ?", (conversation,)
    ).fetchone()
    if waiting is not None and _is_here(db, waiting[0]):
        head = waiting[0]
        sync_tables.forget_waiting(db, conversation)
    elif waiting is not None or shown is None or db.execute(stands_in, (conversation,)).fetchone():
        head = newest
        db.execute(
            "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) VALUES ('shown', ?, ?, 0, '')",
            (conversation, newest or ""),
        )
    else:
        return False
    if head != shown:
        db.execute("UPDATE main.conversation SET head = ? WHERE id = ?", (head, conversation))
    sync_tables.keep_looked(db, conversation)
    return head != shown


def _is_here(db: sqlite3.Connection, message: str) -> bool:
    return db.execute("SELECT 1 FROM main.message WHERE id = ?", (message,)).fetchone() is not None


def _want(db: sqlite3.Connection, conversation: str, wanted: set[str]) -> None:
    """Note which messages should be here: the place has them, in files that were read already."""
    noted = "SELECT id FROM sync_waiting WHERE kind = 'wanted' AND value = ? AND id <> value"
    for (ident,) in db.execute(noted, (conversation,)).fetchall():
        if ident not in wanted:
            db.execute("DELETE FROM sync_waiting WHERE kind = 'wanted' AND id = ?", (ident,))
    db.executemany(
        "INSERT OR IGNORE INTO sync_waiting (kind, id, value, at, hash) VALUES ('wanted', ?, ?, 0, '')",
        [(ident, conversation) for ident in sorted(wanted)],
    )


def want_again(db: sqlite3.Connection, conversation: str) -> None:
    """All of a conversation should be here, whatever was read before."""
    db.execute(
        "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) VALUES ('wanted', ?1, ?1, 0, '')",
        (conversation,),
    )


def is_wanting(db: sqlite3.Connection) -> bool:
    """Whether something should be here that was not looked for in the place yet."""
    return (
        db.execute("SELECT 1 FROM sync_waiting WHERE kind = 'wanted' AND at = 0 LIMIT 1").fetchone()
        is not None
    )


def note_looked_for(db: sqlite3.Connection) -> None:
    """All files were read anew: what is still wanted is not in the place."""
    db.execute("DELETE FROM sync_waiting WHERE kind = 'wanted' AND id = value")
    db.execute("UPDATE sync_waiting SET at = 1 WHERE kind = 'wanted'")
