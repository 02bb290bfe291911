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

from app.store import conversations, kin, sync_removal, sync_tables
from app.store.merge import Merge
from app.store.sync_tables import UNITS, Fields

_FINAL = "('done', 'stopped')"
_KEPT = (
    "conversation", "parent", "role", "status", "created_at", "updated_at", "reasoning_ms", "provider",
    "model", "finish", "text", "reasoning", "note", "column_group", "crc",
)  # fmt: skip


class SyncMerge(Merge):
    """One merge of the attached change file `theirs`."""

    def steps(self, db: sqlite3.Connection) -> Iterator[None]:
        """As of any merge; then the trees of which only notes came."""
        yield from super().steps(db)
        for conversation in sorted(self._noted):
            if _is_there(db, "conversation", conversation) and self._settle(db, conversation):
                self.result.touched.add(conversation)
                conversations.refresh(db, conversation)
            yield

    def _gone(self, db: sqlite3.Connection) -> None:
        kin.take_notes(db, ours=False)
        self._noted = kin.noted(db)
        marks = ", ".join("?" * len(kin.KINDS))
        others = f"SELECT kind, id, at FROM theirs.gone WHERE kind NOT IN ({marks})"
        for kind, ident, at in db.execute(others, kin.KINDS).fetchall():
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
                    # Of a newer program.
                    kept = True
            if not kept:
                db.execute(
                    "INSERT OR IGNORE INTO main.gone (kind, id, at) VALUES (?, ?, ?)", (kind, ident, at)
                )

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
        forgotten = db.execute(
            "DELETE FROM main.gone WHERE kind = 'conversation' AND id = ? AND at < (SELECT "
            "max(changed_at, updated_at) FROM theirs.conversation WHERE id = ?)",
            (conversation, conversation),
        ).rowcount
        if forgotten:
            # What else of it is in files that were read before has to come back, too.
            sync_removal.want_again(db, conversation)
        yield from super()._conversation(db, conversation)
        self._noted.discard(conversation)

    def _settle(self, db: sqlite3.Connection, conversation: str) -> bool:
        return sync_removal.settle(db, conversation)

    def _messages(self, db: sqlite3.Connection, conversation: str, ids: list[str]) -> None:
        marks = ", ".join("?" * len(ids))
        for ident in self._in_conflict(db, marks, ids):
            self._keep_both(db, conversation, ident)
        super()._messages(db, conversation, ids)
        # The same moment on both sides: the larger checksum stays, on every computer the same.
        changed = ", ".join(f"{n} = t.{n}" for n in ("status", "text", "reasoning", "note", "finish", "crc"))
        db.execute(
            f"UPDATE main.message AS m SET {changed} FROM theirs.message t WHERE t.id = m.id "
            f"AND m.id IN ({marks}) AND m.status <> 'streaming' AND t.updated_at = m.updated_at "
            "AND t.crc > m.crc",
            ids,
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

    def _keep_both(self, db: sqlite3.Connection, conversation: str, ident: str) -> None:
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
        kin.note_alike(db, conversation, ident, copy)

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
                sync_removal.wait_for_head(db, conversation, values["head"], their)
                mine[unit] = their
                continue
            if unit == "head":
                sync_tables.forget_waiting(db, conversation)
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
        shown = sync_removal.show(db, conversation)
        return shown or bool(taken) or updated_at != before[1]

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
        db.execute(
            "INSERT OR REPLACE INTO sync_waiting (kind, id, value, at, hash) "
            "SELECT 'of', t.id, t.conversation, 0, '' FROM theirs.attempt t "
            "JOIN main.attempt a ON a.id = t.id "
            "WHERE t.conversation IS NOT NULL AND a.conversation IS NULL"
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
    # Of a version that waited for what a message follows.
    for ident, value, conversation in db.execute(
        "SELECT m.id, w.value, m.conversation FROM sync_waiting w JOIN message m ON m.id = w.id "
        "WHERE w.kind IN ('parent', 'moved')"
    ).fetchall():
        kin.note_place(db, conversation, ident, value, 0)
        touched.add(conversation)
    db.execute("DELETE FROM sync_waiting WHERE kind IN ('parent', 'moved')")
    db.execute(
        "UPDATE attempt AS a SET message = m.id, conversation = m.conversation FROM sync_waiting w "
        "JOIN message m ON m.id = w.value WHERE w.kind = 'attempt' AND w.id = a.id AND a.message IS NULL"
    )
    db.execute("DELETE FROM sync_waiting WHERE kind = 'attempt' AND value IN (SELECT id FROM message)")
    db.execute(
        "UPDATE attempt AS a SET conversation = c.id FROM sync_waiting w "
        "JOIN conversation c ON c.id = w.value WHERE w.kind = 'of' AND w.id = a.id AND a.conversation IS NULL"
    )
    db.execute("DELETE FROM sync_waiting WHERE kind = 'of' AND value IN (SELECT id FROM conversation)")
    touched.update(
        row[0]
        for row in db.execute(
            "SELECT w.id FROM sync_waiting w JOIN message m ON m.id = w.value "
            "JOIN conversation c ON c.id = w.id WHERE w.kind = 'head' "
            "UNION SELECT c.id FROM conversation c WHERE c.head IS NULL "
            "AND EXISTS (SELECT 1 FROM message m WHERE m.conversation = c.id)"
        )
    )
    for conversation in touched:
        sync_removal.settle(db, conversation)
        conversations.refresh(db, conversation)
    return touched


def _is_there(db: sqlite3.Connection, table: str, ident: str) -> bool:
    return db.execute(f'SELECT 1 FROM main."{table}" WHERE id = ?', (ident,)).fetchone() is not None


def _forget(db: sqlite3.Connection, kind: str, ident: str) -> None:
    db.execute("DELETE FROM sync_known WHERE kind = ? AND id = ?", (kind, ident))
