"""SQL of messages: the tree, the branch shown, growing answers, what a crash left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from app.store import conversations, drafts
from app.store.entries import Attachment
from app.store.records import Conversation, Message
from app.store.rows import LATER, batches, insert, listed, moment, names, update
from app.store.schema_v2 import checksum

_COLUMNS = names(Message, "siblings", "enclosed")
_ROLE = _COLUMNS.index("role")
_TIMES = slice(_COLUMNS.index("created_at"), _COLUMNS.index("updated_at") + 1)
_SELECT = f"SELECT {listed(_COLUMNS)} FROM message"
_INSERT = insert("message", (*_COLUMNS, "owner", "origin", "crc"))
_ATTACHMENT = names(Attachment)
_ADD_ATTACHMENT = insert("attachment", _ATTACHMENT)

_PARENT = "SELECT parent FROM message WHERE id = ? AND conversation = ?"

_TREE = "SELECT id, parent FROM message INDEXED BY message_tree WHERE conversation = ?"

_NEWEST_LEAF = """
    WITH RECURSIVE down (id, depth) AS (
        SELECT ?, 0
        UNION ALL
        SELECT (SELECT c.id FROM message AS c WHERE c.parent = down.id ORDER BY c.seq DESC LIMIT 1), depth + 1
        FROM down WHERE down.id IS NOT NULL AND depth < 1000000
    )
    SELECT id FROM down WHERE id IS NOT NULL ORDER BY depth DESC LIMIT 1
"""


def add(db: sqlite3.Connection, message: Message, owner: str, origin: str | None = None) -> None:
    """Store a message; `owner` is noted while its answer is being written."""
    values = tuple(getattr(message, name) for name in _COLUMNS)
    writer = owner if message.status == "streaming" else None
    db.execute(_INSERT, (*values, writer, origin, checksum(message.text, message.reasoning)))


def add_attachments(db: sqlite3.Connection, attachments: Sequence[Attachment]) -> None:
    """Store the parts of messages that are stored."""
    db.executemany(_ADD_ATTACHMENT, [tuple(getattr(a, name) for name in _ATTACHMENT) for a in attachments])


def attachments(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[Attachment]]:
    """The parts of these messages, in order; messages without any are left out."""
    found: dict[str, list[Attachment]] = {}
    for marks, part in batches(ids):
        rows = db.execute(
            f"SELECT {listed(_ATTACHMENT)} FROM attachment WHERE message IN ({marks}) "
            "ORDER BY message, position",
            part,
        )
        for row in rows:
            attachment = Attachment(*row)
            found.setdefault(attachment.message, []).append(attachment)
    return found


def branch(db: sqlite3.Connection, conversation: str, head: str | None = None) -> list[str]:
    """Ids from the root to `head` (None = the conversation's own).

    The tree is read in one sweep over an index and walked here: for ten thousand messages that takes a
    quarter of the time of a recursive query, which looks each one up by itself.
    """
    if head is None:
        row = db.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()
        head = row[0] if row else None
    parents: dict[str, str | None] = dict(db.execute(_TREE, (conversation,)))
    found: list[str] = []
    while head is not None and head in parents:
        found.append(head)
        # Taken out, so that a damaged tree that goes round in a ring has an end, too.
        head = parents.pop(head)
    found.reverse()
    return found


def tail(db: sqlite3.Connection, conversation: str, most: int) -> tuple[list[str], bool]:
    """The last `most` ids of the branch shown, oldest first, and whether there are more before them.

    A few look-ups by id, however long the conversation is.
    """
    row = db.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()
    following: str | None = row[0] if row else None
    found: list[str] = []
    while following is not None and len(found) < most:
        parent = db.execute(_PARENT, (following, conversation)).fetchone()
        if parent is None:
            following = None
        else:
            found.append(following)
            following = parent[0]
    found.reverse()
    return found, following is not None


def newest_leaf(db: sqlite3.Connection, message: str) -> str:
    """The end of the newest branch through `message`."""
    return db.execute(_NEWEST_LEAF, (message,)).fetchone()[0]


def get(db: sqlite3.Connection, ids: Sequence[str]) -> list[Message]:
    """These messages in the order asked for, with their siblings; unknown ids are left out."""
    rows: dict[str, tuple[Any, ...]] = {}
    for marks, part in batches(ids):
        rows.update((row[0], row) for row in db.execute(f"{_SELECT} WHERE id IN ({marks})", part))
    families = _families(db, rows)
    parts = drafts.heads(db, [i for i, row in rows.items() if row[_ROLE] == "user"])
    return [
        Message(*_sound(rows[i]), siblings=tuple(families[_family(rows[i])]), enclosed=parts.get(i, ()))
        for i in ids
        if i in rows
    ]


def _sound(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[: _TIMES.start], *map(moment, row[_TIMES]), *row[_TIMES.stop :])


def _family(row: tuple[Any, ...]) -> tuple[str, str | None]:
    """What siblings have in common: the parent, for first messages the conversation."""
    return ("", row[2]) if row[2] is not None else (row[1], None)


def _families(
    db: sqlite3.Connection, rows: dict[str, tuple[Any, ...]]
) -> dict[tuple[str, str | None], list[str]]:
    found: dict[tuple[str, str | None], list[str]] = {}
    parents = list({row[2] for row in rows.values() if row[2] is not None})
    for marks, part in batches(parents):
        for parent, child in db.execute(
            f"SELECT parent, id FROM message WHERE parent IN ({marks}) ORDER BY parent, seq", part
        ):
            found.setdefault(("", parent), []).append(child)
    for conversation in {row[1] for row in rows.values() if row[2] is None}:
        first = db.execute(
            "SELECT id FROM message WHERE conversation = ? AND parent IS NULL ORDER BY seq", (conversation,)
        )
        found[conversation, None] = [row[0] for row in first]
    return found


def add_turn(
    db: sqlite3.Connection,
    conversation: str,
    question: Message,
    answer: Message,
    parts: Sequence[Attachment],
    owner: str,
    at: float,
) -> None:
    """Store a question and its empty answer and show the branch that ends in them."""
    add(db, question, owner)
    add_attachments(db, parts)
    drafts.drop(db, [part.id for part in parts])
    add(db, answer, owner)
    conversations.set_head(db, conversation, answer.id, at, said=True)


def add_one(
    db: sqlite3.Connection,
    message: Message,
    parts: Sequence[Attachment],
    owner: str,
    at: float,
    show: bool,
) -> None:
    """Store one message; with `show` the branch shown ends in it."""
    add(db, message, owner)
    add_attachments(db, parts)
    if show:
        conversations.set_head(db, message.conversation, message.id, at, said=True)


def add_whole(
    db: sqlite3.Connection,
    conversation: Conversation,
    tree: Sequence[Message],
    parts: Sequence[Attachment],
    origin: str | None,
    owner: str,
) -> bool:
    """Store a conversation with all its messages; False when one of that origin is there."""
    if origin is not None and conversations.by_origin(db, origin) is not None:
        return False
    conversations.add(db, conversation, origin)
    for message in tree:
        add(db, message, owner)
    add_attachments(db, parts)
    conversations.refresh(db, conversation.id)
    return True


def show_newest(db: sqlite3.Connection, conversation: str, message: str, at: float) -> str:
    """Show the newest branch through `message`; returns its end."""
    leaf = newest_leaf(db, message)
    conversations.set_head(db, conversation, leaf, at)
    return leaf


def save(
    db: sqlite3.Connection, message: str, values: dict[str, object], owner: str, at: float
) -> str | None:
    """Set some columns of an answer; returns its conversation, None when the message is gone."""
    if (status := values.get("status")) is not None:
        values = {**values, "owner": owner if status == "streaming" else None}
    # Later than what it was, whatever any clock says: elsewhere the later one stays.
    was = db.execute("SELECT updated_at FROM message WHERE id = ?", (message,)).fetchone()
    if was is not None:
        at = max(at, was[0] + LATER)
    if not update(db, "message", message, {**values, "updated_at": at}):
        return None
    if "text" in values or "reasoning" in values:
        texts = db.execute("SELECT text, reasoning FROM message WHERE id = ?", (message,)).fetchone()
        db.execute("UPDATE message SET crc = ? WHERE id = ?", (checksum(*texts), message))
    conversation: str = db.execute("SELECT conversation FROM message WHERE id = ?", (message,)).fetchone()[0]
    if status is not None:
        conversations.touch(db, conversation, at)
        conversations.refresh(db, conversation)
    return conversation


def save_text(db: sqlite3.Connection, message: str, text: str, reasoning: str, at: float) -> None:
    """Keep what has arrived of an answer that is still being written."""
    db.execute(
        f"UPDATE message SET text = ?, reasoning = ?, crc = ?, updated_at = max(?, updated_at + {LATER}) "
        "WHERE id = ? AND status = 'streaming'",
        (text, reasoning, checksum(text, reasoning), at, message),
    )


def recover(
    db: sqlite3.Connection, is_dead: Callable[[str | None], bool], at: float
) -> list[tuple[str, str]]:
    """Mark answers as interrupted whose writer has died; returns (conversation, message) of each.

    Attempts that were running end as `stopped`, with the code `interrupted`.
    """
    found: list[tuple[str, str]] = []
    writing = "SELECT DISTINCT owner FROM message WHERE status = 'streaming'"
    for (owner,) in db.execute(writing).fetchall():
        if is_dead(owner):
            theirs = "status = 'streaming' AND owner IS ?"
            found += db.execute(f"SELECT conversation, id FROM message WHERE {theirs}", (owner,)).fetchall()
            db.execute(
                "UPDATE message SET status = 'interrupted', owner = NULL, "
                f"updated_at = max(?, updated_at + {LATER}) WHERE {theirs}",
                (at, owner),
            )
    running = "SELECT DISTINCT owner FROM attempt WHERE outcome = 'running'"
    for (owner,) in db.execute(running).fetchall():
        if is_dead(owner):
            db.execute(
                "UPDATE attempt SET outcome = 'stopped', code = 'interrupted', owner = NULL "
                "WHERE outcome = 'running' AND owner IS ?",
                (owner,),
            )
    for conversation in {row[0] for row in found}:
        conversations.refresh(db, conversation)
    return found
