"""Starts what the program does for a conversation when it has been quiet for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.idle import IdleWork
from ui.presenters.turns import Turns

QUIET_MS = 2_000
"""No answer has been written for so long."""


class IdleJobs(QObject):
    """One job at a time, and none while an answer is written: free models often allow one request only."""

    def __init__(
        self,
        turns: Turns,
        work: IdleWork,
        start: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]],
    ) -> None:
        super().__init__()
        self._turns = turns
        self._work = work
        self._start = start
        self._waiting: dict[str, None] = {}
        self._task: asyncio.Task[Any] | None = None
        self._doing = ""
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._next)
        turns.started.connect(self._started)
        turns.ended.connect(self._ended)

    def detach(self) -> None:
        """Start nothing any more; the window is about to be thrown away."""
        self._quiet.stop()
        self._quiet.timeout.disconnect()
        self._turns.started.disconnect(self._started)
        self._turns.ended.disconnect(self._ended)

    def _started(self, _running: object) -> None:
        self._quiet.stop()
        if self._task is not None and self._task.cancel():
            self._waiting[self._doing] = None

    def _ended(self, conversation: str, _answer: str) -> None:
        if self._work.wanted():
            self._waiting[conversation] = None
            self._quiet.start()

    def _next(self) -> None:
        if self._turns.conversations() or self._task is not None or not self._waiting:
            return
        conversation = next(iter(self._waiting))
        del self._waiting[conversation]
        self._doing = conversation
        self._task = self._start(self._work.after(conversation), "idle work")
        self._task.add_done_callback(self._done)

    def _done(self, _task: object) -> None:
        self._task = None
        if self._waiting and not self._turns.conversations():
            self._quiet.start()
