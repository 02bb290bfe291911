"""A running sum over the newest part of a list of charges: refilling grants look back only so far."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Window:
    """Charges in the order of their moments (epoch seconds), and their sums from one moment on.

    A charge taken back is one of negative size at the same moment.
    """

    def __init__(self) -> None:
        self._at: list[float] = []
        self._tokens: list[int] = []
        self._calls: list[int] = []
        self._from = 0
        self._since = float("-inf")
        self._sums = (0, 0)

    def add(self, at: float, tokens: int, calls: int) -> None:
        """One more charge."""
        place = bisect_right(self._at, at)
        self._at.insert(place, at)
        self._tokens.insert(place, tokens)
        self._calls.insert(place, calls)
        if at >= self._since:
            self._sums = (self._sums[0] + tokens, self._sums[1] + calls)
        else:
            self._from += 1

    def sums(self, since: float) -> tuple[int, int]:
        """(tokens, calls) charged at `since` or later. Quick when `since` moves little between calls."""
        if since != self._since:
            self._move(since)
        return self._sums

    def oldest(self, since: float) -> float | None:
        """The moment of the oldest charge at `since` or later."""
        self.sums(since)
        return self._at[self._from] if self._from < len(self._at) else None

    def _move(self, since: float) -> None:
        place = bisect_left(self._at, since)
        tokens, calls = self._sums
        if place >= self._from:
            tokens -= sum(self._tokens[self._from : place])
            calls -= sum(self._calls[self._from : place])
        else:
            tokens += sum(self._tokens[place : self._from])
            calls += sum(self._calls[place : self._from])
        self._from, self._since, self._sums = place, since, (tokens, calls)
