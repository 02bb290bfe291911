"""Opens the window: built and painted first, with the list in it; asyncio and all the rest come after.

Half of a start's time would go into what nobody sees yet (the event loop, the relay, Markdown), so this
module imports only what the first paint shows.
"""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from app.clock import SystemClock
from app.errors import KnownError
from app.paths import Paths
from app.store.instances import FileLock
from ui.input_method import reach_fcitx
from ui.shell import Shell
from ui.start import Start
from ui.state import WindowState
from ui.theme import even_strokes

APP_ID = "jieli"

FIRST_PAINT = 0.5
"""Seconds to wait for the window system to show the window; then everything else is loaded regardless."""

OTHER_ANSWERS = 20.0
"""Seconds a second start waits for the first one, which may be opening a large database or closing one."""


def run_window(start: Start) -> int:
    """Open the window and run until it is closed; returns the exit status.

    A second start on the same data raises the first window and ends with 0.
    """
    even_strokes(os.environ)
    reach_fcitx(os.environ)
    app = QApplication(sys.argv[:1])
    app.setApplicationName(APP_ID)
    app.setDesktopFileName(APP_ID)
    app.setQuitOnLastWindowClosed(False)
    lock = _lock(start.paths)
    if lock is not None and not lock.acquire() and not _took_over(lock, start):
        return 0
    clock, state = SystemClock(), WindowState(start.paths.state_file)
    shell = Shell(app, start.settings, clock, state)
    shell.show_list(start.peek.result())
    if start.first_run():
        shell.show_first_run()
    shell.show()
    _paint_once(app, shell)

    from ui.window_run import Run, run_loop

    try:
        return run_loop(app, lambda: Run(start, shell, state, clock))
    finally:
        if lock is not None:
            lock.release()


def _took_over(lock: FileLock, start: Start) -> bool:
    """Have the other window show itself: False. It may still be opening its data, and answers when it has;
    or it is about to end, and then this start takes its place: True. Raises `KnownError` if it does neither.
    """
    from ui.single_instance import raise_first

    end = time.monotonic() + OTHER_ANSWERS
    while not raise_first(start.paths.socket_name, quick=start.options.quick_ask):
        if lock.acquire():
            return True
        if time.monotonic() > end:
            raise KnownError("shell.open_elsewhere")
        time.sleep(0.1)
    return False


def _paint_once(app: QApplication, shell: Shell) -> None:
    """Handle what the window system sends until the window has been painted. Only here, before there is an
    event loop: later on nothing may spin it."""
    end = time.monotonic() + FIRST_PAINT
    while time.monotonic() < end:
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        handle = shell.window.windowHandle()
        if handle is not None and handle.isExposed():
            break
        time.sleep(0.001)
    app.processEvents()


def _lock(paths: Paths) -> FileLock | None:
    """The lock that makes this the one window; None where the folder cannot be made (said later)."""
    try:
        paths.ensure()
    except KnownError:
        return None
    return FileLock(paths.data / "window.lock")
