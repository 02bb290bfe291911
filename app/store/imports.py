"""SQL of what comes from other programs' exports: added once, whenever and however often it is imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.store import conversations, kin, messages
from app.store.entries import Attachment
from app.store.records import Conversation, Message

Outcome = Literal["new", "more", "same", "gone"]


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of one conversation, or of a piece of it: `gone` = it was removed here for good;
    `binned` = it lies in the bin."""

    conversation: str
    outcome: Outcome
    messages: int = 0
    attachments: int = 0
    binned: bool = False


def bring(
    db: sqlite3.Connection,
    conversation: Conversation,
    origin: str,
    tree: Sequence[tuple[Message, str]],
    parts: Sequence[Attachment],
    owner: str,
    at: float,
    *,
    to_head: bool,
    begun: bool = False,
    above: Mapping[str, str | None],
) -> Brought:
    """Add what is missing of an imported conversation, or of a piece of it that follows an earlier one.

    Messages come with their origins, parents first. What the user did to it since stays: title, place, and
    the branch shown, unless new messages continue it. What was removed stays removed; what the export has
    under it follows the nearest one `above` (id → parent, of the whole conversation) that is here.
    `to_head` = the last piece, after which the branch the export shows is shown; `begun` = an earlier piece
    made the conversation.
    """
    ident = conversations.by_origin(db, origin) or _by_id(db, conversation.id)
    fresh = ident is None
    if ident is None:
        if db.execute(
            "SELECT 1 FROM gone WHERE kind = 'conversation' AND id = ?", (conversation.id,)
        ).fetchone():
            return Brought(conversation.id, "gone")
        conversations.add(db, replace(conversation, head=None, changed_at=at), origin)
        ident = conversation.id
    known: dict[str, str] = dict(
        db.execute(
            "SELECT origin, id FROM message WHERE conversation = ? AND origin IS NOT NULL", (ident,)
        ).fetchall()
    )
    ids = {message.id: known.get(name, message.id) for message, name in tree}
    removed = kin.removed(db, list(ids))
    taken: set[str] = set()
    for message, name in tree:
        if name in known or message.id in removed or _has(db, message.id):
            continue
        parent = _standing(db, message.parent, ids, above)
        messages.add(db, replace(message, conversation=ident, parent=parent), owner, name)
        taken.add(message.id)
    kept = [part for part in parts if part.message in taken]
    messages.add_attachments(db, kept)
    if taken:
        if kin.returned(db, list(taken)):
            # It comes to its old place, and what had moved up follows it again.
            kin.carry_out(db, ident, kin.plan(db, ident))
        wanted = ids.get(conversation.head or "", conversation.head) if to_head else None
        last = next(m.id for m, _name in reversed(tree) if m.id in taken)
        _show(db, ident, wanted if wanted and _has(db, wanted) else last, fresh=fresh or begun)
        db.execute(
            "UPDATE conversation SET updated_at = max(updated_at, ?), changed_at = ? WHERE id = ?",
            (conversation.updated_at, at, ident),
        )
        conversations.refresh(db, ident)
    said = max((message.created_at for message, _name in tree if message.id in taken), default=None)
    binned = not fresh and _stays_binned(db, ident, said, at)
    outcome: Outcome = "new" if fresh else "more" if taken else "same"
    return Brought(ident, outcome, len(taken), len(kept), binned)


def _stays_binned(db: sqlite3.Connection, conversation: str, said: float | None, at: float) -> bool:
    """Whether it lies in the bin; what was `said` after it went there takes it out, as when syncing."""
    (deleted,) = db.execute("SELECT deleted_at FROM conversation WHERE id = ?", (conversation,)).fetchone()
    if deleted is not None and said is not None and said > deleted:
        conversations.delete(db, [conversation], None, at)
        return False
    return deleted is not None


def _show(db: sqlite3.Connection, conversation: str, wanted: str, *, fresh: bool) -> None:
    """Let the branch end in `wanted`, if that goes on from where it ends now."""
    head = db.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    if fresh or head is None or head in messages.branch(db, conversation, wanted):
        db.execute("UPDATE conversation SET head = ? WHERE id = ?", (wanted, conversation))


def _by_id(db: sqlite3.Connection, ident: str) -> str | None:
    row = db.execute("SELECT id FROM conversation WHERE id = ?", (ident,)).fetchone()
    return None if row is None else row[0]


def _standing(
    db: sqlite3.Connection, parent: str | None, ids: Mapping[str, str], above: Mapping[str, str | None]
) -> str | None:
    """The nearest that is here of `parent` and what stands above it."""
    seen: set[str] = set()
    # An export that names two messages alike may ask for a ring.
    while parent is not None and parent not in seen:
        seen.add(parent)
        if _has(db, ids.get(parent, parent)):
            return ids.get(parent, parent)
        parent = above.get(parent)
    return None


def _has(db: sqlite3.Connection, message: str) -> bool:
    return db.execute("SELECT 1 FROM message WHERE id = ?", (message,)).fetchone() is not None
