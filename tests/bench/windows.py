"""Measurements of real windows, by an observer outside the process: start, memory, idle."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import seed
from tests.bench.measure import Result, Unavailable, interleaved
from tests.bench.x11 import Screen, Window, inked_lines, list_part, open_first_conversation, transcript_pixels

ROOT = Path(__file__).resolve().parents[2]
FLOOR = [sys.executable, str(ROOT / "tests" / "bench" / "empty_window.py")]
LIST_LINES = 8
"""So many lines of text in the sidebar's list make a window usable: its conversations can be read."""

_PATIENCE = 30.0


def program(home: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "app", "--home", str(home)]


def _painted(screen: Screen, window: Window) -> bool:
    """Has anything been drawn? An X window shows the black root until its first paint."""
    rows = screen.rows(window, window.width // 2, window.height // 2, 1, 1)
    return bool(rows) and rows[0][:3] != b"\0\0\0"


def usable(screen: Screen, window: Window) -> bool:
    return inked_lines(screen.rows(window, *list_part(window))) >= LIST_LINES


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    # An installed program is compiled once; without this, some machines would measure the compiler.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _await_window(
    screen: Screen, process: subprocess.Popen[bytes], ready: Callable[[Screen, Window], bool]
) -> Window:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        for window in screen.windows():
            if ready(screen, window):
                return window
        if process.poll() is not None:
            assert process.stderr is not None
            words = process.stderr.read().decode(errors="replace").strip().splitlines()
            raise Unavailable(f"the program ended at once: {words[-1] if words else process.returncode}")
        time.sleep(0.001)
    raise Unavailable(f"no usable window within {_PATIENCE:g} s")


def start_ms(screen: Screen, command: list[str], ready: Callable[[Screen, Window], bool]) -> float:
    while screen.windows():  # the one before is still going
        time.sleep(0.01)
    begin = time.perf_counter()
    with _running(command) as process:
        _await_window(screen, process, ready)
        return (time.perf_counter() - begin) * 1000


def start() -> list[Result]:
    """From exec to a window whose conversations can be read, 1 000 of them with 100 000 messages on disk."""
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
        home = seed.home(Path(folder), 1000, 100_000)
        floor, ours = interleaved(
            lambda: start_ms(screen, FLOOR, _painted),
            lambda: start_ms(screen, program(home), usable),
            times=7,
        )
    screen.close()
    return [Result("start", "ms", floor, ours, bar=2.5)]


def _memory_mb(pid: int) -> tuple[float, float]:
    """PSS and RSS of a process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise Unavailable(f"PSS needs Linux's smaps_rollup: {error}") from error
    sizes = {line.split()[0]: int(line.split()[1]) / 1024 for line in lines[1:]}
    return sizes["Pss:"], sizes["Rss:"]


def _empty_window_mb(screen: Screen) -> tuple[float, float]:
    while screen.windows():
        time.sleep(0.01)
    with _running(FLOOR) as process:
        _await_window(screen, process, _painted)
        time.sleep(1)
        return _memory_mb(process.pid)


def memory() -> list[Result]:
    """PSS with a 10 000-message conversation opened and scrolled from its end to its beginning."""
    screen = Screen()
    before = _empty_window_mb(screen)
    while screen.windows():
        time.sleep(0.01)
    with tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
        home = seed.home(Path(folder), 50, 5000, long_one=10_000)
        with _running(program(home)) as process:
            window = _await_window(screen, process, usable)
            screen.focus(window)
            _await_rest(screen, window)
            open_first_conversation(screen, window)
            # The empty margin of the transcript takes the focus without following a link.
            _await_rest(screen, window)
            screen.click(window.x + window.width - 60, window.y + window.height // 3)
            pages = _scroll_to_top(screen, window)
            time.sleep(3)
            ours = _memory_mb(process.pid)
    after = _empty_window_mb(screen)
    screen.close()
    # PSS shares Qt's pages out among all processes that use them: other Qt programs make it smaller.
    floor = (before[0] + after[0]) / 2
    note = f"{pages} pages; RSS {after[1]:.0f} and {ours[1]:.0f} MB; "
    note += f"floor {before[0]:.1f} MB before, {after[0]:.1f} MB after"
    return [Result("memory", "MB", floor, ours[0], bar=3.0, note=note)]


def _await_rest(screen: Screen, window: Window) -> None:
    """Wait until the transcript has not changed for a second: the conversation is open and painted."""
    shown, since = transcript_pixels(screen, window), time.monotonic()
    end = since + _PATIENCE
    while time.monotonic() - since < 1 and time.monotonic() < end:
        time.sleep(0.1)
        now = transcript_pixels(screen, window)
        if now != shown:
            shown, since = now, time.monotonic()


def _scroll_to_top(screen: Screen, window: Window) -> int:
    """Page up until nothing moves any more; the number of pages."""
    pages, still = 0, 0
    shown = transcript_pixels(screen, window)
    while still < 4 and pages < 6000:
        screen.key("Prior", 10)
        pages += 10
        time.sleep(0.15)
        now = transcript_pixels(screen, window)
        still = still + 1 if now == shown else 0
        shown = now
    if pages < 200:
        raise Unavailable(f"the transcript did not scroll by the page-up key ({pages} pages)")
    return pages


def _cpu_seconds(pid: int) -> float:
    """CPU time of all threads, by the scheduler's own count in nanoseconds."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks.iterdir()) / 1e9
    except (OSError, IndexError, ValueError) as error:
        raise Unavailable(f"CPU time needs Linux's schedstat: {error}") from error


def idle() -> list[Result]:
    """CPU time while nobody does anything, as a share of one core over 15 s."""
    screen = Screen()
    seconds = 15
    with tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
        home = seed.home(Path(folder), 100, 2000)
        with _running(program(home)) as ours:
            _await_window(screen, ours, usable)
            with _running(FLOOR) as floor:
                time.sleep(5)  # whatever was put off at the start is over
                before = _cpu_seconds(floor.pid), _cpu_seconds(ours.pid)
                time.sleep(seconds)
                after = _cpu_seconds(floor.pid), _cpu_seconds(ours.pid)
    screen.close()
    share = [(b - a) / seconds * 100 for a, b in zip(before, after, strict=True)]
    return [Result("idle", "%", share[0], share[1], most=0.05)]
