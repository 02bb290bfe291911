"""An answer while it grows: its pieces in memory, saved in bursts."""

from __future__ import annotations

import asyncio

from app.relay.events import Delta, Reasoning
from app.store.records import Message
from app.store.store import Store

FLUSH_SECONDS = 0.8
"""How often a growing answer is saved; design asks for at least once a second."""


class Draft:
    """The growing answer, saved at most every `FLUSH_SECONDS` while it is dirty."""

    def __init__(self, store: Store, answer: Message) -> None:
        self._store = store
        self._timer: asyncio.TimerHandle | None = None
        self.answer = answer
        self.text = [answer.text] if answer.text else []
        self.reasoning: list[str] = [answer.reasoning] if answer.reasoning else []

    def add(self, event: Delta | Reasoning) -> None:
        (self.text if isinstance(event, Delta) else self.reasoning).append(event.text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        # Joining in place keeps the lists short, so that a long answer is not joined from its tokens anew.
        self.text[:] = ["".join(self.text)]
        self.reasoning[:] = ["".join(self.reasoning)]
        self._store.post_text(self.answer.id, self.text[0], self.reasoning[0])

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
