"""The measuring instruments measure."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.store.store import Store
from tests.bench import seed
from tests.bench.measure import Result, interleaved, table


@pytest.mark.parametrize(
    ("result", "held"),
    [
        (Result("a", "ms", 2.0, 3.0, bar=1.5), True),
        (Result("a", "ms", 2.0, 3.1, bar=1.5), False),
        (Result("a", "%", 0.0, 0.0, most=0.05), True),
        (Result("a", "%", 0.0, 0.1, most=0.05), False),
    ],
)
def test_verdicts(result: Result, held: bool) -> None:
    assert result.held is held
    assert ("FALLS SHORT" in table([result])) is not held


def test_floor_and_ours_take_turns() -> None:
    order: list[str] = []
    values = iter([100.0, 100.0, 1.0, 10.0, 3.0, 30.0, 2.0, 20.0])

    def measured(name: str) -> float:
        order.append(name)
        return next(values)

    medians = interleaved(lambda: measured("floor"), lambda: measured("ours"), times=3)
    assert medians == (2.0, 20.0) and order == ["floor", "ours"] * 4


def test_a_seeded_home_is_what_the_store_reads(tmp_path: Path, arun) -> None:
    home = seed.home(tmp_path / "home", 10, 60, long_one=40)

    async def go() -> tuple[list[str], int, int]:
        store = await Store.open(home / "jieli.db", SystemClock(), home / "running")
        try:
            conversations = await store.conversations()
            first = next(c for c in conversations if c.pinned)
            branch = await store.branch(first.id)
            attempts = await store.attempts(branch)
            return [c.title for c in conversations], len(branch), sum(len(a) > 1 for a in attempts.values())
        finally:
            await store.close()

    titles, length, passes = arun(go())
    assert len(titles) == 11 and all(titles)
    assert length == 40 and passes > 0


@pytest.mark.display
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at X11")
def test_the_observer_sees_an_empty_window_painted_but_not_usable() -> None:
    from tests.bench import windows
    from tests.bench.x11 import Screen

    screen = Screen()
    with windows._running(windows.FLOOR) as process:
        window = windows._await_window(screen, process, windows._painted)
        assert (window.width, window.height) == (1200, 800)
        assert not windows.usable(screen, window)
        assert min(windows._memory_mb(process.pid)) > 5
        assert windows._cpu_seconds(process.pid) > 0
    screen.close()


def test_what_opening_costs_is_seen_turn_by_turn(tmp_path: Path) -> None:
    from tests.bench.opening import opening

    home = seed.home(tmp_path / "home", 3, 12)
    found = opening(home, settle=0.2, rest=0.4, only=("nothing", "spend", "palette"), where=("offscreen",))
    assert [result.name for result in found] == ["open, offscreen: spend", "open, offscreen: palette"]
    # The settings were built on the way to one of their sections: much work, in many turns.
    spend = found[0]
    assert spend.most == 16.0 and spend.ours > 0
    work = float(spend.note.split()[0])
    assert work > spend.ours
