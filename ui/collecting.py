"""Cyclic garbage is collected in the UI thread and nowhere else.

Python's collector runs in whichever thread happens to allocate. One that finds a window, a timer or any other
Qt object there destroys it outside its thread, and the process ends with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer

from app.memory import Garbage, give_back

BUSY_MS, IDLE_MS = 500, 5_000


class Collector(QObject):
    """Takes the place of the automatic collector for as long as it lives.

    What exists when it is made is taken to stay and is not looked at again.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._garbage = Garbage()
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(IDLE_MS)

    def _look(self) -> None:
        if self._garbage.collect_due():
            # Often only while much is made.
            self._busy = True
            self._timer.setInterval(BUSY_MS)
        elif self._busy:
            self._busy = False
            self._timer.setInterval(IDLE_MS)
            gc.collect()
            QThreadPool.globalInstance().start(give_back)
