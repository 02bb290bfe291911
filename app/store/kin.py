"""Which messages of a conversation are there and what each follows, worked out from notes that only grow.

Every message keeps the place it was written in. A removal, a return and what moved up when a message went
alone are notes beside it; from notes and messages everybody works out the same tree, in whatever order they
came. The notes are rows of `gone`, so that snapshots, backups and change files carry them:

`message` and `back:message`: when it was removed, when it was put back; the later one holds.
`seen:message`: up to which change of it was removed. A text written later elsewhere comes back.
`place:message`: where it was written (conversation, message, parent). `at` is 1 where that is known from the
message itself, 0 where only a row said so; only what was removed or stands elsewhere has one.
`pass:message`: (conversation, message, one above it): it was known when that one was removed alone, and stays
without it. What was written under a removed message elsewhere does not pass it and keeps it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.store import sync_tables
from app.store.rows import LATER, batches

GONE, BACK, SEEN, PLACE, PASS = (
    "message", "back:message", "seen:message", "place:message", "pass:message",
)  # fmt: skip
KINDS = (GONE, BACK, SEEN, PLACE, PASS)

_SEPARATOR, _BEHIND = "\n", "\x0b"

_JOIN = "ON CONFLICT (kind, id) DO UPDATE SET at = max(at, excluded.at)"


@dataclass(slots=True)
class Plan:
    """`rows` are the messages there are, with what they follow; those in `above` are to stay and follow that.
    `wanted` are messages that should be there and are not. `placed` have a note of their place."""

    rows: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    above: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    wanted: set[str] = field(default_factory=set[str])
    placed: set[str] = field(default_factory=set[str])

    @property
    def leaving(self) -> list[str]:
        """What is to go."""
        return [ident for ident in self.rows if ident not in self.above]

    @property
    def moving(self) -> dict[str, str | None]:
        """What is to follow something else."""
        return {ident: above for ident, above in self.above.items() if self.rows[ident] != above}


def note(db: sqlite3.Connection, kind: str, ident: str, at: float) -> None:
    """Add a note; of two the later stays."""
    db.execute(f"INSERT INTO main.gone (kind, id, at) VALUES (?, ?, ?) {_JOIN}", (kind, ident, at))


def note_place(
    db: sqlite3.Connection, conversation: str, message: str, parent: str | None, sure: int
) -> None:
    """Keep where a message was written."""
    note(db, PLACE, _SEPARATOR.join((conversation, message, parent or "")), sure)


def note_pass(db: sqlite3.Connection, conversation: str, message: str, above: str) -> None:
    """A message stays without that one."""
    note(db, PASS, _SEPARATOR.join((conversation, message, above)), 1)


def note_alike(db: sqlite3.Connection, conversation: str, message: str, copy: str) -> None:
    """A copy of a message was written where that one was, and stays without what that one stays without."""
    for ident, parent, sure in _noted(db, PLACE, conversation):
        if ident == message:
            note_place(db, conversation, copy, parent or None, int(sure))
    for ident, above, _ in _noted(db, PASS, conversation):
        if ident == message:
            note_pass(db, conversation, copy, above)


def note_removed(db: sqlite3.Connection, conversation: str, ids: Iterable[str], at: float) -> None:
    """These messages, which are here, are removed: later than whatever is known of them."""
    placed = set(_places(db, conversation))
    for ident in ids:
        parent, changed = db.execute(
            "SELECT parent, updated_at FROM main.message WHERE id = ?", (ident,)
        ).fetchone()
        if ident not in placed:
            note_place(db, conversation, ident, parent, 1)
        note(db, SEEN, ident, changed)
        note(db, GONE, ident, max(at, _last(db, ident) + LATER))


def note_back(db: sqlite3.Connection, ids: Iterable[str], at: float) -> None:
    """These messages are put back: later than whatever is known of them."""
    for ident in ids:
        note(db, BACK, ident, max(at, _last(db, ident) + LATER))


def removed(db: sqlite3.Connection, ids: list[str]) -> set[str]:
    """Those of these that were removed and not put back since."""
    gone, back = (_marks(db, kind, ids) for kind in (GONE, BACK))
    return {ident for ident, at in gone.items() if at > back.get(ident, -1.0)}


def returned(db: sqlite3.Connection, ids: list[str]) -> bool:
    """Whether any of these was ever put back."""
    return bool(_marks(db, BACK, ids))


def _last(db: sqlite3.Connection, ident: str) -> float:
    """When a message was last removed or put back."""
    return db.execute(
        f"SELECT coalesce(max(at), 0) FROM main.gone WHERE kind IN ('{GONE}', '{BACK}') AND id = ?", (ident,)
    ).fetchone()[0]


def take_notes(db: sqlite3.Connection, *, ours: bool) -> None:
    """Add the notes of the attached file `theirs`; with `ours` what is here is for us alone to remove."""
    kept = f" AND (kind NOT IN ('{GONE}', '{SEEN}') OR id NOT IN (SELECT id FROM main.message))"
    marks = ", ".join("?" * len(KINDS))
    db.execute(
        f"INSERT INTO main.gone (kind, id, at) SELECT kind, id, at FROM theirs.gone WHERE kind IN ({marks})"
        f"{kept if ours else ''} {_JOIN}",
        KINDS,
    )


def noted(db: sqlite3.Connection) -> set[str]:
    """The conversations that are here and that notes of the attached file `theirs` are about."""
    found = {
        row[0].split(_SEPARATOR, 1)[0]
        for row in db.execute("SELECT id FROM theirs.gone WHERE kind IN (?, ?)", (PLACE, PASS))
    }
    found |= {
        row[0]
        for row in db.execute(
            "SELECT DISTINCT m.conversation FROM theirs.gone g JOIN main.message m ON m.id = g.id "
            "WHERE g.kind IN (?, ?, ?)",
            (GONE, BACK, SEEN),
        )
    }
    here = "SELECT 1 FROM main.conversation WHERE id = ?"
    return {ident for ident in found if db.execute(here, (ident,)).fetchone()}


def _noted(db: sqlite3.Connection, kind: str, conversation: str) -> list[tuple[str, str, float]]:
    """The notes of a kind about a conversation: message, the other one (may be empty), how sure."""
    rows = db.execute(
        "SELECT id, at FROM main.gone WHERE kind = ? AND id > ? AND id < ?",
        (kind, conversation + _SEPARATOR, conversation + _BEHIND),
    )
    found: list[tuple[str, str, float]] = []
    for ident, at in rows.fetchall():
        parts = ident.split(_SEPARATOR)
        if len(parts) == 3:
            found.append((parts[1], parts[2], at))
    return found


def _places(db: sqlite3.Connection, conversation: str) -> dict[str, str | None]:
    """Where messages were written, of those with a note of it: the surest, then the largest."""
    best: dict[str, tuple[float, str]] = {}
    for ident, parent, sure in _noted(db, PLACE, conversation):
        best[ident] = max((sure, parent), best.get(ident, (-1.0, "")))
    return {ident: parent or None for ident, (_, parent) in best.items()}


def plan(
    db: sqlite3.Connection,
    conversation: str,
    *,
    theirs: bool = False,
    taken: frozenset[str] = frozenset(),
) -> Plan:
    """What the notes say about a conversation's messages; with `theirs` those of the attached file count as
    if they were here. An answer that is being written stays, unless it is in `taken`."""
    places = _places(db, conversation)
    columns = "SELECT id, parent, CASE status WHEN 'streaming' THEN 1e99 ELSE updated_at END FROM"
    rows: dict[str, str | None] = {}
    changed: dict[str, float] = {}
    sources = ("main.message", "theirs.message") if theirs else ("main.message",)
    for table in sources:
        for ident, parent, at in db.execute(f"{columns} {table} WHERE conversation = ?", (conversation,)):
            mine = table == "main.message"
            changed[ident] = max(changed.get(ident, 0.0), at if mine or at < 1e99 else 0.0)
            if rows.get(ident) is None:
                rows[ident] = parent
    parents = {**rows, **places}
    found = Plan(rows, placed=set(places))
    known = list({*parents, *(p for p in parents.values() if p is not None)})
    gone, back, seen = (_marks(db, kind, known) for kind in (GONE, BACK, SEEN))
    away = {
        ident
        for ident, at in gone.items()
        if at > back.get(ident, -1.0)
        and (ident in taken or ident not in seen or changed.get(ident, -1.0) <= seen[ident])
    }
    found.wanted = {ident for ident in back if ident in places and ident not in away and ident not in rows}
    passes = (
        {(one, above) for one, above, _ in _noted(db, PASS, conversation)} if away else set[tuple[str, str]]()
    )
    _follow(found, _opened(parents), away, passes)
    return found


def _follow(
    found: Plan, parents: dict[str, str | None], away: set[str], passes: set[tuple[str, str]]
) -> None:
    """Find for each message that stays what it follows: the nearest above it that is there. One that was
    removed stays for what was written under it without being known of."""
    waiting = [ident for ident in found.rows if ident not in away]
    found.above = dict.fromkeys(waiting)
    while waiting:
        one = below = waiting.pop()
        above = parents.get(one)
        while above is not None:
            if above not in away:
                if above in found.rows:
                    break
            elif (one, above) not in passes and (below, above) not in passes:
                if above in found.rows:
                    if above not in found.above:
                        found.above[above] = None
                        waiting.append(above)
                    break
                found.wanted.add(above)
            below, above = above, parents.get(above)
        found.above[one] = above


def _opened(parents: dict[str, str | None]) -> dict[str, str | None]:
    """The same without rings, which files that each are a tree may ask for together: each ring ends at its
    smallest message."""
    done: set[str] = set()
    for start in list(parents):
        way: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in way:
            way[at] = None
            at = parents.get(at)
        if at is not None and at in way:
            ring = list(way)[list(way).index(at) :]
            parents[min(ring)] = None
        done.update(way)
    return parents


def _marks(db: sqlite3.Connection, kind: str, ids: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for marks, part in batches(ids):
        sql = f"SELECT id, at FROM main.gone WHERE kind = '{kind}' AND id IN ({marks})"
        found.update(db.execute(sql, part).fetchall())
    return found


def carry_out(db: sqlite3.Connection, conversation: str, planned: Plan) -> bool:
    """Make the tree what was planned; whether anything changed."""
    moving, leaving = planned.moving, planned.leaving
    for ident in (*moving, *leaving):
        if ident not in planned.placed:
            note_place(db, conversation, ident, planned.rows[ident], 0)
    sync_tables.keep_answers(db, leaving)
    # First nothing follows what goes: a parent cannot go before what hangs on it.
    db.executemany("UPDATE main.message SET parent = ? WHERE id = ?", [(p, i) for i, p in moving.items()])
    db.executemany("UPDATE main.message SET parent = NULL WHERE id = ?", [(i,) for i in leaving])
    db.executemany("DELETE FROM main.message WHERE id = ?", [(i,) for i in leaving])
    return bool(moving or leaving)


def claim(db: sqlite3.Connection, conversation: str, marks: str, ids: list[str]) -> None:
    """Note where these messages were written as the attached file `theirs` has it, where that is not what is
    said here: above all what follows a message that is not here yet."""
    differing = db.execute(
        "SELECT m.id, t.parent, m.parent FROM main.message m JOIN theirs.message t ON t.id = m.id "
        f"WHERE m.id IN ({marks}) AND m.parent IS NOT t.parent",
        ids,
    ).fetchall()
    if not differing:
        return
    placed = _places(db, conversation)
    for ident, theirs, mine in differing:
        if ident in placed:
            continue
        for parent in (theirs, mine):
            if parent is not None:
                note_place(db, conversation, ident, parent, 0)
