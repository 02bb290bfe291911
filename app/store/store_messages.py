"""The store's part about messages: the tree, the branch shown, answers that grow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict, Unpack

from app.errors import KnownError
from app.store import columns, conversations, messages, occurrences, removal, search_place
from app.store.base import StoreBase
from app.store.database import PASSING
from app.store.entries import Attachment, Changes
from app.store.records import Message, MessageStatus
from app.store.removal import Removed


class AnswerFields(TypedDict, total=False):
    """What `save_answer` can set; a field that is not given stays as it is."""

    text: str
    reasoning: str
    status: MessageStatus
    reasoning_ms: int | None
    provider: str | None
    model: str | None
    finish: str | None
    note: str | None
    column_group: str | None


class MessageStore(StoreBase):
    """Messages of conversations."""

    async def branch(self, conversation: str, head: str | None = None) -> list[str]:
        """Message ids from the root to the conversation's head, or to `head`."""
        return await self._database.call(messages.branch, conversation, head)

    async def tail(self, conversation: str, most: int = 200) -> tuple[list[str], bool]:
        """The last `most` ids of the branch shown, and whether there are more before them."""
        return await self._database.call(messages.tail, conversation, most)

    async def messages(self, ids: Iterable[str]) -> list[Message]:
        """These messages in this order, with their siblings; unknown ids are left out."""
        return await self._database.call(messages.get, list(ids))

    async def occurrences(self, conversation: str, term: str) -> dict[str, int]:
        """How often `term` stands in each message of the conversation that has it, on any branch."""
        return await self._database.call(occurrences.count, conversation, term)

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

    async def add_columns(
        self, conversation: str, found: Sequence[Message], head: str, parts: Sequence[Attachment] = ()
    ) -> None:
        """Store questions with what is attached, and the answers to be written side by side; show `head`."""
        changes = Changes(frozenset({conversation}), frozenset(m.id for m in found))
        owner, now = self._instances.id, self._clock.now()
        await self._write(changes, columns.add, conversation, list(found), parts, head, owner, now)

    async def replace_column(self, old: str, answer: Message) -> None:
        """Store `answer` in place of `old` in the comparison both are of."""
        changes = Changes(frozenset({answer.conversation}), frozenset({old, answer.id}))
        await self._write(changes, columns.replace, old, answer, self._instances.id, self._clock.now())

    async def column_group(self, conversation: str, group: str) -> list[Message]:
        """The answers of a comparison in the order they were stored."""
        return await self._database.call(columns.members, conversation, group)

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

    async def keep_message(self, message: Message) -> bool:
        """As `add_message`, for what must not be lost; as with `keep_answer`, False when it has to wait."""
        try:
            await self.add_message(message)
        except KnownError as error:
            if error.key not in PASSING:
                raise
            now = self._clock.now()
            self._database.post(messages.add_one, message, (), self._instances.id, now, False)
            return False
        return True

    async def keep_answer(self, message: str, **fields: Unpack[AnswerFields]) -> bool:
        """As `save_answer`, for what must not be lost and cannot be asked for again.

        When the disk is full or the file cannot be written just now, the user is told, the answer stays in
        memory and is written as soon as that is possible; False then.
        """
        try:
            return await self.save_answer(message, **fields)
        except KnownError as error:
            if error.key not in PASSING:
                raise
            values: dict[str, object] = {**fields}
            self._database.post(messages.save, message, values, self._instances.id, self._clock.now())
            return False

    def post_text(self, message: str, text: str, reasoning: str) -> None:
        """Keep what has arrived of an answer so far; nobody waits. An ended answer stays as it is."""
        self._database.post(messages.save_text, message, text, reasoning, self._clock.now())

    async def set_head(self, conversation: str, message: str | None) -> None:
        """Show the branch that ends in `message`."""
        changes = Changes(frozenset({conversation}))
        await self._write(changes, conversations.set_head, conversation, message, self._clock.now())

    async def show_message(self, conversation: str, message: str) -> bool:
        """Show a branch that has `message`, unless the one shown does; False when the message is gone."""
        changes = Changes(frozenset({conversation}))
        return await self._write(changes, search_place.show, conversation, message, self._clock.now())

    async def show_sibling(self, conversation: str, message: str) -> str:
        """Show the newest branch through `message`; returns its end."""
        return await self._write(
            Changes(frozenset({conversation})),
            messages.show_newest,
            conversation,
            message,
            self._clock.now(),
        )

    async def remove_message(self, message: str, *, alone: bool = False) -> Removed | None:
        """Remove a message and all that follows it; what it returns puts it back. None = it is not there.

        With `alone` only the answer, or the question and its answers, and what follows stays.
        """

        def changed(removed: Removed | None) -> Changes:
            if removed is None:
                return Changes()
            return Changes(frozenset({removed.conversation}), removed.ids | removed.moved.keys())

        how = removal.remove_alone if alone else removal.remove
        return await self._write(changed, how, message, self._clock.now())

    async def put_back(self, removed: Removed) -> bool:
        """Take a removal back; False when there is no place for it any more."""
        changes = Changes(frozenset({removed.conversation}), removed.ids | removed.moved.keys())
        return await self._write(changes, removal.put_back, removed, self._clock.now())

    async def recover(self) -> list[str]:
        """Mark the unfinished answers of dead processes as `interrupted`; returns their ids."""

        def changed(found: list[tuple[str, str]]) -> Changes:
            return Changes(frozenset(c for c, _ in found), frozenset(m for _, m in found))

        found = await self._write(changed, messages.recover, self._instances.is_dead, self._clock.now())
        return [message for _, message in found]
