"""The store's part about spending: attempts, health, keys' labels, grants, small values."""

from __future__ import annotations

from collections.abc import Iterable

from app.store import attempts, grants, health, keys
from app.store.base import StoreBase
from app.store.entries import (
    AttemptRecord,
    Changes,
    Correction,
    GrantRow,
    HealthRow,
    KeyRecord,
    Spent,
)


class LedgerStore(StoreBase):
    """What the relay and the ledger keep."""

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

    async def paces(self, limit: int = 1000) -> list[tuple[str, float, float]]:
        """The newest attempts that wrote something: leg (`provider:model`), milliseconds to its first text,
        and when it began; oldest first."""
        return await self._database.call(attempts.paces, limit)

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
