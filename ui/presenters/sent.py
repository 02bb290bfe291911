"""Keeps the line above the first message that is still sent in step with the conversation shown."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from app.i18n import tr
from app.store.records import Conversation
from app.store.store import Store
from ui.presenters.turns import Running, Turns
from ui.transcript.view import TranscriptView


class SentMarker(QObject):
    """`shown` gives the open conversation. The newest answer says with what it was asked."""

    def __init__(
        self,
        transcript: TranscriptView,
        store: Store,
        turns: Turns,
        shown: Callable[[], Conversation | None],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        super().__init__()
        self._transcript = transcript
        self._store = store
        self._turns = turns
        self._shown = shown
        self._start = start
        self._round = 0
        self._gone = False
        turns.started.connect(self._started)
        turns.ended.connect(self._ended)

    def detach(self) -> None:
        """Let go of the turns; the views are about to be thrown away."""
        # What is being fetched comes too late for views that are thrown away.
        self._gone = True
        self._turns.started.disconnect(self._started)
        self._turns.ended.disconnect(self._ended)

    def refresh(self) -> None:
        """Another conversation or branch is shown, or it has a summary now."""
        self._start(self._refresh(), "what is sent")

    async def _refresh(self) -> None:
        self._round += 1
        now = self._round
        shown = self._shown()
        found = await self._store.conversation(shown.id) if shown is not None else None
        first: object = None
        if found is not None and found.head is not None:
            newest = await self._store.messages([found.head])
            running = self._turns.running(found.id)
            newest = [running.started.answer] if running is not None else newest
            first = newest[0].facts.get("from") if newest else None
        if now == self._round and not self._gone:
            self._show(first, found)

    def _show(self, first: object, conversation: Conversation | None) -> None:
        summed = conversation is not None and bool(conversation.summary)
        link = tr("context.summary" if summed else "context.settings")
        _show_mark(self._transcript, first if isinstance(first, str) else None, link)

    def _started(self, running: Running) -> None:
        shown = self._shown()
        if shown is not None and shown.id == running.conversation:
            self._show(running.started.answer.facts.get("from"), shown)

    def _ended(self, conversation: str, _answer: str) -> None:
        shown = self._shown()
        if shown is not None and shown.id == conversation:
            self.refresh()


def _show_mark(view: TranscriptView, first: str | None, link: str) -> None:
    """Put the line over the message `first`, or take it away."""
    mark = view.context.sent
    if (mark.first, mark.link) == (first, link):
        return
    touched = {mark.first, first}
    mark.first, mark.link = first, link
    for row in view.window_.rows:
        if row.id in touched:
            view.pump.remeasure(row)
    view.pump.wake()
