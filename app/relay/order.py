"""The order in which a chain's entries are asked: as listed, soonest to expire first, or fastest first."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain import ChainItem
from app.policy import Order
from app.relay.ports import Ledger

_LEARN = 0.3


class Pace:
    """Time to first content per leg (`provider:model`) in milliseconds, as a moving average."""

    def __init__(self, numbers: Mapping[str, float] | None = None) -> None:
        self._ms: dict[str, float] = dict(numbers or {})

    def learn(self, leg: str, ms: float) -> None:
        """One more answer's time to first content."""
        known = self._ms.get(leg)
        self._ms[leg] = ms if known is None else known + (ms - known) * _LEARN

    def of(self, leg: str) -> float | None:
        """The average, None before the first answer."""
        return self._ms.get(leg)

    def export(self) -> dict[str, float]:
        """The averages, fit for JSON."""
        return dict(self._ms)


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
