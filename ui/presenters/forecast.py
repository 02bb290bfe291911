"""The estimate beside the send button, earlier questions for the arrow keys, and who cannot see pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.clock import Clock
from app.forecast import forecast, raw_history, raw_question, words
from app.relay.estimate import Estimator
from app.relay.ports import Ledger
from app.store.records import Message
from app.store.store import Store
from ui.composer import Composer
from ui.presenters.enclosures import EnclosurePresenter
from ui.presenters.strip import StripPresenter

PAUSE_MS = 250
"""The estimate follows when the keys have rested for so long."""

LOOKED_AT = 200
EARLIER = 50
_AT_ONCE = 20_000
"""A text of so many characters is weighed in the UI's own thread: that takes less than handing it over."""


class ForecastPresenter(QObject):
    """`start` begins a task."""

    def __init__(
        self,
        composer: Composer,
        enclosures: EnclosurePresenter,
        strip: StripPresenter,
        store: Store,
        estimator: Estimator,
        ledger: Ledger | None,
        clock: Clock,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        super().__init__()
        self._composer = composer
        self._enclosures = enclosures
        self._strip = strip
        self._store = store
        self._estimator = estimator
        self._ledger = ledger
        self._clock = clock
        self._start = start
        self._conversation: str | None = None
        self._history = 0.0
        self._saw_pictures = False
        self._gone = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self._weigh)
        composer.text_changed.connect(self._soon.start)
        enclosures.changed.connect(self._parts_changed)
        strip.refreshed.connect(self._soon.start)

    def detach(self) -> None:
        """The views are about to be thrown away."""
        self._gone = True
        self._soon.stop()
        self._soon.timeout.disconnect()

    def opened(self, conversation: str | None) -> None:
        """Another conversation is shown, or the one shown has grown."""
        if conversation != self._conversation:
            self._conversation = conversation
            self._learn([], 0.0)
        if conversation is not None:
            self._start(self._read(conversation), "forecast")

    async def _read(self, conversation: str) -> None:
        ids, _more = await self._store.tail(conversation, LOOKED_AT)
        messages = await self._store.messages(ids)
        raw = await asyncio.to_thread(raw_history, messages)
        if conversation == self._conversation and not self._gone:
            self._learn(messages, raw)

    def _learn(self, messages: list[Message], raw: float) -> None:
        self._history = raw
        asked = [message for message in messages if message.role == "user"]
        self._composer.editor.set_earlier([m.text for m in reversed(asked) if m.text][:EARLIER])
        self._saw_pictures = bool(asked) and any(part.kind == "image" for part in asked[-1].enclosed)
        self._parts_changed()

    def _parts_changed(self) -> None:
        """The strip shows before sending which legs will be passed over."""
        seen = self._enclosures.has_pictures or (
            self._saw_pictures and any(status.leg.model.vision for status in self._strip.legs)
        )
        if seen != self._strip.pictures:
            self._strip.pictures = seen
            self._strip.refresh()
        self._soon.start()

    def _weigh(self) -> None:
        text, held = self._composer.text(), self._enclosures.held
        if not text.strip() and not held:
            self._composer.set_estimate("")
        elif len(text) <= _AT_ONCE:
            self._show(raw_question(text, held))
        else:
            self._start(self._weigh_long(text), "estimate")

    async def _weigh_long(self, text: str) -> None:
        raw = await asyncio.to_thread(raw_question, text, self._enclosures.held)
        if not self._gone:
            self._show(raw)

    def _show(self, question: float) -> None:
        found = forecast(
            self._strip.legs,
            self._estimator,
            self._ledger,
            self._clock.now(),
            history=self._history,
            question=question,
            pictures=self._strip.pictures,
        )
        self._composer.set_estimate(words(found), found.enough)
