"""The real window on a home, run by a measured process, and a watch over how long its thread is busy.

Milliseconds: `worked` of processor time in each turn of the loop; `late`, how late a timer came that rings
every four; `own`, the same without the time this thread, or the one of ours it waited for, stood ready and
other programs had the processors (work and waits for the interpreter, the disk or the window system).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLineEdit

from app import i18n
from app.clock import SystemClock
from app.options import Options
from app.paths import locate
from app.settings import SettingsFile, SettingsService
from app.store.peek import Peek
from ui.collecting import Collector
from ui.shell import Shell
from ui.start import Start
from ui.state import WindowState
from ui.window_run import Run, run_loop

ROOT = Path(__file__).resolve().parents[2]
BEAT = 0.004
PATIENCE = 60.0

Measure = Callable[[Shell, dict[str, Any]], Awaitable[dict[str, Any]]]


@dataclass
class Seen:
    """What was seen while one thing was done. Milliseconds."""

    worked: list[float] = field(default_factory=list[float])
    own: list[float] = field(default_factory=list[float])
    late: list[float] = field(default_factory=list[float])
    keys: list[float] = field(default_factory=list[float])
    asked: int = 0

    def longest(self) -> float:
        """The longest time nothing else could happen in the window's thread."""
        return max((*self.own, *self.worked), default=0.0)


class Schedule:
    """What the scheduler says of our threads: time on a processor, and time ready and waiting for one."""

    def __init__(self) -> None:
        self._me = str(threading.get_native_id())
        self._files: dict[str, int] = {}
        self._before: dict[str, tuple[float, float]] = {}

    def passed(self) -> tuple[float, float, float]:
        """Since the last time, in seconds: how long this thread stood ready, the most any other one worked,
        and the longest any other one stood ready. All 0 where the system does not tell."""
        now = self._now()
        mine, work, ready = 0.0, 0.0, 0.0
        for thread, (at_work, waiting) in now.items():
            before = self._before.get(thread, (at_work, waiting))
            if thread == self._me:
                mine = waiting - before[1]
            else:
                work, ready = max(work, at_work - before[0]), max(ready, waiting - before[1])
        self._before = now
        return mine, work, ready

    def _now(self) -> dict[str, tuple[float, float]]:
        found: dict[str, tuple[float, float]] = {}
        for place in Path("/proc/self/task").glob("*"):
            try:
                if place.name not in self._files:
                    self._files[place.name] = os.open(place / "schedstat", os.O_RDONLY)
                worked, waited, _times = os.pread(self._files[place.name], 80, 0).split()
            except OSError:
                continue  # it has ended
            found[place.name] = (int(worked) / 1e9, int(waited) / 1e9)
        return found


class Watch(QObject):
    """Watches the turns of the window's event loop, and a field's paints.

    The dispatcher says `awake` once a turn, before the posted events; `aboutToBlock` comes after them and
    before timers, sockets and the window system, so that it ends nothing. The processor's time is exact
    from turn to turn, since waiting for events takes none; waits are seen by how late a timer rings.
    """

    def __init__(self, field: QLineEdit | None = None) -> None:
        super().__init__()
        self.seen: Seen | None = None
        self._schedule = Schedule()
        self._work = self._beat = 0.0
        self._pressed: float | None = None
        QAbstractEventDispatcher.instance().awake.connect(self._turn)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._ring)
        if field is not None:
            field.installEventFilter(self)

    @contextmanager
    def seeing(self) -> Iterator[Seen]:
        self.seen = seen = Seen()
        self._work, self._beat = time.thread_time(), time.perf_counter()
        self._schedule.passed()
        self._timer.start(round(BEAT * 1000))
        try:
            yield seen
        finally:
            self._timer.stop()
            self.seen = self._pressed = None

    def pressed(self) -> None:
        """A key is about to be sent."""
        self._pressed = time.perf_counter()

    def _turn(self) -> None:
        work = time.thread_time()
        if self.seen is not None:
            self.seen.worked.append((work - self._work) * 1000)
        self._work = work

    def _ring(self) -> None:
        now, (ready, others_work, others_ready) = time.perf_counter(), self._schedule.passed()
        if self.seen is not None:
            late = max(0.0, now - self._beat - BEAT)
            self.seen.late.append(late * 1000)
            ours = max(0.0, late - ready)
            # Whoever held the interpreter meanwhile either worked or had no processor.
            self.seen.own.append(max(ours - others_ready, min(ours, others_work)) * 1000)
        self._beat = now

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._pressed is not None and self.seen is not None:
            self.seen.keys.append((time.perf_counter() - self._pressed) * 1000)
            self._pressed = None
        return False


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; give up when the window does not come to it."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the window does not answer"
        await asyncio.sleep(0.002)


async def settled(shell: Shell, seconds: float) -> None:
    """The window stands, and what is put off at the start (the check of the file, the snapshot) is over."""
    await until(lambda: shell._standing and shell.findChild(Collector) is not None)
    await asyncio.sleep(seconds)


class Measured(Run):
    """A run of the window in which something is measured, and which then ends as ever."""

    def __init__(
        self, start: Start, shell: Shell, state: WindowState, measure: Measure, what: dict[str, Any]
    ) -> None:
        super().__init__(start, shell, state, SystemClock())
        self._measure = measure
        self._what = what
        self.found: dict[str, Any] = {}

    async def main(self) -> int:
        running = asyncio.ensure_future(super().main())
        try:
            self.found = await self._measure(self._shell, self._what)
        finally:
            self._shell.closing.emit()
            await running
        return 0


def run(measure: Measure, environ: Mapping[str, str] | None = None) -> None:
    """Open the window on the home of the command line, measure, print what was found as one line of JSON."""
    home, what = Path(sys.argv[1]), json.loads(sys.argv[2])
    gc.disable()
    i18n.load(ROOT / "resources" / "i18n")
    i18n.set_language("zh")
    paths = locate(home, {})
    peek = Peek(paths.database_file)
    settings = SettingsService(SettingsFile(paths.settings_file))
    builtin = ROOT / "resources" / "providers"
    start = Start(Options("window"), paths, settings, environ or {}, builtin, lambda: "0", peek)
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    state = WindowState(paths.state_file)
    shell = Shell(app, settings, SystemClock(), state)
    shell.show_list(peek.result())
    shell.show()
    run = Measured(start, shell, state, measure, what)
    run_loop(app, lambda: run)
    print(json.dumps(run.found), flush=True)
    os._exit(0)
