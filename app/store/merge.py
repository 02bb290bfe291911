"""Bringing what another file of ours holds into this one, without losing or undoing anything.

What is missing here is added; of what both have the later change stays; what was removed for good here stays
removed. Doing it twice does nothing the second time, and it can end after any step. Keys, health and what
only this machine means (`meta`) are not taken over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.store import conversations, kin
from app.store.ordering import parents_first
from app.store.schema_v2 import checksum_of, with_checksum

BATCH = 400
"""Messages or attempts in one step."""

_ROW = (
    "title", "created_at", "updated_at", "title_by_user", "pinned", "practice", "deleted_at", "spend",
    "pinned_leg", "chain", "system", "draft", "archived", "folder", "tags", "assistant", "parameters",
    "summary", "summary_until", "changed_at",
)  # fmt: skip
_TEXTS = (
    "status", "updated_at", "reasoning_ms", "provider", "model", "finish", "text", "reasoning", "note",
    "column_group", "crc",
)  # fmt: skip
_MESSAGE = ("id", "conversation", "parent", "role", "created_at", *_TEXTS)


@dataclass(slots=True)
class Merged:
    """What a merge brought. `removed` conversations were not taken: they were removed here for good."""

    conversations: int = 0
    changed: int = 0
    messages: int = 0
    improved: int = 0
    attachments: int = 0
    attempts: int = 0
    assistants: int = 0
    removed: int = 0
    touched: set[str] = field(default_factory=set[str])

    def counts(self) -> dict[str, int]:
        """By name, for a report."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}

    @property
    def nothing(self) -> bool:
        """Whether everything was here already."""
        return not any(v for name, v in self.counts().items() if name != "removed")


class Merge:
    """One merge of the attached file `theirs` into `db`.

    `steps` is run piece by piece, each in a transaction of the caller's; between them others may write.
    """

    def __init__(self) -> None:
        self.result = Merged()
        self.total = 0
        self.done = 0

    def attach(self, db: sqlite3.Connection, path: Path) -> None:
        """Make the file readable as `theirs`; outside a transaction."""
        with_checksum(db)
        db.execute("ATTACH ? AS theirs", (str(path),))

    def detach(self, db: sqlite3.Connection) -> None:
        """Let go of the file; outside a transaction."""
        db.execute("DETACH theirs")

    def steps(self, db: sqlite3.Connection) -> Iterator[None]:
        """Everything there is to do, a bounded amount before each `yield`."""
        self._gone(db)
        self._assistants(db)
        yield
        ids = [row[0] for row in db.execute("SELECT id FROM theirs.conversation ORDER BY created_at, id")]
        self.total = len(ids)
        for conversation in ids:
            yield from self._conversation(db, conversation)
            self.done += 1
        yield from self._attempts(db)
        self._ledger(db)
        yield

    def _gone(self, db: sqlite3.Connection) -> None:
        """Their removals hold for what we do not have; what we have is ours to remove."""
        for kind in ("conversation", "assistant", "grant", "correction"):
            db.execute(
                "INSERT OR IGNORE INTO gone (kind, id, at) SELECT kind, id, at FROM theirs.gone "
                f'WHERE kind = ? AND id NOT IN (SELECT id FROM main."{kind}")',
                (kind,),
            )
        kin.take_notes(db, ours=True)
        db.execute("INSERT OR IGNORE INTO told (what, at) SELECT what, at FROM theirs.told")

    def _assistants(self, db: sqlite3.Connection) -> None:
        columns = (
            "id, name, position, builtin_of, created_at, updated_at, deleted_at, chain, parameters, system"
        )
        changed = ", ".join(f"{c} = excluded.{c}" for c in columns.split(", ")[1:])
        self.result.assistants += db.execute(
            f"INSERT INTO main.assistant ({columns}) SELECT {columns} FROM theirs.assistant t "
            "WHERE t.id NOT IN (SELECT id FROM main.gone WHERE kind = 'assistant') "
            f"ON CONFLICT (id) DO UPDATE SET {changed} WHERE excluded.updated_at > assistant.updated_at"
        ).rowcount

    def _conversation(self, db: sqlite3.Connection, conversation: str) -> Iterator[None]:
        if db.execute(
            "SELECT 1 FROM main.gone WHERE kind = 'conversation' AND id = ?", (conversation,)
        ).fetchone():
            self.result.removed += 1
            return
        before = self.result.messages, self.result.improved, self.result.attachments
        mine = db.execute("SELECT changed_at FROM main.conversation WHERE id = ?", (conversation,)).fetchone()
        if mine is None:
            # Changed at the beginning of time: whatever cuts us short, the next merge completes the row.
            db.execute(
                "INSERT INTO main.conversation "
                "(id, title, created_at, updated_at, practice, origin, changed_at) "
                "SELECT id, title, created_at, updated_at, practice, CASE WHEN origin IN (SELECT origin FROM "
                "main.conversation) THEN NULL ELSE origin END, 0 FROM theirs.conversation WHERE id = ?",
                (conversation,),
            )
            self.result.conversations += 1
        for part in _in_order(db, conversation):
            self._messages(db, conversation, part)
            yield
            if self._is_gone(db, conversation):
                return
        if self._settle(db, conversation):
            self.result.touched.add(conversation)
        row_changed = self._row(db, conversation)
        self.result.changed += row_changed and mine is not None
        if row_changed or before != (self.result.messages, self.result.improved, self.result.attachments):
            self.result.touched.add(conversation)
            conversations.refresh(db, conversation)
        yield

    def _settle(self, db: sqlite3.Connection, conversation: str) -> bool:
        """Let each message follow what it follows by all that is known now; whether anything changed."""
        return kin.carry_out(db, conversation, kin.plan(db, conversation))

    def _is_gone(self, db: sqlite3.Connection, conversation: str) -> bool:
        """Whether it was removed between two steps."""
        return not db.execute("SELECT 1 FROM main.conversation WHERE id = ?", (conversation,)).fetchone()

    def _messages(self, db: sqlite3.Connection, conversation: str, ids: list[str]) -> None:
        marks = ", ".join("?" * len(ids))
        values = ", ".join(_theirs(name) for name in _MESSAGE)
        # One by one in the order given: a parent comes before its children.
        known = {row[0] for row in db.execute(f"SELECT id FROM main.message WHERE id IN ({marks})", ids)}
        for ident in ids:
            if ident in known:
                continue
            self.result.messages += db.execute(
                f"INSERT OR IGNORE INTO main.message ({', '.join(_MESSAGE)}, origin) SELECT {values}, "
                "CASE WHEN EXISTS (SELECT 1 FROM main.message o WHERE o.conversation = t.conversation "
                "AND o.origin = t.origin) THEN NULL ELSE t.origin END FROM theirs.message t WHERE t.id = ?",
                (ident,),
            ).rowcount
        changed = ", ".join(f"{name} = {_theirs(name)}" for name in _TEXTS)
        self.result.improved += db.execute(
            f"UPDATE main.message AS m SET {changed} FROM theirs.message t WHERE t.id = m.id "
            f"AND m.conversation = ? AND m.id IN ({marks}) AND m.status <> 'streaming' "
            f"AND (t.updated_at > m.updated_at OR (m.crc <> {checksum_of('m')} "
            f"AND t.crc = {checksum_of('t')}))",
            (conversation, *ids),
        ).rowcount
        # A stand-in for a lost message knows neither who spoke nor what it followed.
        stand_ins = db.execute(
            "SELECT m.id, t.parent FROM main.message m JOIN theirs.message t ON t.id = m.id "
            f"WHERE m.id IN ({marks}) AND m.parent IS NULL AND t.parent IS NOT NULL "
            "AND t.updated_at >= m.updated_at",
            ids,
        ).fetchall()
        for ident, parent in stand_ins:
            if follows(db, parent, ident) is False:
                db.execute(
                    "UPDATE main.message AS m SET parent = t.parent, role = t.role, "
                    "created_at = t.created_at FROM theirs.message t WHERE t.id = m.id AND m.id = ?",
                    (ident,),
                )
        kin.claim(db, conversation, marks, ids)
        self.result.attachments += db.execute(
            "INSERT OR IGNORE INTO main.attachment SELECT * FROM theirs.attachment a "
            f"WHERE a.message IN ({marks}) AND EXISTS (SELECT 1 FROM main.message m WHERE m.id = a.message)",
            ids,
        ).rowcount

    def _row(self, db: sqlite3.Connection, conversation: str) -> bool:
        """The later of both rows, and a head that exists; True when ours was the older one."""
        newer = db.execute(
            f"UPDATE main.conversation AS c SET {', '.join(f'{n} = t.{n}' for n in _ROW)}, "
            "head = CASE WHEN EXISTS (SELECT 1 FROM main.message m WHERE m.id = t.head) THEN t.head "
            "ELSE c.head END FROM theirs.conversation t "
            "WHERE t.id = c.id AND c.id = ? AND t.changed_at > c.changed_at",
            (conversation,),
        ).rowcount
        db.execute(
            "UPDATE main.conversation SET updated_at = max(updated_at, "
            "(SELECT t.updated_at FROM theirs.conversation t WHERE t.id = conversation.id)) WHERE id = ?",
            (conversation,),
        )
        db.execute(
            "UPDATE main.conversation SET head = (SELECT m.id FROM main.message m "
            "WHERE m.conversation = conversation.id AND NOT EXISTS (SELECT 1 FROM main.message c "
            "WHERE c.parent = m.id) ORDER BY m.seq DESC LIMIT 1) WHERE id = ? AND head IS NULL",
            (conversation,),
        )
        return newer > 0

    def _attempts(self, db: sqlite3.Connection) -> Iterator[None]:
        """What was spent counts whatever became of the conversation."""
        columns = [row[1] for row in db.execute("PRAGMA main.table_info(attempt)")]
        special = {
            "message": "(SELECT m.id FROM main.message m WHERE m.id = t.message)",
            "conversation": "(SELECT c.id FROM main.conversation c WHERE c.id = t.conversation)",
            "outcome": "CASE t.outcome WHEN 'running' THEN 'stopped' ELSE t.outcome END",
            "code": "CASE t.outcome WHEN 'running' THEN 'interrupted' ELSE t.code END",
            "owner": "NULL",
        }
        values = ", ".join(special.get(c, f't."{c}"') for c in columns)
        names = ", ".join(f'"{c}"' for c in columns)
        last = db.execute("SELECT coalesce(max(rowid), 0) FROM theirs.attempt").fetchone()[0]
        for start in range(0, last + 1, BATCH):
            piece = (start, start + BATCH)
            self.result.attempts += db.execute(
                f"INSERT OR IGNORE INTO main.attempt ({names}) SELECT {values} FROM theirs.attempt t "
                "WHERE t.rowid >= ? AND t.rowid < ?",
                piece,
            ).rowcount
            db.execute(
                f"UPDATE main.attempt AS a SET message = {special['message']}, "
                f"conversation = {special['conversation']} FROM theirs.attempt t "
                "WHERE t.id = a.id AND a.message IS NULL AND t.message IS NOT NULL "
                "AND t.rowid >= ? AND t.rowid < ?",
                piece,
            )
            yield

    def _ledger(self, db: sqlite3.Connection) -> None:
        """Grants we do not have; of two made from one offer ours stays; corrections follow their grant."""
        columns = ", ".join(f'"{row[1]}"' for row in db.execute('PRAGMA main.table_info("grant")'))
        db.execute(
            f'INSERT OR IGNORE INTO main."grant" ({columns}) SELECT {columns} FROM theirs."grant" t '
            "WHERE t.id NOT IN (SELECT id FROM main.gone WHERE kind = 'grant') AND NOT EXISTS (SELECT 1 "
            "FROM main.\"grant\" g WHERE t.source <> 'user' AND g.source = t.source "
            "AND g.provider = t.provider AND g.model IS t.model)"
        )
        columns = ", ".join(f'"{row[1]}"' for row in db.execute("PRAGMA main.table_info(correction)"))
        db.execute(
            f"INSERT OR IGNORE INTO main.correction ({columns}) SELECT {columns} FROM theirs.correction t "
            "WHERE t.id NOT IN (SELECT id FROM main.gone WHERE kind = 'correction') "
            'AND (t.grant_id IS NULL OR t.grant_id IN (SELECT id FROM main."grant"))'
        )


def merge_now(db: sqlite3.Connection, path: Path) -> Merged:
    """The whole merge at once, for a file nobody else has open."""
    merge = Merge()
    merge.attach(db, path)
    try:
        steps = merge.steps(db)
        while True:
            db.execute("BEGIN IMMEDIATE")
            try:
                ended = next(steps, steps) is steps
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            if ended:
                return merge.result
    finally:
        merge.detach(db)


def _in_order(db: sqlite3.Connection, conversation: str) -> Iterator[list[str]]:
    """Their messages of a conversation in pieces, as they were stored, but no child before its parent, and
    none that was removed, unless something new was written under it."""
    query = "SELECT id, parent FROM theirs.message WHERE conversation = ? ORDER BY seq"
    parents: dict[str, str | None] = dict(db.execute(query, (conversation,)).fetchall())
    kept = kin.plan(db, conversation, theirs=True).above
    ids = [ident for ident in parents_first(parents) if ident in kept]
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def follows(db: sqlite3.Connection, message: str, ancestor: str) -> bool | None:
    """Whether a message is, or comes somewhere after, `ancestor`; None when it is not here.

    Files that each are a tree may together ask for a ring, in which nobody would find an end.
    """
    at: str | None = message
    seen: set[str] = set()
    while at is not None and at != ancestor:
        row = db.execute("SELECT parent FROM main.message WHERE id = ?", (at,)).fetchone()
        if row is None or at in seen:
            return None
        seen.add(at)
        at = row[0]
    return at is not None


def _theirs(name: str) -> str:
    """Their value of a column of a message: nobody here is writing an answer of theirs."""
    if name == "status":
        return "CASE t.status WHEN 'streaming' THEN 'interrupted' ELSE t.status END"
    if name == "parent":
        return "(SELECT p.id FROM main.message p WHERE p.id = t.parent)"
    return f"t.{name}"
