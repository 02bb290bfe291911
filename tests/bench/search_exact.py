"""Random terms against looking at every message: nothing missing, nothing too much.

Looking everywhere is one pass a term over all texts as one string, for a piece every hit must hold; the
messages it stands in are then judged by the term's own definition (which `tests/app/test_search_exact.py`
states a second time, letter by letter).
"""

from __future__ import annotations

import random
import re
import sqlite3
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from app.search import Query
from app.search_text import Term, fold, term, tokens
from app.store import search_query
from tests.bench import corpus
from tests.bench.measure import Result

KINDS = ("one Chinese", "two Chinese", "three Chinese", "word", "identifier", "phrase", "mixed", "as typed")
COMMON = 20_000
"""Messages: a term that more of them hold is compared in two stretches of so many, to end in minutes."""

_CHINESE = "[\u4e00-\u9fff]"
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.:]*[_.:(][\w.:()]*")
_WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}|\d{2,}")
_MIXED = re.compile(rf"{_CHINESE}{{1,3}} ?[A-Za-z]{{1,6}}|[A-Za-z]+ ?{_CHINESE}{{1,2}}")
_END = "\0"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to look for, and of which kind it is."""

    kind: str
    text: str
    term: Term


class Everything:
    """All messages' folded texts in one string, so that a pass over them runs at the speed of memory."""

    def __init__(self, db: sqlite3.Connection) -> None:
        rows = db.execute("SELECT id, text, created_at FROM message ORDER BY created_at, seq").fetchall()
        self.times: list[float] = [at for _, _, at in rows]
        self._ids: list[str] = [ident for ident, _, _ in rows]
        self._texts = [fold(text) for _, text, _ in rows]
        self._whole = _END.join(self._texts)
        self._ends = list(accumulate(len(text) + 1 for text in self._texts))

    def holding(self, wanted: Term) -> dict[str, int]:
        """The messages that hold the term: their ids, and which they are in the order of time."""
        # White space and the border of two scripts may differ from what was typed; all between them may not.
        piece = max(_pieces(wanted.folded), key=len)
        found: dict[str, int] = {}
        at = self._whole.find(piece)
        while at >= 0:
            number = bisect_right(self._ends, at)
            if wanted.pattern.search(self._texts[number]):
                found[self._ids[number]] = number
            at = self._whole.find(piece, self._ends[number])
        return found


def _pieces(folded: str) -> Iterator[str]:
    """The parts of a folded term between white space and borders of scripts."""
    for part in folded.split():
        yield from re.findall(rf"(?:(?!{_CHINESE})[\x21-\x7e])+|{_CHINESE}+|.", part)


def terms(chance: random.Random, texts: list[str], count: int) -> list[Wanted]:
    """So many things that stand in the texts, of every kind in turn, and some that hardly do."""
    found: list[Wanted] = []
    while len(found) < count:
        kind = KINDS[len(found) % len(KINDS)]
        text = _one(kind, chance, chance.choice(texts))
        made = term(text, phrase=kind == "phrase") if text else None
        if made is not None:
            found.append(Wanted(kind, text, made))
    return found


def _one(kind: str, chance: random.Random, text: str) -> str:
    match kind:
        case "one Chinese" | "two Chinese" | "three Chinese":
            length = KINDS.index(kind) + 1
            runs = re.findall(f"{_CHINESE}{{{length},}}", text)
            run = chance.choice(runs) if runs else ""
            at = chance.randrange(max(1, len(run) - length + 1))
            return run[at : at + length]
        case "word":
            return chance.choice(_WORD.findall(text) or [""])
        case "identifier":
            return chance.choice(_IDENTIFIER.findall(text) or [""])
        case "phrase":
            at = chance.randrange(len(text))
            made = tokens(fold(text[at : at + 24]))
            return " ".join(text[at : at + chance.randrange(4, 24)].split()) if len(made) > 2 else ""
        case "mixed":
            return chance.choice(_MIXED.findall(text) or [""])
        case _:
            return corpus.terms(chance, [text], 1)[0]


def _stretches(chance: random.Random, count: int, *, common: bool) -> list[tuple[int, int]]:
    """Which messages [first, last) to compare: all, or of those that a common term stands in two pieces."""
    length = min(count, COMMON)
    starts = [chance.randrange(count - length + 1) for _ in range(2)] if common else []
    return [(start, start + length) for start in starts] or [(0, count)]


def exact(db: sqlite3.Connection, count: int) -> Result:
    """So many random terms, each in the whole file; what is counted are messages too many or missing."""
    everything = Everything(db)
    chance = random.Random(500)
    some = [text for (text,) in db.execute("SELECT text FROM message WHERE seq % 97 = 0 AND text <> ''")]
    missing = extra = hits = stretched = 0
    kinds: Counter[str] = Counter()
    bad: list[str] = []
    for n, one in enumerate(terms(chance, some, count)):
        if n % 25 == 0:
            print(f"  term {n} of {count}, {hits} hits", file=sys.stderr, flush=True)
        kinds[one.kind] += 1
        held = everything.holding(one.term)
        for first, last in _stretches(chance, len(everything.times), common=len(held) > COMMON):
            until = everything.times[last] if last < len(everything.times) else None
            query = Query((one.term,), since=everything.times[first], until=until)
            rows = search_query.messages(db, query, 10**7, lambda: True, indexed=True)
            found = {row[2] for row in rows}
            expected = {ident for ident, number in held.items() if first <= number < last}
            hits += len(expected)
            missing += len(expected - found)
            extra += len(found - expected)
            if found != expected:
                bad.append(repr(one.text))
        stretched += len(held) > COMMON
    recall = 1 - missing / hits if hits else 1.0
    precision = 1 - extra / (hits - missing + extra) if hits - missing + extra else 1.0
    note = f"{count} random terms ({', '.join(f'{name} {n}' for name, n in kinds.items())}), each against all"
    note += f" messages, {stretched} that more than {COMMON} hold in stretches of them: {hits} hits"
    note += f", recall {recall:.6f}, precision {precision:.6f}"
    note += f"; wrong: {', '.join(bad[:10])}" if bad else ""
    return Result("search: messages wrong or missing", "", 0.0, float(missing + extra), most=0.0, note=note)
