"""Cyclic garbage is collected in the UI thread and nowhere else.

Python's collector runs in whichever thread happens to allocate. One that finds a window, a timer or any other
Qt object there destroys it outside its thread, and the process ends with it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QThreadPool, QTimer, QTimerEvent
from PySide6.QtGui import QGuiApplication

from app.memory import Garbage, give_back

BUSY_MS, IDLE_MS = 1_000, 5_000
AWAY_MS = 60_000
"""For so long nobody has touched anything before the window may stand still for a tenth of a second."""

_INPUT = {
    QEvent.Type.KeyPress,
    QEvent.Type.InputMethod,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.HoverMove,
    QEvent.Type.TouchBegin,
    QEvent.Type.ApplicationActivate,
}


_TRIM_S = 1.0
"""Seconds between two times that memory is given back: other threads may have to wait meanwhile."""


class Collector(QObject):
    """Takes the place of the automatic collector for as long as it lives.

    What exists when it is made, and what has survived for long, is put aside and looked at again only while
    nobody uses the window.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._garbage = Garbage()
        self._busy = False
        self._owing = False
        self._given = -_TRIM_S
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(IDLE_MS)
        self._away = Away(self._nobody_waits, self)

    def _look(self) -> None:
        if self._garbage.collect_due():
            # Often only while much is made.
            self._busy = True
            self._timer.setInterval(BUSY_MS)
            self._away.stop()
        elif self._busy:
            self._busy = False
            self._timer.setInterval(IDLE_MS)
            self._garbage.look()
            self._owing = True
            if self._garbage.much_aside:
                self._away.start()
        if self._owing and not self._busy:
            self._give_back()

    def _nobody_waits(self) -> None:
        self._garbage.look_at_all()
        self._given = -_TRIM_S
        self._give_back()

    def _give_back(self) -> None:
        now = time.monotonic()
        if now - self._given > _TRIM_S:
            self._given, self._owing = now, False
            QThreadPool.globalInstance().start(give_back)


class Away(QObject):
    """Calls back once when nobody has touched the program for `AWAY_MS`, or it is not the active one.

    Only from `start` on does it see events: looking at each costs time, and what is of interest is a time in
    which there are hardly any.
    """

    def __init__(self, then: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._then = then
        self._ringing = 0
        self._seen = False

    def start(self) -> None:
        """Begin to wait."""
        if not self._ringing:
            self._wait()

    def stop(self) -> None:
        """Wait no more."""
        if self._ringing:
            self.killTimer(self._ringing)
            self._ringing = 0
            self._watch(False)

    def _wait(self) -> None:
        self._seen = False
        self._watch(True)
        self._ringing = self.startTimer(AWAY_MS, Qt.TimerType.CoarseTimer)

    def _watch(self, on: bool) -> None:
        app = QGuiApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
            if on:
                app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            # Seen once is enough until the time is up.
            self._seen = True
            self._watch(False)
        return False

    def timerEvent(self, event: QTimerEvent) -> None:
        self.stop()
        active = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        if self._seen and active:
            self._wait()
        else:
            self._then()
