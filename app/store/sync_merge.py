"""Merging a change file of another computer: as any merge, but both sides end up with the same.

Of each field of a conversation the later change stays, so that a new title here and a pin there both hold.
What was removed for good there is removed here, unless something was said or changed here since: then it
comes back there. Where two texts of one message differ and neither continues the other, both stay: the one
that gives way becomes a message of its own beside it, on every computer the same.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

from app.store import conversations, sync_removal, sync_tables
from app.store.merge import Merge, follows, moves, place_under
from app.store.rows import batches
from app.store.sync_tables import UNITS, Fields

_FINAL = "('done', 'stopped')"
_KEPT = (
    "conversation", "parent", "role", "status", "created_at", "updated_at", "reasoning_ms", "provider",
    "model", "finish", "text", "reasoning", "note", "column_group", "crc",
)  # fmt: skip


class SyncMerge(Merge):
    """One merge of the attached change file `theirs`."""

    def _gone(self, db: sqlite3.Connection) -> None:
        # What moved up there when a message was removed alone, before that one is looked for here.
        both = db.execute("SELECT t.id FROM theirs.message t JOIN main.message m ON m.id = t.id").fetchall()
        for marks, part in batches([row[0] for row in both]):
            for ident, parent, _ in moves(db, marks, part):
                place_under(db, ident, parent)
        for kind, ident, at in db.execute("SELECT kind, id, at FROM theirs.gone").fetchall():
            match kind:
                case "conversation":
                    kept = not self._remove_conversation(db, ident, at)
                case "assistant":
                    db.execute("DELETE FROM main.assistant WHERE id = ? AND updated_at <= ?", (ident, at))
                    kept = _is_there(db, "assistant", ident)
                    if kept:
                        _forget(db, "assistant", ident)
                case "grant":
                    db.execute("DELETE FROM main.correction WHERE grant_id = ?", (ident,))
                    db.execute('DELETE FROM main."grant" WHERE id = ?', (ident,))
                    kept = False
                case "correction":
                    db.execute("DELETE FROM main.correction WHERE id = ?", (ident,))
                    kept = False
                case _:
                    # Those of messages follow.
                    kept = True
            if not kept:
                db.execute(
                    "INSERT OR IGNORE INTO main.gone (kind, id, at) VALUES (?, ?, ?)", (kind, ident, at)
                )
        self.result.touched |= sync_removal.take_over(db)

    def _remove_conversation(self, db: sqlite3.Connection, conversation: str, at: float) -> bool:
        """Remove it unless it is newer than its removal; then the place gets all of it once more."""
        row = db.execute(
            "SELECT max(changed_at, updated_at) FROM main.conversation WHERE id = ?", (conversation,)
        ).fetchone()
        if row is None:
            return True
        if row[0] > at:
            _forget(db, "conversation", conversation)
            db.execute(
                "DELETE FROM sync_known WHERE kind = 'message' AND id IN "
                "(SELECT id FROM main.message WHERE conversation = ?)",
                (conversation,),
            )
            return False
        db.execute("UPDATE main.conversation SET head = NULL WHERE id = ?", (conversation,))
        db.execute("DELETE FROM main.conversation WHERE id = ?", (conversation,))
        db.execute("DELETE FROM sync_field WHERE conversation = ?", (conversation,))
        self.result.touched.add(conversation)
        self.result.changed += 1
        return True

    def _assistants(self, db: sqlite3.Connection) -> None:
        db.execute(
            "DELETE FROM main.gone WHERE kind = 'assistant' AND EXISTS (SELECT 1 FROM theirs.assistant t "
            "WHERE t.id = gone.id AND t.updated_at > gone.at)"
        )
        super()._assistants(db)

    def _conversation(self, db: sqlite3.Connection, conversation: str) -> Iterator[None]:
        db.execute(
            "DELETE FROM main.gone WHERE kind = 'conversation' AND id = ? AND at < (SELECT "
            "max(changed_at, updated_at) FROM theirs.conversation WHERE id = ?)",
            (conversation, conversation),
        )
        yield from super()._conversation(db, conversation)

    def _messages(self, db: sqlite3.Connection, conversation: str, ids: list[str]) -> None:
        marks = ", ".join("?" * len(ids))
        for ident in self._in_conflict(db, marks, ids):
            self._keep_both(db, ident)
        super()._messages(db, conversation, ids)
        db.execute(
            "DELETE FROM main.gone WHERE kind = 'message' AND id IN (SELECT m.id FROM main.message m "
            f"WHERE m.id IN ({marks}))",
            ids,
        )
        # The same moment on both sides: the larger checksum stays, on every computer the same.
        changed = ", ".join(f"{n} = t.{n}" for n in ("status", "text", "reasoning", "note", "finish", "crc"))
        db.execute(
            f"UPDATE main.message AS m SET {changed} FROM theirs.message t WHERE t.id = m.id "
            f"AND m.id IN ({marks}) AND m.status <> 'streaming' AND t.updated_at = m.updated_at "
            "AND t.crc > m.crc",
            ids,
        )
        db.execute(
            "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) "
            "SELECT 'parent', t.id, t.parent, 0, '' FROM theirs.message t JOIN main.message m ON m.id = t.id "
            f"WHERE t.id IN ({marks}) AND t.parent IS NOT NULL AND m.parent IS NULL "
            "AND t.updated_at >= m.updated_at",
            ids,
        )

    def _moved(self, db: sqlite3.Connection, marks: str, ids: list[str]) -> None:
        """The later place of a message counts; one under a message that is not here yet waits for it."""
        for ident, parent, _ in moves(db, marks, ids):
            if not place_under(db, ident, parent):
                db.execute(
                    "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) "
                    "VALUES ('moved', ?, ?, 0, '')",
                    (ident, parent),
                )

    def _in_conflict(self, db: sqlite3.Connection, marks: str, ids: list[str]) -> list[str]:
        rows = db.execute(
            "SELECT m.id FROM main.message m JOIN theirs.message t ON t.id = m.id "
            f"WHERE m.id IN ({marks}) AND m.crc <> t.crc AND m.text <> t.text "
            f"AND m.status IN {_FINAL} AND t.status IN {_FINAL} "
            "AND substr(m.text, 1, length(t.text)) <> t.text AND substr(t.text, 1, length(m.text)) <> m.text",
            ids,
        )
        return [row[0] for row in rows.fetchall()]

    def _keep_both(self, db: sqlite3.Connection, ident: str) -> None:
        """Store the text that is about to give way as a message beside the other."""
        mine, theirs = (
            db.execute(f"SELECT updated_at, crc FROM {schema}.message WHERE id = ?", (ident,)).fetchone()
            for schema in ("main", "theirs")
        )
        loser = "main" if (theirs[0], theirs[1]) > (mine[0], mine[1]) else "theirs"
        crc = (mine if loser == "main" else theirs)[1]
        copy = hashlib.sha256(f"{ident}|{crc}".encode()).hexdigest()[:32]
        columns = ", ".join(_KEPT)
        values = ", ".join("p.id" if n == "parent" else f"l.{n}" for n in _KEPT)
        self.result.messages += db.execute(
            f"INSERT OR IGNORE INTO main.message (id, {columns}) SELECT ?, {values} FROM {loser}.message l "
            "JOIN main.message o ON o.id = l.id LEFT JOIN main.message p ON p.id = o.parent WHERE l.id = ?",
            (copy, ident),
        ).rowcount

    def _row(self, db: sqlite3.Connection, conversation: str) -> bool:
        """Field by field the later change; True when anything here changed."""
        names = ", ".join(sync_tables.COLUMNS)
        before = db.execute(
            f"SELECT changed_at, updated_at, {names} FROM main.conversation WHERE id = ?", (conversation,)
        ).fetchone()
        after = db.execute(
            f"SELECT changed_at, updated_at, {names} FROM theirs.conversation WHERE id = ?", (conversation,)
        ).fetchone()
        new = before[0] == 0
        mine: Fields = {} if new else sync_tables.look(db, conversation)
        theirs = self._their_fields(db, conversation, after)
        values = dict(zip(sync_tables.COLUMNS, after[2:], strict=True))
        taken: list[str] = []
        for unit, their in theirs.items():
            if unit in mine and mine[unit] >= their:
                continue
            if unit == "head" and values["head"] is not None and not _is_there(db, "message", values["head"]):
                db.execute(
                    "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) "
                    "VALUES ('head', ?, ?, ?, ?)",
                    (conversation, values["head"], *their),
                )
                continue
            mine[unit] = their
            taken += UNITS[unit]
        updated_at = max(before[1], after[1])
        changes = {name: values[name] for name in taken}
        deleted = changes.get("deleted_at", before[2 + sync_tables.COLUMNS.index("deleted_at")])
        if deleted is not None and updated_at > deleted and not new:
            # Something was said in it after it was put into the bin elsewhere.
            changes["deleted_at"] = None
            mine["deleted"] = (max(updated_at, mine["deleted"][0]), sync_tables.digest_of([None]))
        changes |= {"changed_at": max(before[0], after[0]), "updated_at": updated_at}
        db.execute(
            f"UPDATE main.conversation SET {', '.join(f'{n} = ?' for n in changes)} WHERE id = ?",
            (*changes.values(), conversation),
        )
        sync_tables.keep_fields(db, conversation, updated_at, sync_tables.seen(db, conversation), mine)
        return bool(taken) or updated_at != before[1]

    def _their_fields(self, db: sqlite3.Connection, conversation: str, row: tuple[object, ...]) -> Fields:
        found = db.execute(
            "SELECT fields FROM theirs.sync_field WHERE conversation = ?", (conversation,)
        ).fetchone()
        fields = sync_tables.read_fields(found[0] if found is not None else None)
        # What was said there is what the row says, whatever stands beside it.
        now = sync_tables.digests(row[2:])
        return {unit: (at, digest) for unit, (at, digest) in fields.items() if now[unit] == digest}

    def _attempts(self, db: sqlite3.Connection) -> Iterator[None]:
        yield from super()._attempts(db)
        db.execute(
            "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) "
            "SELECT 'attempt', t.id, t.message, 0, '' FROM theirs.attempt t "
            "JOIN main.attempt a ON a.id = t.id "
            "WHERE t.message IS NOT NULL AND a.message IS NULL"
        )

    def _ledger(self, db: sqlite3.Connection) -> None:
        # Both computers made a grant of their own from one offer: a correction of theirs is one of ours.
        db.execute(
            'UPDATE theirs.correction SET grant_id = coalesce((SELECT g.id FROM theirs."grant" t '
            'JOIN main."grant" g ON g.source = t.source AND g.provider = t.provider AND g.model IS t.model '
            "WHERE t.id = theirs.correction.grant_id AND t.source <> 'user'), grant_id) "
            'WHERE grant_id NOT IN (SELECT id FROM main."grant")'
        )
        super()._ledger(db)


def settle(db: sqlite3.Connection) -> set[str]:
    """Make the links whose messages have come meanwhile; returns the conversations that changed."""
    touched: set[str] = set()
    here = "EXISTS (SELECT 1 FROM message m WHERE m.id = w.value)"
    for kind, ident, value, at, digest in db.execute(
        f"SELECT kind, id, value, at, hash FROM sync_waiting w WHERE {here}"
    ).fetchall():
        if kind in ("parent", "moved"):
            row = db.execute("SELECT conversation FROM message WHERE id = ?", (ident,)).fetchone()
            if follows(db, value, ident) is False:
                only = " AND parent IS NULL" if kind == "parent" else ""
                db.execute(f"UPDATE message SET parent = ? WHERE id = ?{only}", (value, ident))
            touched |= {row[0]} if row else set()
        elif kind == "attempt":
            db.execute(
                "UPDATE attempt SET message = ?1, conversation = "
                "(SELECT conversation FROM message WHERE id = ?1) "
                "WHERE id = ?2 AND message IS NULL",
                (value, ident),
            )
        elif _is_there(db, "conversation", ident):
            fields = sync_tables.look(db, ident)
            if (at, digest) > fields.get("head", (0.0, "")):
                fields["head"] = (at, digest)
                _set_head(db, ident, value, fields)
                touched.add(ident)
        db.execute("DELETE FROM sync_waiting WHERE kind = ? AND id = ?", (kind, ident))
    for conversation, newest in db.execute(
        "SELECT c.id, (SELECT m.id FROM message m WHERE m.conversation = c.id AND NOT EXISTS "
        "(SELECT 1 FROM message x WHERE x.parent = m.id) ORDER BY m.seq DESC LIMIT 1) AS newest "
        "FROM conversation c WHERE c.head IS NULL AND newest IS NOT NULL"
    ).fetchall():
        fields = sync_tables.look(db, conversation)
        # Any head that somebody chose counts for more than this one.
        fields["head"] = (0.0, sync_tables.digest_of([newest]))
        _set_head(db, conversation, newest, fields)
        touched.add(conversation)
    for conversation in touched:
        conversations.refresh(db, conversation)
    return touched


def _set_head(db: sqlite3.Connection, conversation: str, head: str, fields: Fields) -> None:
    db.execute("UPDATE conversation SET head = ? WHERE id = ?", (head, conversation))
    (updated_at,) = db.execute("SELECT updated_at FROM conversation WHERE id = ?", (conversation,)).fetchone()
    sync_tables.keep_fields(db, conversation, updated_at, sync_tables.seen(db, conversation), fields)


def _is_there(db: sqlite3.Connection, table: str, ident: str) -> bool:
    return db.execute(f'SELECT 1 FROM main."{table}" WHERE id = ?', (ident,)).fetchone() is not None


def _forget(db: sqlite3.Connection, kind: str, ident: str) -> None:
    db.execute("DELETE FROM sync_known WHERE kind = ? AND id = ?", (kind, ident))
