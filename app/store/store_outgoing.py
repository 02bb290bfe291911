"""The store's part about what leaves as a file. It only reads, a bounded amount at a time."""

from __future__ import annotations

from collections.abc import Iterable

from app.store import outgoing
from app.store.base import StoreBase
from app.store.entries import Attachment, AttemptRecord
from app.store.outgoing import Whole
from app.store.records import Message


class OutgoingStore(StoreBase):
    """Conversations as an export needs them."""

    async def outgoing_ids(self) -> list[str]:
        """All conversations that are not deleted, the archived ones included, oldest first."""
        return await self._database.call(outgoing.ids)

    async def outgoing(self, conversation: str) -> Whole | None:
        """A conversation with the ids of all its messages; None when there is none or it is deleted."""
        return await self._database.call(outgoing.whole, conversation)

    async def outgoing_messages(self, ids: Iterable[str]) -> list[tuple[Message, str | None]]:
        """These messages in this order, each with what it was imported from."""
        return await self._database.call(outgoing.page, list(ids))

    async def attachment_ids(self, messages: Iterable[str]) -> dict[str, list[str]]:
        """The ids of the attachments of each of these messages that has any, in order."""
        return await self._database.call(outgoing.attachment_ids, list(messages))

    async def outgoing_attachment(self, attachment: str) -> Attachment | None:
        """One attachment with its data; None when it is gone."""
        return await self._database.call(outgoing.attachment, attachment)

    async def outgoing_attempts(self, conversation: str) -> list[AttemptRecord]:
        """Every attempt made in a conversation, in a fixed order."""
        return await self._database.call(outgoing.attempts, conversation)
