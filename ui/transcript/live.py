"""A turn that is running, as the transcript knows it: text, thinking and attempts gathered from its events.

It outlives the widgets: a row scrolled away and back is built from it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.clock import Clock
from app.relay.events import (
    Attempt,
    Delta,
    Done,
    Exhausted,
    Failed,
    Reasoning,
    RelayEvent,
    Skip,
    Stopped,
    Switch,
    Trimmed,
    Waiting,
)
from app.store.entries import AttemptRecord
from app.store.records import Message


class LiveTurn:
    """Everything about the running turn of one answer. `restarts` counts how often the text began anew."""

    def __init__(self, message: Message, attempts: Sequence[AttemptRecord], clock: Clock) -> None:
        self._clock = clock
        self.message = message
        self.records = list(attempts)
        self.parts: list[str] = [message.text] if message.text else []
        self.length = len(message.text)
        self.thoughts: list[str] = [message.reasoning] if message.reasoning else []
        self.restarts = 0
        self.waiting: Waiting | None = None
        self.waiting_since = 0.0
        self.trimmed = 0
        self.ended = False
        self._thinking_since: float | None = None
        self._thinking_ms: int | None = message.reasoning_ms
        self._sent = 0.0

    def apply(self, event: RelayEvent) -> None:
        """Take one event in."""
        match event:
            case Delta(text=text):
                self._first_text()
                self.parts.append(text)
                self.length += len(text)
                self._change(text_end=self.length)
            case Reasoning(text=text):
                if self._thinking_since is None:
                    self._thinking_since = self._clock.monotonic()
                self.thoughts.append(text)
            case Attempt(n=n, provider=provider, model=model):
                self.waiting = None
                self._sent = self._clock.monotonic()
                if not self.length:
                    # Whoever thought so far said nothing; the next one thinks for itself.
                    self.thoughts.clear()
                    self._thinking_since = self._thinking_ms = None
                self._add(n, provider, model, "running")
            case Skip(provider=provider, model=model, reason=reason, until=until):
                self._add(0, provider, model, "skipped")
                self.records[-1] = replace(self.records[-1], kind=reason, until=until)
            case Failed():
                self._failed(event)
            case Switch(mode="restart"):
                self.parts.clear()
                self.length = 0
                self.thoughts.clear()
                self._thinking_since = self._thinking_ms = None
                self.records = [replace(r, text_start=None, text_end=None) for r in self.records]
                self.restarts += 1
            case Switch():
                pass
            case Waiting():
                self.waiting = event
                self.waiting_since = self._clock.now()
            case Trimmed(dropped=dropped):
                self.trimmed += dropped
            case Done() | Exhausted() | Stopped():
                self.waiting = None
                self.ended = True
                self._end_thinking()

    def thinking_ms(self) -> int | None:
        """How long the leg has been (or was) thinking; None when it was not."""
        if self._thinking_ms is not None or self._thinking_since is None:
            return self._thinking_ms
        return int((self._clock.monotonic() - self._thinking_since) * 1000)

    @property
    def thinking(self) -> bool:
        """Whether thinking goes on right now."""
        return self._thinking_since is not None and self._thinking_ms is None

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self.parts)

    def _first_text(self) -> None:
        self._end_thinking()
        if self.records and self.records[-1].outcome == "running" and self.records[-1].text_start is None:
            ms = int((self._clock.monotonic() - self._sent) * 1000)
            self._change(text_start=self.length, first_content_ms=ms)

    def _end_thinking(self) -> None:
        if self.thinking:
            self._thinking_ms = self.thinking_ms()

    def _failed(self, event: Failed) -> None:
        failure = event.failure
        index = next(
            (i for i in range(len(self.records) - 1, -1, -1) if self.records[i].outcome == "running"), None
        )
        if index is None:
            self._add(event.n, event.provider, event.model, "failed")
            index = len(self.records) - 1
        self.records[index] = replace(
            self.records[index],
            outcome="failed",
            kind=str(failure.kind),
            code=failure.code,
            status=failure.status,
            text=failure.message,
            hint=failure.hint,
            retry_after=failure.retry_after,
            duration_ms=int((self._clock.monotonic() - self._sent) * 1000),
        )
        self._end_thinking()

    def _add(self, n: int, provider: str, model: str, outcome: str) -> None:
        self.records.append(
            AttemptRecord(
                id=f"live-{len(self.records)}",
                message=self.message.id,
                n=n,
                provider=provider,
                model=model,
                outcome="running" if outcome == "running" else "failed" if outcome == "failed" else "skipped",
                started_at=self._clock.now(),
            )
        )

    def _change(self, **fields: int) -> None:
        if self.records and self.records[-1].outcome == "running":
            self.records[-1] = replace(self.records[-1], **fields)
