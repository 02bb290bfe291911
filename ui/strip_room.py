"""How the relay strip shares its width among the legs."""

from __future__ import annotations

from collections.abc import Sequence

MORE = 40
"""Pixels of the button behind the legs that says how many there is no room for."""


def even_places(count: int, room: int) -> list[tuple[int, int]]:
    """Left and right end of each of so many legs of one width, `room` pixels in all."""
    return [(round(room * n / count), round(room * (n + 1) / count)) for n in range(count)]


def narrow_places(wanted: Sequence[int], room: int, kept: int) -> list[tuple[int, int, int]]:
    """Index, left and right end of the legs there is room for, each as wide as its name wants and a share of
    what is left over. The leg `kept` is always among them."""
    if not wanted:
        return []
    first, last = 0, len(wanted)
    if sum(wanted) > room:
        room = max(1, room - MORE)
        last = _reach(wanted, room)
        if kept >= last:
            first, last = kept + 1 - _reach(wanted[kept::-1], room), kept + 1
    shown = wanted[first:last]
    spare, edges = room - sum(shown), [0]
    for n, width in enumerate(shown, 1):
        # A name that alone is too long is cut: the spare room is negative then.
        edges.append(sum(shown[: n - 1]) + width + round(spare * n / len(shown)))
    return [(first + n, edges[n], edges[n + 1]) for n in range(len(shown))]


def _reach(wanted: Sequence[int], room: int) -> int:
    """How many from the start fit, at least one."""
    total = 0
    for n, width in enumerate(wanted):
        total += width
        if total > room:
            return max(1, n)
    return len(wanted)
