"""Time as a dependency, so that cooldowns and budgets can be tested without waiting for them."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """`now` is epoch seconds (survives restarts), `monotonic` seconds for durations."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        # Imported here: the window is painted before asyncio is loaded.
        import asyncio

        await asyncio.sleep(seconds)
