"""Matching a few typed letters with a name: `nc` finds "New chat", 接设 finds "接力设置"."""

from __future__ import annotations

from dataclasses import dataclass

from app.search_text import fold

_START, _RUN, _HIT, _GAP = 8, 5, 1, 0.1


@dataclass(frozen=True, slots=True)
class Match:
    """How well it fits (more is better), and the ranges of the name that were typed."""

    score: float
    marks: tuple[tuple[int, int], ...]


def match(typed: str, name: str) -> Match | None:
    """Whether all the letters typed are in the name, in their order; white space parts words in any order."""
    words = fold(typed).split()
    folded = fold(name)
    # Folding may change lengths; marks are then left out rather than put in the wrong place.
    exact = len(folded) == len(name)
    total = 0.0
    places: set[int] = set()
    for word in words:
        found = _word(word, folded)
        if found is None:
            return None
        total += found[0]
        places.update(found[1])
    return Match(total - len(name) * _GAP, _ranges(places) if exact else ())


def _word(word: str, name: str) -> tuple[float, list[int]] | None:
    at = name.find(word)
    if at >= 0:
        # In one piece; best of all at the start of a word.
        starts = [
            n for n in range(at, len(name) - len(word) + 1) if name.startswith(word, n) and _start(name, n)
        ]
        place = starts[0] if starts else at
        score = len(word) * (_HIT + _RUN) + (_START * 2 if starts else 0) - place * _GAP
        return score, list(range(place, place + len(word)))
    places: list[int] = []
    score = 0.0
    at = -1
    for letter in word:
        following = name.find(letter, at + 1)
        if following < 0:
            return None
        beginnings = [n for n in range(following, len(name)) if name[n] == letter and _start(name, n)]
        if following != at + 1 and beginnings and _rest_fits(word, len(places) + 1, name, beginnings[0]):
            following = beginnings[0]
        score += _HIT + (_RUN if following == at + 1 else 0) + (_START if _start(name, following) else 0)
        score -= (following - at - 1) * _GAP
        places.append(following)
        at = following
    return score, places


def _rest_fits(word: str, taken: int, name: str, at: int) -> bool:
    for letter in word[taken:]:
        at = name.find(letter, at + 1)
        if at < 0:
            return False
    return True


def _start(name: str, at: int) -> bool:
    return at == 0 or not name[at - 1].isalnum() or (ord(name[at]) > 0x2E80 >= ord(name[at - 1]))


def _ranges(places: set[int]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for place in sorted(places):
        if joined and joined[-1][1] == place:
            joined[-1] = (joined[-1][0], place + 1)
        else:
            joined.append((place, place + 1))
    return tuple(joined)
