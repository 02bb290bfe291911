"""The store's part about conversations: the list, folders and tags, archive and bin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from app.store import conversations, messages
from app.store.base import StoreBase
from app.store.entries import Attachment, Changes
from app.store.records import Conversation, Message, Parameters

BIN_SECONDS = 30 * 24 * 3600.0
"""How long a deleted conversation stays in the bin."""


class ConversationStore(StoreBase):
    """Conversations as whole things; what is said in them is `MessageStore`'s."""

    async def conversations(self, archived: bool | None = False) -> list[Conversation]:
        """All that are not deleted, newest first: those not archived, the archived (True) or both (None)."""
        return await self._database.call(conversations.shown, archived)

    async def deleted_conversations(self) -> list[Conversation]:
        """The bin, the latest deletion first."""
        return await self._database.call(conversations.binned)

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
        assistant: str | None = None,
        parameters: Parameters | None = None,
        folder: str | None = None,
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
            assistant=assistant,
            parameters=parameters,
            folder=folder,
            changed_at=now,
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
        return await self.update_conversations([conversation], **fields) > 0

    async def update_conversations(self, ids: Iterable[str], **fields: Any) -> int:
        """Set the same fields of several conversations at once; returns how many of them exist."""
        if wrong := fields.keys() - conversations.CHANGEABLE:
            raise TypeError(f"not changeable: {', '.join(sorted(wrong))}")
        found = list(ids)
        if not fields:
            return len(found)
        changes = Changes(frozenset(found))
        return await self._write(changes, conversations.change, found, fields, self._clock.now())

    async def retitle(self, conversation: str, was: str, title: str) -> bool:
        """A better title than `was`, never in place of one the user gave. False = the old one stays."""
        changes, at = Changes(frozenset({conversation})), self._clock.now()
        return await self._write(changes, conversations.retitle, conversation, was, title, at)

    async def archive(self, ids: Iterable[str], archived: bool = True) -> int:
        """Put conversations away, or take them back; returns how many of them exist."""
        return await self.update_conversations(ids, archived=archived)

    async def folders(self) -> dict[str, int]:
        """The folders by name, each with the number of its conversations."""
        return await self._database.call(conversations.folders)

    async def rename_folder(self, old: str, new: str | None) -> list[str]:
        """Move everything of a folder into `new`, or with None out of it; returns the ids moved."""
        at = self._clock.now()
        return await self._write(_these, conversations.rename_folder, old, new, at)

    async def tag(
        self, ids: Iterable[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> list[str]:
        """Give conversations tags and take some from them; returns the ids of those that changed."""
        at = self._clock.now()
        return await self._write(_these, conversations.tag, list(ids), list(add), list(remove), at)

    async def delete_conversation(self, conversation: str) -> bool:
        """Move a conversation to the bin; `restore_conversation` brings it back until it is purged."""
        return await self.delete_conversations([conversation]) > 0

    async def delete_conversations(self, ids: Iterable[str]) -> int:
        """Move several conversations to the bin; returns how many of them exist."""
        found, now = list(ids), self._clock.now()
        return await self._write(Changes(frozenset(found)), conversations.delete, found, now, now)

    async def restore_conversation(self, conversation: str) -> bool:
        """Take a deletion back; False when it is gone for good."""
        return await self.restore_conversations([conversation]) > 0

    async def restore_conversations(self, ids: Iterable[str]) -> int:
        """Take deletions back; returns how many of them exist."""
        found, now = list(ids), self._clock.now()
        return await self._write(Changes(frozenset(found)), conversations.delete, found, None, now)

    async def purge_deleted(self, older_than: float = BIN_SECONDS) -> list[str]:
        """Remove for good what was deleted more than so many seconds ago; returns the ids."""
        before = self._clock.now() - older_than
        return await self.purge_conversations(await self._database.call(conversations.old_bin, before))

    async def purge_conversations(self, ids: Iterable[str]) -> list[str]:
        """Remove conversations of the bin for good; returns the ids of those removed."""
        gone: list[str] = []
        # One transaction each: removing a long conversation takes a while, and others want to write.
        for conversation in ids:
            now = self._clock.now()
            gone += await self._write(_these, conversations.purge, [conversation], now)
        return gone


def _these(ids: list[str]) -> Changes:
    return Changes(frozenset(ids))
