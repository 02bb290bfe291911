"""The store's part about assistants, and about what the user is told only once."""

from __future__ import annotations

from dataclasses import replace

from app.store import assistants
from app.store.base import StoreBase
from app.store.entries import Changes
from app.store.records import Assistant

_CHANGED = Changes(assistants=True)


class AssistantStore(StoreBase):
    """Assistants and notices."""

    async def assistants(self) -> list[Assistant]:
        """All that are not deleted, in the user's order."""
        return await self._database.call(assistants.every)

    async def assistant(self, assistant: str) -> Assistant | None:
        """The assistant of that id (a deleted one too), or None."""
        return await self._database.call(assistants.one, assistant)

    async def hidden_assistants(self) -> frozenset[str]:
        """The ids of the deleted ones."""
        return await self._database.call(assistants.hidden)

    async def save_assistant(self, assistant: Assistant) -> Assistant:
        """Store an assistant, replacing that of the same id; returns it as stored, with `updated_at` now."""
        saved = replace(assistant, updated_at=self._clock.now())
        await self._write(_CHANGED, assistants.put, saved)
        return saved

    async def delete_assistant(self, assistant: str) -> bool:
        """Hide an assistant; conversations that use it keep their own prompt and chain."""
        now = self._clock.now()
        return await self._write(_CHANGED, assistants.delete, assistant, now, now)

    async def restore_assistant(self, assistant: str) -> bool:
        """Take a deletion back; False when there is no such assistant."""
        return await self._write(_CHANGED, assistants.delete, assistant, None, self._clock.now())

    async def tell_once(self, what: str) -> bool:
        """Note that the user is told `what` now; False when that was noted before."""
        return await self._write(None, assistants.tell, what, self._clock.now())

    async def told(self) -> frozenset[str]:
        """Everything the user was told once."""
        return await self._database.call(assistants.told)

    async def untell(self, what: str) -> None:
        """Forget that the user was told `what`, so that it can be told again."""
        await self._write(None, assistants.untell, what)
