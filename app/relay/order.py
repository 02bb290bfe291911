"""The order in which a chain's entries are asked: as listed, soonest to expire first, or fastest first."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain import ChainItem
from app.policy import Order
from app.relay.ports import Ledger

_KEPT = 0.7
"""What an earlier answer still weighs after one more."""

_HALF_LIFE = 24 * 3600.0
"""After this many seconds an answer weighs half: how fast a vendor is changes with the day."""


class Pace:
    """Time to first content per leg (`provider:model`) in milliseconds, newer answers weighing more.

    `samples` are earlier answers as (leg, milliseconds, epoch seconds), oldest first.
    """

    def __init__(self, samples: Iterable[tuple[str, float, float]] = ()) -> None:
        self._sums: dict[str, tuple[float, float, float]] = {}
        for leg, ms, at in samples:
            self.learn(leg, ms, at)

    def learn(self, leg: str, ms: float, at: float) -> None:
        """One more answer's time to first content, at `at` (epoch seconds)."""
        total, weight, last = self._sums.get(leg, (0.0, 0.0, at))
        faded: float = _KEPT * 0.5 ** (max(0.0, at - last) / _HALF_LIFE)
        self._sums[leg] = (total * faded + ms, weight * faded + 1.0, max(at, last))

    def of(self, leg: str) -> float | None:
        """The average, None before the first answer."""
        total, weight, _ = self._sums.get(leg, (0.0, 0.0, 0.0))
        return total / weight if weight else None


def ordered(
    chain: tuple[ChainItem, ...], order: Order, ledger: Ledger | None, pace: Pace, now: float
) -> tuple[ChainItem, ...]:
    """`chain` in that order; entries that cannot be told apart stay as listed."""
    if len(chain) < 2 or order == "listed":
        return chain
    if order == "expiring":
        return tuple(sorted(chain, key=lambda item: _expires(item, ledger, now)))
    known = [ms for item in chain if (ms := pace.of(item.legs[0].id)) is not None]
    # A leg that never answered counts as average, so that it neither leads nor is never tried.
    usual = sum(known) / len(known) if known else 0.0
    return tuple(sorted(chain, key=lambda item: _pace(item, pace, usual)))


def _pace(item: ChainItem, pace: Pace, usual: float) -> float:
    known = pace.of(item.legs[0].id)
    return usual if known is None else known


def _expires(item: ChainItem, ledger: Ledger | None, now: float) -> float:
    left = ledger.remaining(item.legs[0], now) if ledger else None
    if left is None or left.expires is None or left.expires <= now:
        return float("inf")
    return left.expires
