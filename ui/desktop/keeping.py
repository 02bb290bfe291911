"""Saves the window's state soon after it changed, off the window's thread, so that a crash loses a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.worker import Worker
from ui.state import WindowState

SOON_MS = 1_000


class StateKeeper(QObject):
    """`remember` puts what is shown into the state; `touch` says that something changed."""

    def __init__(
        self,
        state: WindowState,
        remember: Callable[[], object],
        on_error: Callable[[BaseException], None],
        soon_ms: int = SOON_MS,
    ) -> None:
        super().__init__()
        self._state = state
        self._remember = remember
        self._worker = Worker("window state", on_error)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(soon_ms)
        self._soon.timeout.connect(self._keep)
        self._written: dict[str, Any] = {}
        self._open = False

    def begin(self) -> None:
        """The event loop runs; from now on changes are saved."""
        self._open = True

    def touch(self) -> None:
        """Save a second after this; further changes until then are saved with it."""
        if self._open and not self._soon.isActive():
            self._soon.start()

    async def close(self) -> None:
        """Finish what is being written and save nothing more; the end saves by itself."""
        self._open = False
        self._soon.stop()
        await self._worker.close()

    def _keep(self) -> None:
        self._remember()
        state = self._state.snapshot()
        if state != self._written:
            self._written = state
            self._worker.post(self._state.write, state)
