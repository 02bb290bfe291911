"""Tells of answers that took long or failed while nobody was looking at the window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from app.asking import price_asked
from app.clock import Clock
from app.i18n import tr
from app.settings import SettingsService
from app.store.records import Message
from app.store.store import Store
from ui.presenters.turns import Running, Turns

LONG = 10.0
"""Seconds after which nobody waits for an answer any more."""
WORDS = 120
"""So many characters of an answer stand in its notification."""

Tell = Callable[[str, str, Callable[[], object]], Awaitable[object]]


class EndedAnswers(QObject):
    """`active` says whether a window of ours has the keyboard; `tell(title, words, clicked)` shows."""

    def __init__(
        self,
        turns: Turns,
        store: Store,
        settings: SettingsService,
        clock: Clock,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        active: Callable[[], bool],
        tell: Tell,
        open_one: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._turns = turns
        self._store = store
        self._settings = settings
        self._clock = clock
        self._start = start
        self._active = active
        self._tell = tell
        self._open = open_one
        self._began: dict[str, float] = {}
        turns.started.connect(self._started)
        turns.ended.connect(self._ended)

    def close(self) -> None:
        """Hear of nothing more."""
        self._turns.started.disconnect(self._started)
        self._turns.ended.disconnect(self._ended)

    def _started(self, running: Running) -> None:
        self._began.setdefault(running.conversation, self._clock.monotonic())

    def _ended(self, conversation: str, answer: str) -> None:
        if self._turns.running(conversation) is not None:
            # A column of a comparison; the last one is told of.
            return
        began = self._began.pop(conversation, None)
        if began is None or not self._settings.current.notify or self._active():
            return
        took = self._clock.monotonic() - began
        self._start(self._look(conversation, answer, took >= LONG), "tell of an answer")

    async def _look(self, conversation: str, answer: str, long: bool) -> None:
        found = await self._store.messages([answer])
        kept = await self._store.conversation(conversation)
        if not found or kept is None or kept.deleted_at is not None or found[0].status == "stopped":
            return
        message = found[0]
        good = message.status == "done" and not _asks(message)
        if (good and not long) or self._active():
            return
        words = self._words(message, good)
        await self._tell(kept.title or tr("sidebar.untitled"), words, lambda: self._open(conversation))

    def _words(self, message: Message, good: bool) -> str:
        if not good:
            return tr("desktop.asks") if _asks(message) else tr("desktop.failed")
        text = " ".join(message.text.split()) if self._settings.current.notify_words else ""
        if not text:
            return tr("desktop.answered")
        return text if len(text) <= WORDS else f"{text[:WORDS].rstrip()}…"


def _asks(message: Message) -> bool:
    """Whether the answer waits for the user's word."""
    return price_asked(message) is not None or "asks" in message.facts
