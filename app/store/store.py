"""The store as the rest of the program sees it: one object, asynchronous methods, news of what changed.

Everything runs in the order it was called, on the database's own thread. Methods raise `KnownError` when the
disk is full, the file is read-only, locked or damaged.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypedDict, TypeVar, Unpack
from uuid import uuid4

from app.clock import Clock
from app.errors import KnownError
from app.store import attempts, conversations, grants, health, keys, messages
from app.store.database import BUSY_MS, Database, is_sound, open_for_instance
from app.store.entries import (
    Attachment,
    AttemptRecord,
    Changes,
    Correction,
    GrantRow,
    HealthRow,
    KeyRecord,
    Spent,
)
from app.store.instances import Instances
from app.store.migrations import MIGRATIONS, Migration
from app.store.records import Conversation, Message, MessageStatus

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)


class AnswerFields(TypedDict, total=False):
    """What `save_answer` can set; a field that is not given stays as it is."""

    text: str
    reasoning: str
    status: MessageStatus
    reasoning_ms: int | None
    provider: str | None
    model: str | None
    finish: str | None


class Store:
    """One open database file. Make one with `await Store.open(…)`; end it with `await close()`.

    `problems` holds what the user has to be told about the opening (a damaged file was set aside).
    `crashed` is True when a process before this one died without closing the file.
    """

    def __init__(self, database: Database, clock: Clock, instances: Instances) -> None:
        self._database = database
        self._clock = clock
        self._instances = instances
        self._callbacks: list[Callable[[Changes], None]] = []
        self.problems: tuple[KnownError, ...] = ()
        self.crashed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        clock: Clock,
        instance_lock_dir: Path,
        *,
        on_error: Callable[[BaseException], None] | None = None,
        busy_ms: int = BUSY_MS,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Store:
        """Open the file, making, migrating or replacing it where needed.

        `on_error` gets the errors of what was only posted. Raises `KnownError` when the file cannot be used.
        """
        database = Database(path, on_error or _log_error)
        store = cls(database, clock, Instances(instance_lock_dir))
        try:
            store.problems, store.crashed = await database.open(
                lambda path: open_for_instance(path, store._instances, clock.now(), busy_ms, migrations)
            )
        except BaseException:
            await database.close()
            store._instances.leave()
            raise
        return store

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def subscribe(self, callback: Callable[[Changes], None]) -> Callable[[], None]:
        """Have `callback` called in the loop's thread after every change; returns what ends that."""
        self._callbacks.append(callback)

        def end() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return end

    async def close(self) -> None:
        """Finish what was posted, checkpoint and close. Can be repeated."""
        try:
            await self._database.close()
        finally:
            self._instances.leave()

    async def check(self) -> bool:
        """Whether the file is sound. Reads all of it: for idle moments, after a crash."""
        return await self._database.call(is_sound)

    # Conversations

    async def conversations(self) -> list[Conversation]:
        """All that are not deleted, newest first."""
        return await self._database.call(conversations.shown)

    async def conversation(self, conversation: str) -> Conversation | None:
        """The conversation of that id (a deleted one too), or None."""
        return await self._database.call(conversations.one, conversation)

    async def create_conversation(
        self,
        title: str = "",
        *,
        practice: bool = False,
        system: str = "",
        chain: tuple[str, ...] | None = None,
        spend: str | None = None,
        pinned_leg: str | None = None,
    ) -> Conversation:
        """Store a new, empty conversation."""
        now = self._clock.now()
        made = Conversation(
            id=uuid4().hex,
            title=title,
            created_at=now,
            updated_at=now,
            practice=practice,
            system=system,
            chain=chain,
            spend=spend,
            pinned_leg=pinned_leg,
        )
        await self._write(Changes(frozenset({made.id})), conversations.add, made)
        return made

    async def add_conversation(
        self,
        conversation: Conversation,
        tree: Sequence[Message],
        parts: Sequence[Attachment] = (),
        origin: str | None = None,
    ) -> bool:
        """Store a whole conversation in one transaction; parents must come before their children.

        False when one of the same `origin` is there already: then nothing is stored.
        """
        changes = Changes(frozenset({conversation.id}))
        return await self._write(
            changes, messages.add_whole, conversation, tree, parts, origin, self._instances.id
        )

    async def update_conversation(self, conversation: str, **fields: Any) -> bool:
        """Set some fields of a conversation; False when it does not exist. `head` has `set_head`."""
        if wrong := fields.keys() - conversations.CHANGEABLE:
            raise TypeError(f"not changeable: {', '.join(sorted(wrong))}")
        if not fields:
            return True
        changes = Changes(frozenset({conversation}))
        return await self._write(changes, conversations.change, conversation, fields)

    async def delete_conversation(self, conversation: str) -> bool:
        """Hide a conversation; `restore_conversation` brings it back until `purge_deleted`."""
        changes = Changes(frozenset({conversation}))
        return await self._write(changes, conversations.delete, conversation, self._clock.now())

    async def restore_conversation(self, conversation: str) -> bool:
        """Take a deletion back; False when it is gone for good."""
        return await self._write(Changes(frozenset({conversation})), conversations.delete, conversation, None)

    async def purge_deleted(self, older_than: float) -> list[str]:
        """Remove for good what was deleted more than so many seconds ago; returns the ids."""
        before = self._clock.now() - older_than
        return await self._write(lambda ids: Changes(frozenset(ids)), conversations.purge, before)

    # Messages

    async def branch(self, conversation: str, head: str | None = None) -> list[str]:
        """Message ids from the root to the conversation's head, or to `head`."""
        return await self._database.call(messages.branch, conversation, head)

    async def messages(self, ids: Iterable[str]) -> list[Message]:
        """These messages in this order, with their siblings; unknown ids are left out."""
        return await self._database.call(messages.get, list(ids))

    async def attachments(self, message_ids: Iterable[str]) -> dict[str, list[Attachment]]:
        """The attachments of each of these messages that has any."""
        return await self._database.call(messages.attachments, list(message_ids))

    async def add_turn(
        self, conversation: str, question: Message, answer: Message, parts: Sequence[Attachment] = ()
    ) -> None:
        """Store a question with its attachments and the empty answer to it, and move the head there."""
        changes = Changes(frozenset({conversation}), frozenset({question.id, answer.id}))
        now = self._clock.now()
        await self._write(
            changes, messages.add_turn, conversation, question, answer, parts, self._instances.id, now
        )

    async def add_message(
        self, message: Message, *, parts: Sequence[Attachment] = (), head: bool = False
    ) -> None:
        """Store one message; with `head` the branch shown ends in it."""
        changes = Changes(frozenset({message.conversation}), frozenset({message.id}))
        await self._write(
            changes, messages.add_one, message, parts, self._instances.id, self._clock.now(), head
        )

    async def save_answer(self, message: str, **fields: Unpack[AnswerFields]) -> bool:
        """Set some fields of an answer; status `streaming` also makes this process its writer.

        False when the message is gone.
        """

        def changed(conversation: str | None) -> Changes:
            return Changes(frozenset({conversation} if conversation else ()), frozenset({message}))

        values: dict[str, object] = {**fields}
        owner = self._instances.id
        found = await self._write(changed, messages.save, message, values, owner, self._clock.now())
        return found is not None

    def post_text(self, message: str, text: str, reasoning: str) -> None:
        """Keep what has arrived of an answer so far; nobody waits. An ended answer stays as it is."""
        self._database.post(messages.save_text, message, text, reasoning, self._clock.now())

    async def set_head(self, conversation: str, message: str | None) -> None:
        """Show the branch that ends in `message`."""
        changes = Changes(frozenset({conversation}))
        await self._write(changes, conversations.set_head, conversation, message)

    async def show_sibling(self, conversation: str, message: str) -> str:
        """Show the newest branch through `message`; returns its end."""
        return await self._write(
            Changes(frozenset({conversation})), messages.show_newest, conversation, message
        )

    async def recover(self) -> list[str]:
        """Mark the unfinished answers of dead processes as `interrupted`; returns their ids."""

        def changed(found: list[tuple[str, str]]) -> Changes:
            return Changes(frozenset(c for c, _ in found), frozenset(m for _, m in found))

        found = await self._write(changed, messages.recover, self._instances.is_dead, self._clock.now())
        return [message for _, message in found]

    # Attempts and health

    async def attempts(self, message_ids: Iterable[str]) -> dict[str, list[AttemptRecord]]:
        """The attempts of each of these answers that has any, in order."""
        return await self._database.call(attempts.of_messages, list(message_ids))

    async def attempts_between(
        self, since: float, until: float | None = None, provider: str | None = None
    ) -> list[AttemptRecord]:
        """The attempts that started in [since, until), oldest first; skips are among them."""
        return await self._database.call(attempts.between, since, until, provider)

    async def spent(
        self, provider: str, model: str | None = None, *, since: float = 0.0, until: float | None = None
    ) -> list[Spent]:
        """Per model, what the attempts that started in [since, until) used."""
        return await self._database.call(attempts.spent, provider, model, since, until)

    async def health(self) -> list[HealthRow]:
        """What the relay remembered of providers, models and keys."""
        return await self._database.call(health.every)

    def post_attempt(self, record: AttemptRecord) -> None:
        """Store an attempt, replacing the one of the same id; nobody waits."""
        self._database.post(attempts.put, record, self._instances.id)

    def post_health(self, row: HealthRow) -> None:
        """Store a health row; nobody waits."""
        self._database.post(health.put, row)

    def post_forget(self, provider: str, model: str, key: str) -> None:
        """Remove a health row; nobody waits."""
        self._database.post(health.forget, provider, model, key)

    # Keys, grants, small values

    async def keys(self) -> list[KeyRecord]:
        """All keys, those of a provider in the order they are tried."""
        return await self._database.call(keys.every)

    async def put_key(self, *records: KeyRecord) -> None:
        """Store keys' labels, replacing those of the same id."""
        await self._write(Changes(keys=True), keys.put, records)

    async def delete_key(self, key: str) -> None:
        """Remove a key's label and what the relay remembers of it."""
        await self._write(Changes(keys=True), keys.delete, key)

    async def grants(self) -> list[GrantRow]:
        """All grants, those that end soonest first."""
        return await self._database.call(grants.every)

    async def put_grant(self, grant: GrantRow) -> None:
        """Store a grant, replacing that of the same id."""
        await self._write(Changes(grants=True), grants.put, grant)

    async def delete_grant(self, grant: str) -> None:
        """Remove a grant and its corrections."""
        await self._write(Changes(grants=True), grants.delete, grant)

    async def corrections(self, provider: str | None = None) -> list[Correction]:
        """The corrections, oldest first."""
        return await self._database.call(grants.corrections, provider)

    async def put_correction(self, correction: Correction) -> None:
        """Store a correction, replacing that of the same id."""
        await self._write(Changes(grants=True), grants.put_correction, correction)

    async def delete_correction(self, correction: str) -> None:
        """Remove a correction."""
        await self._write(Changes(grants=True), grants.delete_correction, correction)

    async def meta(self, name: str) -> str | None:
        """A small named value."""
        return await self._database.call(grants.meta, name)

    async def set_meta(self, name: str, value: str | None) -> None:
        """Store a small named value; None removes it."""
        await self._write(None, grants.set_meta, name, value)

    async def _write(
        self,
        changes: Changes | Callable[[R], Changes] | None,
        fn: Callable[Concatenate[sqlite3.Connection, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Write, then tell the subscribers, who hear of it even when the caller is cancelled meanwhile."""

        def publish(result: R) -> None:
            if changes is not None:
                self._publish(changes(result) if callable(changes) else changes)

        return await self._database.write(publish, fn, *args, **kwargs)

    def _publish(self, changes: Changes) -> None:
        if changes != Changes():
            for callback in tuple(self._callbacks):
                callback(changes)


def _log_error(error: BaseException) -> None:
    _log.error("a note could not be stored", exc_info=error)
