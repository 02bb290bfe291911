"""The store's part about what other programs exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.store import imports
from app.store.base import StoreBase
from app.store.entries import Attachment, Changes
from app.store.imports import Brought
from app.store.records import Conversation, Message


class ImportStore(StoreBase):
    """Conversations that come in from other programs."""

    async def bring(
        self,
        conversation: Conversation,
        origin: str,
        tree: Sequence[tuple[Message, str]],
        parts: Sequence[Attachment] = (),
        *,
        to_head: bool = True,
        begun: bool = False,
        above: Mapping[str, str | None] = MappingProxyType({}),
    ) -> Brought:
        """Add what is missing of an imported conversation, or of one piece of it, in one transaction.

        Messages come with their origins, parents first. `to_head` = the piece is the last one; `begun` = an
        earlier piece made the conversation, so that the branch shown is the export's to choose; `above` =
        what each message of the whole conversation follows, parents of which some were removed here.
        """

        def changes(brought: Brought) -> Changes:
            return Changes(frozenset({brought.conversation})) if brought.messages else Changes()

        return await self._write(
            changes,
            imports.bring,
            conversation,
            origin,
            tree,
            parts,
            self._instances.id,
            self._clock.now(),
            to_head=to_head,
            begun=begun,
            above=above,
        )
