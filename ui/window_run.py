"""What runs behind the painted window: the event loop's main task, and the end of it all in order.

The order of the end: the window hides, tasks are cancelled and awaited (each running answer stores what it
has), the core closes (connections, keyring, settings, database), the window's place is saved, the loop ends.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.clock import Clock
from app.errors import KnownError
from app.memory import share_heap
from app.store.store import Store
from app.tasks import TaskScope
from ui.shell import Shell
from ui.start import Start
from ui.state import WindowState

if TYPE_CHECKING:
    from app.core import Core
    from ui.collecting import Collector
    from ui.single_instance import SingleInstance

_log = logging.getLogger(__name__)

THREADS = 4

SWITCH = 0.001
"""Seconds another thread keeps the interpreter when the window's thread wants it; a frame may want it several
times, and Python's own are five times as many."""


class HasMain(Protocol):
    """What an event loop runs."""

    async def main(self) -> int: ...


def new_loop(app: QApplication) -> qasync.QEventLoop:
    """The program's event loop, with threads that let the window's thread go first."""
    sys.setswitchinterval(SWITCH)
    share_heap()
    loop = qasync.QEventLoop(app)
    # Its own default starts ten Qt threads at the first use.
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "worker"))
    asyncio.set_event_loop(loop)
    return loop


def run_loop(app: QApplication, run: Callable[[], HasMain]) -> int:
    """Run the main task in a Qt event loop and take the loop down; returns the exit status."""
    loop = new_loop(app)
    try:
        return loop.run_until_complete(run().main())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


class Run:
    """One run of the window from first paint to the end."""

    def __init__(self, start: Start, shell: Shell, state: WindowState, clock: Clock) -> None:
        self._start = start
        self._shell = shell
        self._state = state
        self._clock = clock
        self._closing = asyncio.Event()

    async def main(self) -> int:
        loop = asyncio.get_running_loop()
        scope = TaskScope(self._report)
        shell = self._shell
        loop.set_exception_handler(lambda _loop, context: self._report_context(context))
        hook = sys.excepthook
        sys.excepthook = lambda _kind, error, _trace: self._report(error)
        shell.closing.connect(self._closing.set)
        if not shell.window.isVisible():
            # Closed before the loop ran.
            self._closing.set()
        signals = _Signals(loop, self._closing.set)
        opener = _Opener(self._start, self._clock, shell, scope, self._report)
        shell.retry_requested.connect(lambda: scope.start(opener.open(), "open"))
        scope.start(opener.open(), "open")
        try:
            await self._closing.wait()
        finally:
            shell.window.hide()
            await shell.shut_down()
            await scope.close()
            await opener.close()
            await self._start.settings.close()
            self._state.save()
            signals.close()
            sys.excepthook = hook
        return 0

    def _report_context(self, context: Mapping[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._report(error)
        else:
            _log.error("event loop: %s", context.get("message"))

    def _report(self, error: BaseException) -> None:
        """Where every error ends that nobody took."""
        if isinstance(error, KeyboardInterrupt):
            self._closing.set()
            return
        if not isinstance(error, KnownError):
            _log.error("unexpected", exc_info=error)
        self._shell.tell(error)


class _Opener:
    """Opens the data behind the window that is already there, and closes it again."""

    def __init__(
        self,
        start: Start,
        clock: Clock,
        shell: Shell,
        scope: TaskScope,
        report: Callable[[BaseException], None],
    ) -> None:
        self._start = start
        self._clock = clock
        self._shell = shell
        self._scope = scope
        self._report = report
        self._core: Core | None = None
        self._single: SingleInstance | None = None
        self._collector: Collector | None = None

    async def open(self) -> None:
        """Open everything; a trouble is shown in the window and can be tried again."""
        start = self._start
        try:
            start.paths.ensure()
            store = await Store.open(
                start.paths.database_file, self._clock, start.paths.locks, on_error=self._report
            )
            core = await asyncio.to_thread(importlib.import_module, "app.core")
            opened: Core = await core.open_core(
                paths=start.paths,
                store=store,
                settings=start.settings,
                clock=self._clock,
                environ=start.environ,
                builtin_providers=start.builtin_providers,
                endpoints=start.options.endpoints,
                version=start.version(),
                on_error=self._report,
            )
        except KnownError as error:
            self._shell.trouble(error)
            return
        self._core = opened
        self._shell.attach(opened, self._scope, start.version(), practice=start.options.practice)
        if start.options.quick_ask:
            self._shell.quick_ask()
        # What only a second start, or the first question, needs comes after the first paint.
        QTimer.singleShot(0, self._shell, self._listen)
        await asyncio.to_thread(importlib.import_module("ui.render.markdown").warm)
        # What a click opens at once: small, and loaded while nobody waits.
        await asyncio.to_thread(importlib.import_module, "ui.leg_popover")
        # In this thread: it makes classes of Qt (see `ui/qt_kinds.py`).
        importlib.import_module("ui.style")
        from ui.collecting import Collector

        if self._collector is None:
            self._collector = Collector(self._shell)

    def _listen(self) -> None:
        from ui.single_instance import SingleInstance

        if self._single is None:
            self._single = SingleInstance(self._start.paths.socket_name)
            self._single.raise_requested.connect(self._shell.raise_window)
            self._single.quick_requested.connect(self._shell.quick_ask)

    async def close(self) -> None:
        """Close what is open."""
        if self._single is not None:
            self._single.close()
        if self._core is not None:
            await self._core.close()


class _Signals:
    """Ends the program in order on SIGINT and SIGTERM.

    Python runs its handlers only between byte codes, and Qt's loop runs none while it waits; the byte that
    Python writes to the wake-up socket makes the loop run some, without a timer that would keep it busy.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
        self._loop = loop
        self._reader: socket.socket | None = None
        if sys.platform == "win32":
            return
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        loop.add_reader(self._reader.fileno(), self._drain)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop())

    def _drain(self) -> None:
        if self._reader is not None:
            self._reader.recv(64)

    def close(self) -> None:
        """Give the signals back."""
        if self._reader is None:
            return
        self._loop.remove_reader(self._reader.fileno())
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._reader.close()
        self._writer.close()
        self._reader = None
