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
        self._guessed: list[int] = []
        self._from = 0
        self._since = float("-inf")
        self._sums = (0, 0, 0)

    def add(self, at: float, tokens: int, calls: int, guessed: int) -> None:
        """One more charge."""
        place = bisect_right(self._at, at)
        self._at.insert(place, at)
        self._tokens.insert(place, tokens)
        self._calls.insert(place, calls)
        self._guessed.insert(place, guessed)
        if at >= self._since:
            before = self._sums
            self._sums = (before[0] + tokens, before[1] + calls, before[2] + guessed)
        else:
            self._from += 1

    def sums(self, since: float) -> tuple[int, int, int]:
        """(tokens, calls, guesses) charged at `since` or later. Quick when `since` moves little."""
        if since != self._since:
            self._move(since)
        return self._sums

    def oldest(self, since: float) -> float | None:
        """The moment of the oldest charge at `since` or later."""
        self.sums(since)
        return self._at[self._from] if self._from < len(self._at) else None

    def _move(self, since: float) -> None:
        place = bisect_left(self._at, since)
        sign = -1 if place >= self._from else 1
        moved = slice(min(place, self._from), max(place, self._from))
        tokens, calls, guessed = self._sums
        tokens += sign * sum(self._tokens[moved])
        calls += sign * sum(self._calls[moved])
        guessed += sign * sum(self._guessed[moved])
        self._from, self._since, self._sums = place, since, (tokens, calls, guessed)
