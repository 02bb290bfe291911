"""Opening what can be opened in the real window: no turn of its loop may cost a frame.

A frame is 16 ms; the floor is the window at rest in the same run. What counts is the thread's own time: its
work in a turn of the loop and its waits for the interpreter and the disk, without the time other programs
had the processors.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.bench import seed
from tests.bench.measure import Result
from tests.bench.transcript import platforms, probe

FRAME = 16.0


def opening(
    home: Path | None = None,
    settle: float = 4.0,
    rest: float = 0.6,
    only: tuple[str, ...] = (),
    where: tuple[str, ...] = (),
) -> list[Result]:
    """Open everything once (or what `only` names) on a home, each first and again; `where` = on which of
    Qt's platforms, all there are if none."""
    if home is None:
        with tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
            return opening(seed.home(Path(folder), 200, 8_000), settle, rest, only, where)
    out: list[Result] = []
    for platform in where or platforms():
        for file in ("settings.json", "window.json"):
            # The run before has changed language and theme.
            (home / file).unlink(missing_ok=True)
        found = probe(home, platform, module="tests.bench.opening_probe", settle=settle, rest=rest, only=only)
        floor = longest(found["nothing"])
        for name, seen in found.items():
            if name != "nothing":
                work = sum(value for value in seen["worked"] if value > 1)
                note = f"{work:.0f} ms of work in all; latest timer {max(seen['late']):.0f} ms"
                title = f"open, {platform}: {name}"
                out.append(Result(title, "ms", floor, longest(seen), most=FRAME, note=note))
    return out


def longest(seen: dict[str, Any]) -> float:
    """The longest time nothing else could happen in the window's thread, in milliseconds."""
    return max((*seen["own"], *seen["worked"]))
