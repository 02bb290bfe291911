"""One attempt: a request on one leg, read to its end, its failure or its budget, and the record of it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Any

from app.clock import Clock
from app.domain import KeyRef, Leg, Turn
from app.policy import Policy
from app.relay.events import Delta, Reasoning, RelayEvent, Skip
from app.relay.ports import Books, Journal
from app.relay.seam import Halves, Seam
from app.relay.watch import Watch
from app.store.entries import AttemptOutcome, AttemptRecord
from providers import Failure, FailureKind, ProviderFailure
from providers.base import (
    ChatRequest,
    Endpoint,
    FinishChunk,
    ReasoningChunk,
    TextChunk,
    UsageChunk,
    Wire,
)

AFTER_FINISH = 3.0
"""Seconds a vendor may keep the stream open after it said that the answer is finished."""


class Notes:
    """Hands attempt records to the journal in order, once the turn is waiting for the network anyway: the
    journal's thread must not compete with a request that is about to go out. The ledger hears of them at
    once."""

    def __init__(self, journal: Journal, books: Books | None = None) -> None:
        self._journal = journal
        self._books = books
        self._records: list[AttemptRecord] = []
        self._handle: asyncio.Handle | None = None

    def add(self, record: AttemptRecord) -> None:
        """Note it soon."""
        if self._books:
            self._books.note(record)
        self._records.append(record)
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Note everything now."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        records, self._records = self._records, []
        for record in records:
            self._journal.attempt(record)


@dataclass(slots=True)
class Attempted:
    """An attempt while it runs and what came of it. `started` is monotonic, `started_at` epoch seconds."""

    n: int
    leg: Leg
    key: KeyRef
    started: float
    started_at: float
    text_start: int
    probe: bool = False
    alive: bool = False
    first_content_ms: int | None = None
    parts: list[str] = field(default_factory=list[str])
    written: int = 0
    reasoning: list[str] = field(default_factory=list[str])
    usage: UsageChunk | None = None
    finish: str | None = None
    failure: Failure | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def write(self, text: str) -> None:
        """Visible text went out."""
        self.parts.append(text)
        self.written += len(text)

    def count(self, usage: UsageChunk) -> None:
        """The vendor's count; the last one counts, but a zero does not undo a number."""
        last = self.usage
        if last is not None:
            prompt, completion = usage.prompt or last.prompt, usage.completion or last.completion
            usage = replace(usage, prompt=prompt, completion=completion)
        self.usage = usage

    def record(self, turn: str, conversation: str | None, estimated: int, answer: int) -> AttemptRecord:
        """The record at the start."""
        return AttemptRecord(
            id=self.id,
            message=turn,
            n=self.n,
            provider=self.leg.provider.id,
            model=self.leg.model.id,
            outcome="running",
            started_at=self.started_at,
            key=self.key.id or None,
            conversation=conversation,
            billing=self.leg.billing.value,
            text_start=self.text_start,
            text_end=self.text_start,
            estimated_prompt=estimated,
            estimated_completion=answer,
        )

    def ended(
        self,
        running: AttemptRecord,
        outcome: AttemptOutcome,
        now: float,
        until: float | None,
        completion: int,
    ) -> AttemptRecord:
        """The record at the end. `completion` is the estimate of what was written; it and the estimated
        prompt stand in for the vendor's count when something came but no count did."""
        changes: dict[str, Any] = {
            "outcome": outcome,
            "first_content_ms": self.first_content_ms,
            "duration_ms": round((now - self.started) * 1000),
            "text_end": self.text_start + self.written,
            "until": until,
        }
        if (usage := self.usage) is not None:
            # Numbers that came on the way, or that cannot be, are no count of the whole answer.
            whole = self.finish is not None or outcome == "answered"
            sound = usage.prompt > 0 and (usage.completion > 0 or not (self.parts or self.reasoning))
            changes |= {
                "prompt_tokens": usage.prompt or running.estimated_prompt,
                "completion_tokens": usage.completion
                if whole and usage.completion
                else max(usage.completion, completion),
                "reasoning_tokens": usage.reasoning or None,
                "cached_tokens": usage.cached or None,
                "usage_estimated": not (whole and sound),
            }
        elif self.parts or self.reasoning or outcome == "answered":
            changes |= {
                "prompt_tokens": running.estimated_prompt,
                "completion_tokens": completion,
                "usage_estimated": True,
            }
        if (failure := self.failure) is not None:
            changes |= {
                "kind": failure.kind.value,
                "code": failure.code,
                "status": failure.status,
                "text": failure.message,
                "hint": failure.hint,
                "retry_after": failure.retry_after,
            }
        return replace(running, **changes)


def skip_record(turn: Turn, leg: Leg, skip: Skip, n: int, now: float) -> AttemptRecord:
    """The record of a leg passed over after `n` attempts of the turn."""
    return AttemptRecord(
        id=uuid.uuid4().hex,
        message=turn.id,
        n=n,
        provider=skip.provider,
        model=skip.model,
        outcome="skipped",
        started_at=now,
        conversation=turn.conversation,
        kind=skip.reason,
        code=skip.state or None,
        text=skip.note,
        until=skip.until,
        billing=leg.billing.value,
    )


class Reader:
    """Reads one attempt's stream into events and enforces its budgets."""

    def __init__(self, wire: Wire, clock: Clock, policy: Policy) -> None:
        self._wire = wire
        self._clock = clock
        self._policy = policy

    async def read(
        self, attempt: Attempted, endpoint: Endpoint, request: ChatRequest, partial: str, budget: float
    ) -> AsyncGenerator[RelayEvent, None]:
        """Yield `Delta` and `Reasoning` until the stream ends; then `attempt.failure` says how it went.

        `budget` is what is left of the turn's seconds to first content: it shortens the wait for the first
        byte. Thinking and keep-alives are life and may go on up to the silent cap.
        """
        policy = self._policy
        provider = attempt.leg.provider
        stall = provider.stall or policy.stall
        limit = max(min(provider.first_byte or policy.first_byte, budget), 0.0)
        seam = Seam(partial) if partial else None
        halves = Halves()
        lead = ""
        monotonic = self._clock.monotonic
        # The cap counts from the start, then from the last visible text.
        silent_until = attempt.started + policy.silent_cap
        watch = Watch()
        stream = self._wire.stream(endpoint, request, connect_timeout=policy.connect)
        following = stream.__anext__
        try:
            while True:
                with watch.reading(limit):
                    try:
                        chunk = await following()
                    except StopAsyncIteration:
                        break
                attempt.alive = True
                if type(chunk) is TextChunk:
                    text = halves.feed(chunk.text)
                    if not attempt.parts:
                        # The commit point is visible content: blank text alone could still fail unseen.
                        lead += text
                        if not lead or lead.isspace():
                            limit = min(stall, max(silent_until - monotonic(), 0.0))
                            continue
                        text, lead = lead, ""
                        if attempt.first_content_ms is None:
                            attempt.first_content_ms = round((monotonic() - attempt.started) * 1000)
                    if seam:
                        text = seam.feed(text)
                    limit = stall
                    silent_until = monotonic() + policy.silent_cap
                    if text:
                        attempt.write(text)
                        yield Delta(text)
                    continue
                if type(chunk) is ReasoningChunk:
                    if chunk.text:
                        attempt.reasoning.append(chunk.text)
                        yield Reasoning(chunk.text)
                elif type(chunk) is UsageChunk:
                    attempt.count(chunk)
                elif type(chunk) is FinishChunk:
                    attempt.finish = chunk.reason
                limit = min(stall, max(silent_until - monotonic(), 0.0))
                if attempt.finish is not None:
                    limit = min(limit, AFTER_FINISH)
        except ProviderFailure as failed:
            attempt.failure = failed.failure
        except TimeoutError:
            attempt.failure = _overdue(attempt.alive, monotonic() >= silent_until)
        finally:
            watch.close()
            await stream.aclose()
        failure = attempt.failure
        if failure is not None and attempt.finish is not None and failure.kind in _NOISE_AFTER_FINISH:
            failure = attempt.failure = None
        text = lead if failure is None else ""
        text += halves.flush() if failure is None else ""
        if seam:
            text = seam.feed(text) + seam.flush() if failure is None else seam.broken()
        if text and (attempt.parts or not text.isspace()):
            attempt.write(text)
            yield Delta(text)
        if failure is None and not attempt.parts and not partial:
            attempt.failure = Failure(FailureKind.TRANSIENT, code="empty")


_NOISE_AFTER_FINISH = (FailureKind.NETWORK, FailureKind.TRANSIENT)


def _overdue(alive: bool, silent: bool) -> Failure:
    if not alive:
        return Failure(FailureKind.NETWORK, code="timeout", hint="timeout")
    return Failure(FailureKind.TRANSIENT, code="silent" if silent else "stall")
