"""One answer from its first event to its last: what streams in is saved, what ends it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from app.asking import ChatEvent, Finished, Restarted, Started, note_with, price_of
from app.clock import Clock
from app.context import new_message
from app.domain import Turn
from app.drafting import Draft
from app.relay.events import (
    Attempt,
    Delta,
    Done,
    Exhausted,
    Reasoning,
    RelayEvent,
    Stopped,
    Switch,
    Trimmed,
)
from app.store.records import Message, MessageStatus
from app.store.store import Store


class Runner(Protocol):
    """The relay, as far as answering needs it."""

    def run(self, turn: Turn) -> AsyncGenerator[RelayEvent, None]: ...


class Answering:
    """Runs turns whose question and empty answer are stored. Several may run at once."""

    def __init__(self, store: Store, relay: Runner, clock: Clock) -> None:
        self._store = store
        self._relay = relay
        self._clock = clock

    async def run(
        self, started: Started, turn: Turn, *, asks_price: bool = False
    ) -> AsyncGenerator[ChatEvent, None]:
        """Yield the relay's events and `Finished`. When the consumer stops early or its task is cancelled,
        what was read so far is stored as `stopped`. With `asks_price` a turn that only money could go on
        with asks for it."""
        draft = Draft(self._store, started.answer)
        reasoning_since: float | None = None
        reasoning_ms: int | None = started.answer.reasoning_ms
        end: Done | Exhausted | Stopped | None = None
        sent = started.sent
        try:
            async with aclosing(self._relay.run(turn)) as events:
                async for event in events:
                    match event:
                        case Delta():
                            if reasoning_since is not None and reasoning_ms is None:
                                reasoning_ms = int((self._clock.monotonic() - reasoning_since) * 1000)
                            draft.add(event)
                        case Reasoning():
                            reasoning_since = reasoning_since or self._clock.monotonic()
                            draft.add(event)
                        case Switch(mode="restart") if "".join(draft.text):
                            yield await self._restart(draft)
                        case Attempt() if draft.reasoning and not "".join(draft.text):
                            # Whoever thought so far said nothing; the next one thinks for itself.
                            draft.reasoning.clear()
                            reasoning_since = reasoning_ms = None
                        case Trimmed() if event.dropped < len(sent):
                            sent = sent[event.dropped :]
                            note = note_with(draft.answer, "from", sent[0])
                            draft.answer = replace(draft.answer, note=note)
                        case Done() | Exhausted() | Stopped():
                            end = event
                            continue
                        case _:
                            pass
                    yield event
        finally:
            draft.stop()
            stored = await asyncio.shield(self._store_end(draft, end, reasoning_ms, asks_price=asks_price))
        if end is not None:
            yield end
        yield Finished(stored)

    async def _restart(self, draft: Draft) -> Restarted:
        """Keep what was read as a sibling and go on in a fresh answer.

        The attempts of the turn are recorded under the id the turn began with, so that message keeps being
        the answer; the copy takes the old text.
        """
        now = self._clock.now()
        text = "".join(draft.text)
        earlier = replace(
            new_message(draft.answer.conversation, draft.answer.parent, "assistant", text, "stopped", now),
            reasoning="".join(draft.reasoning),
        )
        draft.text.clear()
        draft.reasoning.clear()
        await self._store.keep_message(earlier)
        await self._store.keep_answer(draft.answer.id, text="", reasoning="")
        return Restarted(earlier, draft.answer)

    async def _store_end(
        self,
        draft: Draft,
        end: Done | Exhausted | Stopped | None,
        reasoning_ms: int | None,
        *,
        asks_price: bool,
    ) -> Message:
        text = end.text if isinstance(end, Done) else "".join(draft.text)
        status: MessageStatus
        match end:
            case Done():
                status, finish = "done", end.finish
            case Exhausted(offline=True) if not text:
                status, finish = "waiting", "offline"
            case Exhausted():
                status, finish = "failed", None
            case _:
                status, finish = "stopped", None
        saved = replace(
            draft.answer,
            text=text,
            reasoning="".join(draft.reasoning),
            reasoning_ms=reasoning_ms,
            status=status,
            finish=finish,
            note=_note(draft.answer, end, asks_price=asks_price),
            provider=end.provider if isinstance(end, Done) else draft.answer.provider,
            model=end.model if isinstance(end, Done) else draft.answer.model,
            updated_at=self._clock.now(),
        )
        await self._store.keep_answer(
            saved.id,
            text=saved.text,
            reasoning=saved.reasoning,
            reasoning_ms=saved.reasoning_ms,
            status=saved.status,
            finish=saved.finish,
            note=saved.note,
            provider=saved.provider,
            model=saved.model,
        )
        return saved


def _note(answer: Message, end: Done | Exhausted | Stopped | None, *, asks_price: bool) -> str | None:
    """What the answer waits for from the user: a leg to go on with, or a price to agree to."""
    asks = end.asks if isinstance(end, Exhausted) else None
    pays = price_of(end.skips) if isinstance(end, Exhausted) and asks_price and not asks else None
    limit = end.limit if isinstance(end, Exhausted) and not end.text else ""
    for fact, value in (("asks", asks), ("pays", pays), ("limit", limit or None)):
        answer = replace(answer, note=note_with(answer, fact, value))
    return answer.note
