"""The measured process: the real window on a home, and somebody who types into its search field.

Prints one JSON object: for an idle window and for each way of typing the milliseconds the window's thread was
busy at a stretch (`busy`), the processor's part of that (`worked`), both without the time it stood ready and
other programs had the processors (`own`: work and waits for the interpreter or the disk), how late a timer
came that rings every four (`late`), and how long a key took to be painted (`keys`).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app import i18n
from app.clock import SystemClock
from app.options import Options
from app.paths import locate
from app.settings import SettingsFile, SettingsService
from app.store.peek import Peek
from ui.shell import Shell
from ui.start import Start
from ui.state import WindowState
from ui.window_run import Run, run_loop

ROOT = Path(__file__).resolve().parents[2]
BEAT = 0.004
HUMAN, PASTE, REPEAT = 0.11, 0.004, 0.03
"""Seconds between two keys: of a quick typist, of a program that types, of a key held down."""
PATIENCE = 60.0


@dataclass
class Seen:
    """What was seen while one thing was done. Milliseconds."""

    busy: list[float] = field(default_factory=list[float])
    worked: list[float] = field(default_factory=list[float])
    own: list[float] = field(default_factory=list[float])
    late: list[float] = field(default_factory=list[float])
    keys: list[float] = field(default_factory=list[float])
    asked: int = 0


class Watch(QObject):
    """Watches the window's thread from each waking to the next turn of the loop, and the field's paints."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__()
        self.seen: Seen | None = None
        self._woke: tuple[float, float, float] | None = None
        # What the scheduler says of this thread: time on a processor, time ready and waiting for one.
        place = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._schedule = os.open(place, os.O_RDONLY) if place.exists() else None
        self._beat = 0.0
        self._pressed: float | None = None
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._wake)
        dispatcher.aboutToBlock.connect(self._sleep)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._ring)
        field.installEventFilter(self)

    @contextmanager
    def seeing(self) -> Iterator[Seen]:
        self.seen = seen = Seen()
        self._beat = time.perf_counter()
        self._timer.start(round(BEAT * 1000))
        try:
            yield seen
        finally:
            self._timer.stop()
            self.seen = self._woke = self._pressed = None

    def pressed(self) -> None:
        """A key is about to be sent."""
        self._pressed = time.perf_counter()

    def _wake(self) -> None:
        self._sleep()
        if self.seen is not None:
            self._woke = self._now()

    def _sleep(self) -> None:
        if self._woke is not None and self.seen is not None:
            wall, work, ready = (
                (now - then) * 1000 for now, then in zip(self._now(), self._woke, strict=True)
            )
            self.seen.busy.append(wall)
            self.seen.worked.append(work)
            self.seen.own.append(max(work, wall - ready))
        self._woke = None

    def _now(self) -> tuple[float, float, float]:
        """Seconds by the clock, of work, and of standing ready without a processor."""
        ready = 0.0
        if self._schedule is not None:
            ready = int(os.pread(self._schedule, 80, 0).split()[1]) / 1e9
        return time.perf_counter(), time.thread_time(), ready

    def _ring(self) -> None:
        now = time.perf_counter()
        if self.seen is not None:
            self.seen.late.append(max(0.0, now - self._beat - BEAT) * 1000)
        self._beat = now

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._pressed is not None and self.seen is not None:
            self.seen.keys.append((time.perf_counter() - self._pressed) * 1000)
            self._pressed = None
        return False


class Typist:
    """Types into the search field as a person, an input method or a program does."""

    def __init__(self, shell: Shell, watch: Watch) -> None:
        self._field = shell.window.sidebar.search
        self._shell = shell
        self._watch = watch

    async def type(self, words: list[str], pause: float) -> None:
        """Each word letter by letter, a look at what was found, and the word deleted with a held key."""
        for word in words:
            for letter in word:
                self._letter(letter)
                await asyncio.sleep(pause)
            await self._found()
            await asyncio.sleep(pause * 2)
            for _ in word:
                self._key(Qt.Key.Key_Backspace)
                await asyncio.sleep(min(pause, REPEAT))

    async def paste(self, words: list[str]) -> None:
        """Each word in one piece in place of the one before."""
        for word in words:
            self._press(lambda word=word: (self._field.selectAll(), self._field.insert(word)))
            await self._found()
            await asyncio.sleep(0.05)
        self._field.clear()

    def _letter(self, letter: str) -> None:
        if letter.isascii():
            self._press(lambda: QTest.keyClicks(self._field, letter))
            return
        # An input method shows the spelling before it gives the character.
        for spelling in ("x", "xi"):
            QApplication.sendEvent(self._field, QInputMethodEvent(spelling, []))
        done = QInputMethodEvent("", [])
        done.setCommitString(letter)
        self._press(lambda: QApplication.sendEvent(self._field, done))

    def _key(self, key: Qt.Key) -> None:
        self._press(lambda: QTest.keyClick(self._field, key))

    def _press(self, act: Callable[[], object]) -> None:
        self._watch.pressed()
        act()

    async def _found(self) -> None:
        """Wait until the results of what stands in the field are there."""
        assert self._watch.seen is not None
        self._watch.seen.asked += 1
        assert self._shell._wiring is not None
        presenter = self._shell._wiring.finding.presenter
        await _until(lambda: presenter._text == self._field.text().strip() and presenter._token is None)


async def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the window does not answer"
        await asyncio.sleep(0.002)


async def measure(shell: Shell, what: dict[str, Any]) -> dict[str, Any]:
    """Type everything in every way."""
    await _until(lambda: shell._wiring is not None and gc.isenabled())
    # What is put off at the start (the check of the file, the snapshot) is not what is measured.
    await asyncio.sleep(what["settle"])
    window = shell.window
    window.focus_search()
    watch = Watch(window.sidebar.search)
    typist = Typist(shell, watch)
    found: dict[str, Any] = {}
    for name in ("idle", "human", "paste", "pieces", "idle again"):
        with watch.seeing() as seen:
            if name == "human":
                await typist.type(what["words"], HUMAN)
            elif name == "paste":
                await typist.type(what["words"] * 2, PASTE)
            elif name == "pieces":
                await typist.paste(what["words"])
            else:
                await asyncio.sleep(what["idle"])
        found[name] = asdict(seen)
    return found


class Measured(Run):
    """A run of the window in which somebody types, and which then ends as ever."""

    def __init__(self, start: Start, shell: Shell, state: WindowState, what: dict[str, Any]) -> None:
        super().__init__(start, shell, state, SystemClock())
        self._what = what
        self.found: dict[str, Any] = {}

    async def main(self) -> int:
        running = asyncio.ensure_future(super().main())
        try:
            self.found = await measure(self._shell, self._what)
        finally:
            self._shell.closing.emit()
            await running
        return 0


def main() -> int:
    home, what = Path(sys.argv[1]), json.loads(sys.argv[2])
    gc.disable()
    i18n.load(ROOT / "resources" / "i18n")
    i18n.set_language("zh")
    paths = locate(home, {})
    peek = Peek(paths.database_file)
    settings = SettingsService(SettingsFile(paths.settings_file))
    start = Start(Options("window"), paths, settings, {}, ROOT / "resources" / "providers", lambda: "0", peek)
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    state = WindowState(paths.state_file)
    shell = Shell(app, settings, SystemClock(), state)
    shell.show_list(peek.result())
    shell.show()
    run = Measured(start, shell, state, what)
    run_loop(app, lambda: run)
    print(json.dumps(run.found), flush=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
