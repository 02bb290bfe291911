"""The store's part about attachments: those of messages by their ids, and those of drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.store import drafts
from app.store.base import StoreBase
from app.store.entries import Attachment


class AttachmentStore(StoreBase):
    """Attachments; those of whole messages come through `attachments`."""

    async def attachment(self, id_: str) -> Attachment | None:
        """One attachment with its data, of a message or of a draft; None when it is gone."""
        return await self._database.call(drafts.one, id_)

    async def sendable(self, messages: Iterable[str]) -> dict[str, list[Attachment]]:
        """What a model can be sent of the attachments of these messages."""
        return await self._database.call(drafts.sendable, list(messages))

    async def draft_parts(self, conversation: str | None) -> list[Attachment]:
        """What is attached to a conversation's draft (None = to that of the empty page), in order."""
        return await self._database.call(drafts.parts, conversation)

    async def keep_draft_parts(self, conversation: str | None, parts: Sequence[Attachment]) -> None:
        """Keep these until they are sent with a turn, under the same ids, or dropped."""
        await self._write(None, drafts.keep, conversation, parts, self._clock.now())

    async def drop_draft_parts(self, ids: Iterable[str]) -> None:
        """Forget these; ids that are gone are ignored."""
        await self._write(None, drafts.drop, list(ids))
