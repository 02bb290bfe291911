"""Which places fit what is typed into the palette, the best first; thousands are looked at in slices."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from PySide6.QtCore import QObject

from app.fuzzy import match
from app.search_text import Snippet
from ui.pieces import Pieces

Kind = Literal["command", "settings", "setting", "conversation", "search"]

MOST = 60

AT_ONCE = 200
"""So many places are looked at while the key waits for it."""

_ORDER: dict[Kind, float] = {"command": 2, "settings": 1, "setting": 0.5, "conversation": 0, "search": -1}
_CHUNK = 25


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go or something to do. `also` are other words it answers to, which are not shown."""

    kind: Kind
    name: str
    go: Callable[[], object]
    icon: str
    keys: str = ""
    also: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """A place that is found to fit, and how well."""

    place: Place
    score: float
    marks: tuple[tuple[int, int], ...] = ()


Ranked = list[tuple[Place, Snippet]]


class Ranking(QObject):
    """Gives `show` the places that fit, at once or, where there are very many, a moment later."""

    def __init__(self, parent: QObject, show: Callable[[Ranked], object]) -> None:
        super().__init__(parent)
        self._show = show
        self._source: Iterator[Place] = iter(())
        self._known: list[Place] = []
        self._fitted: tuple[str, list[tuple[int, Place]]] = ("", [])
        self._work: Pieces | None = None

    @property
    def busy(self) -> bool:
        """Whether what was asked for last is still being worked out."""
        return self._work is not None and not self._work.over

    def take(self, places: Iterable[Place]) -> None:
        """Rank these from now on; they come in the order of their kinds, and are asked for as needed."""
        self.stop()
        self._source, self._known, self._fitted = iter(places), [], ("", [])

    def ask(self, typed: str, hits: Iterable[Fit] = ()) -> None:
        """Rank by what was typed, together with what somebody else has found (`hits`)."""
        self.stop()
        if not typed.strip():
            self._show([(place, Snippet(place.name)) for place in islice(self._all(), MOST)])
            return
        found: list[tuple[float, int, Fit]] = []
        self._work = Pieces(self._ranking(typed, list(hits), found), lambda: self._ranked(found), self)
        self._work.first()

    def stop(self) -> None:
        """Give up what is being worked out."""
        if self._work is not None:
            self._work.stop()

    def _all(self) -> Iterator[Place]:
        """All places; those that were not needed yet are made on the way."""
        number = 0
        while True:
            if number == len(self._known):
                place = next(self._source, None)
                if place is None:
                    return
                self._known.append(place)
            yield self._known[number]
            number += 1

    def _ranking(self, typed: str, hits: list[Fit], found: list[tuple[float, int, Fit]]) -> Iterator[None]:
        """Fill `found`, a chunk from each `yield` to the next."""
        before, fitting = self._fitted
        # What is typed on can only fit what fitted so far.
        places = iter(fitting) if before and typed.startswith(before) else enumerate(self._all())
        still: list[tuple[int, Place]] = []
        found += [(-one.score - _ORDER[one.place.kind], AT_ONCE + n, one) for n, one in enumerate(hits)]
        for count, (number, place) in enumerate(places):
            if count >= AT_ONCE and count % _CHUNK == 0:
                yield
            fit = _fit(typed, place)
            if fit is not None:
                still.append((number, place))
                found.append((-fit.score - _ORDER[place.kind], number, fit))
        self._fitted = (typed, still)

    def _ranked(self, found: list[tuple[float, int, Fit]]) -> None:
        best = heapq.nsmallest(MOST, found, key=lambda one: one[:2])
        self._show([(fit.place, Snippet(fit.place.name, fit.marks)) for _score, _number, fit in best])


def _fit(typed: str, place: Place) -> Fit | None:
    by_name = match(typed, place.name)
    if by_name is not None:
        return Fit(place, by_name.score, by_name.marks)
    by_other = match(typed, place.also) if place.also else None
    return None if by_other is None else Fit(place, by_other.score)
