"""Says at the sidebar's foot what this month cost: about so much where prices are known, else how often."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.clock import Clock
from app.directory import Directory
from app.ledger.ledger import Ledger
from app.prices import spent, spent_words
from app.store.store import Store
from ui.sidebar import Sidebar

AGAIN_MS = 1000


class MonthsBill(QObject):
    """Looks once at the start, and after turns at most once a second."""

    def __init__(
        self,
        sidebar: Sidebar,
        store: Store,
        ledger: Ledger,
        directory: Directory,
        clock: Clock,
        start: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        super().__init__()
        self._sidebar = sidebar
        self._store = store
        self._directory = directory
        self._clock = clock
        self._start = start
        self._gone = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._look)
        self._end = ledger.subscribe(self._changed)
        self._look()

    def detach(self) -> None:
        """Let go of the ledger; the sidebar is about to be thrown away."""
        self._gone = True
        self._again.stop()
        self._again.timeout.disconnect()
        self._end()

    def _changed(self) -> None:
        if not self._again.isActive():
            self._again.start()

    def _look(self) -> None:
        self._start(self._read(), "month")

    async def _read(self) -> None:
        billed = await self._store.billed(month_began(self._clock.now()))
        if not self._gone:
            self._sidebar.set_month(spent_words(spent(billed, self._directory)))


def month_began(now: float) -> float:
    """When this computer's month began, in epoch seconds."""
    then = time.localtime(now)
    return time.mktime((then.tm_year, then.tm_mon, 1, 0, 0, 0, 0, 0, -1))
