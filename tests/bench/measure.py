"""What one measurement found, and how floors and ours take turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


class Unavailable(Exception):  # noqa: N818 - an expected state of a machine, told in one line
    """This machine (or this state of the program) cannot take the measurement; the text says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: `ours` must be at most `bar` times `floor`, or at most `most` in `unit`."""

    name: str
    unit: str
    floor: float
    ours: float
    bar: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def held(self) -> bool:
        if self.most is not None:
            return self.ours <= self.most
        assert self.bar is not None
        return self.ours <= self.bar * self.floor

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "held": self.held}


def interleaved(floor: Callable[[], float], ours: Callable[[], float], times: int) -> tuple[float, float]:
    """Medians of `times` runs each, taken in turns after one unmeasured run of both."""
    floor()
    ours()
    pairs = [(floor(), ours()) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def pace() -> float:
    """Milliseconds the same small piece of work takes here and now. On a machine shared with others it may
    double from one minute to the next; so does everything that is measured in milliseconds then."""
    begun, total = time.thread_time(), 0
    for i in range(500_000):
        total += i * i
    return (time.thread_time() - begun) * 1000


def table(results: list[Result]) -> str:
    """The results as text."""
    rows = [("what", "floor", "ours", "ratio", "bar", "verdict")]
    for r in results:
        ratio = "–" if r.ratio is None else f"{r.ratio:.2f}"
        bar = f"≤ {r.most:g} {r.unit}" if r.most is not None else f"≤ {r.bar:g} ×"
        verdict = "holds" if r.held else "FALLS SHORT"
        rows.append((r.name, f"{r.floor:.2f} {r.unit}", f"{r.ours:.2f} {r.unit}", ratio, bar, verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join([*lines, *(f"{r.name}: {r.note}" for r in results if r.note)])
