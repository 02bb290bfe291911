"""The store's part about the quota page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.store import usage
from app.store.base import StoreBase
from app.store.usage import Billed, Lap, Passed, Reliability, Speed, UsedOnDay


@dataclass(frozen=True, slots=True)
class UsageRows:
    """What happened in a stretch of time; `laps` of its last day alone."""

    used: Sequence[UsedOnDay]
    speeds: Sequence[Speed]
    reliability: Sequence[Reliability]
    passes: Sequence[Passed]
    laps: Sequence[Lap]
    held_back: Sequence[tuple[str, str, int]]


class UsageStore(StoreBase):
    """What was used, and how the relay ran."""

    async def billed(self, since: float) -> list[Billed]:
        """What models that bill were asked since then (epoch seconds)."""
        return await self._database.call(usage.billed, since)

    async def usage(self, since: float, until: float, today: float, without: Sequence[str] = ()) -> UsageRows:
        """Everything of [since, until) without those providers; laps from `today` on. Times are epoch
        seconds. Each query is a piece of work of its own, so that turns need not wait for all of them."""
        call = self._database.call
        return UsageRows(
            await call(usage.used, since, until, without),
            await call(usage.speeds, since, until, without),
            await call(usage.reliability, since, until, without),
            await call(usage.passes, since, until, without),
            await call(usage.laps, today, until, without),
            await call(usage.held_back, since, until, without),
        )
