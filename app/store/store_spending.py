"""The store's part about the ledger: reading it whole, taking offers, correcting, teaching estimates."""

from __future__ import annotations

from collections.abc import Sequence

from app.store import spending
from app.store.base import StoreBase
from app.store.entries import Changes, Correction, GrantRow
from app.store.spending import Accounts, Planner


class SpendingStore(StoreBase):
    """What the ledger is derived from."""

    async def accounts(self, planner: Planner) -> Accounts:
        """Grants, corrections and what the attempts charge to them, by `planner`'s slices of time."""
        return await self._database.call(spending.read, planner)

    async def data_version(self) -> int:
        """A number that changes when another process has written to the file. Waits for what was posted."""
        return await self._database.call(spending.data_version)

    async def take_offers(self, rows: Sequence[GrantRow]) -> int:
        """Make offers the user's grants, each once in a lifetime; returns how many were new."""
        return await self._write(lambda taken: Changes(grants=taken > 0), spending.take, rows)

    async def correct(self, rows: Sequence[GrantRow], corrections: Sequence[Correction]) -> None:
        """Store grants and corrections of them in one transaction."""
        await self._write(Changes(grants=True), spending.correct, rows, corrections)

    async def estimate_samples(self) -> list[tuple[str, str, str, str, int, int, int]]:
        """What the estimator learns from at start; see `spending.samples`."""
        return await self._database.call(spending.samples)

    async def estimate_errors(self, since: float = 0.0) -> list[tuple[str, str, int, int, int, int]]:
        """Estimates beside the vendors' counts; see `spending.errors`."""
        return await self._database.call(spending.errors, since)
