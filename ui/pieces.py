"""What takes long to build is built a piece at a time, between the turns of the event loop.

A page is built out of sight but at its size, so that polishing and laying out are done in pieces, too, and
stands whole when it is shown: nothing in it jumps.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget
from shiboken6 import isValid

BUDGET = 0.006
"""Seconds of work in one turn of the loop; a frame has 16 ms, and a piece may take a few itself."""

LOOK_MS = 4
"""How often a thread that is waited for is looked at."""


class Pieces(QObject):
    """Goes through `steps`, a few in each turn of the event loop; `done` is called once they are through.

    A step may yield a thread, which is waited for while other things go on, and the `Backstage` its page is
    built in. Whoever cannot wait calls `finish`. What a step itself causes may do so, too: it then goes on
    with what there is. It deletes itself in the end.
    """

    def __init__(
        self, steps: Iterable[object], done: Callable[[], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._steps: Iterator[object] = iter(steps)
        self._done = done
        self._inside = self.over = self.failed = False
        self._thread: threading.Thread | None = None
        self._backstage: Backstage | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def finish(self) -> None:
        """Take all the steps that are left."""
        if self._backstage is not None and not self.over:
            self._backstage.withdraw()
        self._go(float("inf"))

    def first(self) -> None:
        """Take the first of the steps that are left now."""
        self._go(0.0)

    def stop(self) -> None:
        """Leave the rest undone."""
        if not self.over:
            self._timer.stop()
            self.over = True
            self.deleteLater()

    def _turn(self) -> None:
        self._go(time.perf_counter() + BUDGET)

    def _go(self, until: float) -> None:
        if self._inside or self.over:
            return
        self._inside = True
        try:
            if not self._waited_for(self._thread, until):
                return
            for step in self._steps:
                if self.over or not self._waited_for(step, until) or time.perf_counter() >= until:
                    return
        except BaseException:
            self.failed = True
            self.stop()
            raise
        finally:
            self._inside = False
        self.stop()
        self._done()

    def _waited_for(self, step: object, until: float) -> bool:
        """Whether one can go on; a thread is looked at now and then."""
        if isinstance(step, Backstage):
            self._backstage = step
            if until == float("inf"):
                step.withdraw()
        if not isinstance(step, threading.Thread):
            return True
        if until == float("inf"):
            step.join()
        waiting = step.is_alive()
        self._thread = step if waiting else None
        self._timer.setInterval(LOOK_MS if waiting else 0)
        return not waiting


class Making:
    """What is made in pieces when it is first wanted: begun once, finished at once where need be. What could
    not be made is begun anew when it is wanted again."""

    def __init__(
        self, steps: Callable[[], Iterable[object]], done: Callable[[], object], parent: QObject
    ) -> None:
        self._steps, self._done, self._parent = steps, done, parent
        self._pieces: Pieces | None = None

    def begin(self) -> None:
        """Make it between other things, unless that has begun."""
        self._begun()

    def finish(self) -> None:
        """Make now what is not made yet."""
        self._begun().finish()

    def stop(self) -> None:
        """Leave the rest unmade."""
        if self._pieces is not None:
            self._pieces.stop()

    def _begun(self) -> Pieces:
        if self._pieces is None or self._pieces.failed:
            self._pieces = Pieces(self._steps(), self._done, self._parent)
        return self._pieces


class Backstage(QObject):
    """Keeps a page that is being built beside the stack it will be shown in: visible, so that it is laid out
    as it grows, but outside what can be seen."""

    def __init__(self, page: QWidget, stack: QStackedWidget) -> None:
        super().__init__(page)
        self._page, self._stack = page, stack
        page.setParent(stack)
        self._place()
        stack.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(page.show)
        self._timer.start(0)

    def withdraw(self) -> None:
        """The rest is built at once: what is added to a visible page is not there before the next turn."""
        self._timer.stop()
        self._page.hide()

    def enter(self) -> None:
        """The page goes to the stack, which shows it when it is told so."""
        self._timer.stop()
        self._stack.removeEventFilter(self)
        self._stack.addWidget(self._page)
        self.deleteLater()

    def _place(self) -> None:
        self._page.setGeometry(self._stack.rect().translated(-2 * self._stack.width() - 100, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False


def while_there(widget: QWidget, steps: Iterable[object]) -> Iterator[object]:
    """The steps, for as long as the widget is not deleted."""
    for step in steps:
        yield step
        if not isValid(widget):
            return


def polished(widget: QWidget) -> Iterator[object]:
    """Give all that is in a hidden widget its looks and its size, which would else happen in the moment in
    which it is shown. It may be deleted meanwhile."""
    for one in (widget, *widget.findChildren(QWidget)):
        if not isValid(one):
            return
        one.ensurePolished()
        yield
    if widget.layout() is not None:
        widget.sizeHint()
        yield


async def in_turns(steps: Iterable[object]) -> None:
    """Go through the steps in a task, a few in each turn of the event loop."""
    until = time.perf_counter() + BUDGET
    for step in steps:
        if isinstance(step, threading.Thread):
            await asyncio.to_thread(step.join)
        if time.perf_counter() >= until:
            # Zero would be this turn again.
            await asyncio.sleep(0.001)
            until = time.perf_counter() + BUDGET


def at_once(steps: Iterable[object]) -> None:
    """Go through all steps now; for what is small, and for tests."""
    for step in steps:
        if isinstance(step, threading.Thread):
            step.join()


def loading(names: Iterable[str]) -> threading.Thread:
    """A thread that imports modules, begun: it holds up the window's in short bursts only."""

    def load() -> None:
        for name in names:
            importlib.import_module(name)

    thread = threading.Thread(target=load, name="imports")
    thread.start()
    return thread
