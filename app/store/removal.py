"""SQL of removing messages and of putting them back exactly as they were.

Either a message goes with everything under it, or it goes alone: then what follows it moves up to what stood
before it. Both are notes beside the messages (`kin.py`), from which every computer works out the same tree.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.store import conversations, kin, sync_tables
from app.store.messages import newest_leaf
from app.store.rows import batches, insert

Row = dict[str, Any]

_UNDER = """
    WITH RECURSIVE under (id, parent, seq) AS (
        SELECT id, parent, seq FROM message WHERE id = ?
        UNION
        SELECT c.id, c.parent, c.seq FROM message AS c JOIN under ON c.parent = under.id
    )
    SELECT id, parent FROM under ORDER BY seq
"""

_WITH_ANSWERS = """
    WITH RECURSIVE one (id, parent, seq) AS (
        SELECT id, parent, seq FROM message WHERE id = ?1
        UNION
        SELECT c.id, c.parent, c.seq FROM message AS c JOIN one ON c.parent = one.id
        WHERE c.role = 'assistant' AND (SELECT role FROM message WHERE id = ?1) = 'user'
    )
    SELECT id, parent FROM one ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, row by row, parents first; `head` is the end of the branch that was shown before.
    `attempts` says which answer each attempt was for: attempts themselves stay, the ledger counts them.
    `moved` says what the messages that moved up followed before; `summary` is one that told of what is gone,
    with the message it went up to."""

    conversation: str
    head: str | None
    messages: Sequence[Row]
    attachments: Sequence[Row]
    attempts: Mapping[str, str]
    moved: Mapping[str, str] = field(default_factory=dict[str, str])
    summary: tuple[str, str] | None = None

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
    removed = _taken(db, found[0], _downwards(db, _UNDER, message))
    _take(db, removed, at, found[1])
    return removed


def remove_alone(db: sqlite3.Connection, message: str, at: float) -> Removed | None:
    """Remove an answer, or a question with all its answers; what follows them stays and moves up. None when
    it is not there.

    A summary that tells of what is removed goes, too: it would be sent in its place.
    """
    found = db.execute("SELECT conversation, parent FROM message WHERE id = ?", (message,)).fetchone()
    if found is None:
        return None
    conversation, parent = found
    ids = _downwards(db, _WITH_ANSWERS, message)
    moved: dict[str, str] = {}
    for marks, part in batches(ids):
        rows = db.execute(f"SELECT id, parent FROM message WHERE parent IN ({marks})", part)
        moved.update(row for row in rows if row[0] not in ids)
    for child in moved:
        for above in ids:
            kin.note_pass(db, conversation, child, above)
    summary = _told_of(db, conversation, ids)
    removed = replace(_taken(db, conversation, ids), moved=moved, summary=summary)
    if summary is not None:
        conversations.change(db, [conversation], {"summary": "", "summary_until": None}, at)
    _take(db, removed, at, parent)
    return removed


def _downwards(db: sqlite3.Connection, query: str, message: str) -> list[str]:
    """The messages of a query, parents first: after a sync a parent may have been stored after its child."""
    children: dict[str, list[str]] = {}
    for ident, parent in db.execute(query, (message,)):
        children.setdefault(parent if ident != message else "", []).append(ident)
    ordered: list[str] = []
    level = children.pop("", [])
    while level:
        ordered += level
        level = [child for ident in level for child in children.pop(ident, ())]
    return ordered


def _taken(db: sqlite3.Connection, conversation: str, ids: Sequence[str]) -> Removed:
    head = db.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    return Removed(
        conversation,
        head,
        _rows(db, "message", "id", ids),
        _rows(db, "attachment", "message", ids),
        {row["id"]: row["message"] for row in _rows(db, "attempt", "message", ids)},
    )


def _take(db: sqlite3.Connection, removed: Removed, at: float, parent: str | None) -> None:
    """Remove the rows, let what followed them move up, and show something else where they were shown."""
    conversation, message = removed.conversation, removed.messages[0]["id"]
    before = kin.plan(db, conversation)
    kin.note_removed(db, conversation, removed.ids, at)
    # What had been kept for one of these alone stays: only these are removed.
    after = kin.plan(db, conversation, taken=removed.ids)
    kin.note_back(db, [i for i in before.above if i not in after.above and i not in removed.ids], at)
    kin.carry_out(db, conversation, kin.plan(db, conversation, taken=removed.ids))
    if removed.head in removed.ids:
        sibling = db.execute(
            "SELECT id FROM message WHERE conversation = ? AND parent IS ? AND id <> ? "
            "ORDER BY seq DESC LIMIT 1",
            (conversation, parent, message),
        ).fetchone()
        shown = newest_leaf(db, sibling[0]) if sibling is not None else parent
        conversations.set_head(db, conversation, shown, at)
    conversations.refresh(db, conversation)


def _told_of(db: sqlite3.Connection, conversation: str, ids: Sequence[str]) -> tuple[str, str] | None:
    """The conversation's summary and where it ends, if one of these messages is in it."""
    row = db.execute(
        "SELECT summary, summary_until FROM conversation WHERE id = ?", (conversation,)
    ).fetchone()
    at: str | None = row[1]
    seen: set[str] = set()
    while at is not None and at not in seen:
        if at in ids:
            return row
        seen.add(at)
        above = db.execute("SELECT parent FROM message WHERE id = ?", (at,)).fetchone()
        at = above[0] if above is not None else None
    return None


def put_back(db: sqlite3.Connection, removed: Removed, at: float) -> bool:
    """Take a removal back and show what was shown; False when the conversation, or what stood before it, has
    gone meanwhile. Where something else was shown all the time, that stays."""
    where = (removed.conversation,)
    if db.execute("SELECT 1 FROM conversation WHERE id = ?", where).fetchone() is None:
        return False
    first = removed.messages[0]["parent"]
    if first is not None and not db.execute("SELECT 1 FROM message WHERE id = ?", (first,)).fetchone():
        return False
    for row in removed.messages:
        _insert_again(db, "message", row)
    for row in removed.attachments:
        _insert_again(db, "attachment", row)
    db.executemany(
        "UPDATE attempt SET message = ? WHERE id = ?", [(m, a) for a, m in removed.attempts.items()]
    )
    sync_tables.send_attempts(db, removed.attempts)
    kin.note_back(db, removed.ids, at)
    kin.carry_out(db, removed.conversation, kin.plan(db, removed.conversation))
    if removed.summary is not None:
        text, until = removed.summary
        db.execute(
            "UPDATE conversation SET summary = ?, summary_until = ?, changed_at = ? "
            "WHERE id = ? AND summary = ''",
            (text, until, at, removed.conversation),
        )
    if removed.head in removed.ids:
        conversations.set_head(db, removed.conversation, removed.head, at)
    return True


def _insert_again(db: sqlite3.Connection, table: str, row: Row) -> None:
    if db.execute("SELECT 1 FROM message WHERE seq = ?", (row.get("seq"),)).fetchone():
        # What was written meanwhile has its number.
        row = {name: value for name, value in row.items() if name != "seq"}
    sql = insert(table, tuple(row)).replace("INSERT INTO", "INSERT OR IGNORE INTO", 1)
    db.execute(sql, tuple(row.values()))


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
