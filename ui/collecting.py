"""Cyclic garbage is collected in the UI thread and nowhere else.

Python's collector runs in whichever thread happens to allocate. One that finds a window, a timer or any other
Qt object there destroys it outside its thread, and the process ends with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer

from app.memory import collect_due

EVERY_MS = 5_000


class Collector(QObject):
    """Takes the place of the automatic collector for as long as it lives.

    What exists when it is made is taken to stay and is not looked at again.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        timer.timeout.connect(collect_due)
        timer.start(EVERY_MS)
