"""The relay itself: a turn goes in, events come out; exactly one of them ends the turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager

from app.clock import Clock
from app.context import trim
from app.domain import ChainItem, KeyRef, Leg, Turn
from app.errors import KnownError
from app.relay.attempt import Attempted, Notes, Reader, skip_record
from app.relay.baton import FAST_FAILURE, PENALISED, Baton, Reaction, exhausted, unasked
from app.relay.continuing import build_request
from app.relay.estimate import Estimator
from app.relay.events import (
    Attempt,
    Delta,
    Done,
    Failed,
    RelayEvent,
    Skip,
    Stopped,
    Switch,
    Trimmed,
    Usage,
    Waiting,
)
from app.relay.guard import GuardedBooks, GuardedEstimator, GuardedLedger
from app.relay.health import Health
from app.relay.order import Pace, ordered
from app.relay.ports import Books, Journal, Keys, Ledger
from app.relay.preflight import Choice, Preflight, Slot, course
from app.store.entries import AttemptOutcome, AttemptRecord
from providers import Failure, FailureKind
from providers.base import ChatMessage, Endpoint, Wire

RETRY_PAUSE = 0.2
SHORTEST_WAIT = 0.05
TRIM_STEP = 0.75
"""A history a vendor called too long is cut to at most this share of it."""


class Relay:
    """Runs turns; one instance serves them all, and they may overlap.

    `run` yields events up to one terminal event: `Done`, `Exhausted`, or `Stopped` when the wire reports a
    cancellation. When the consumer's task is cancelled or the generator is closed early, the attempt is
    recorded as `stopped` and the cancellation passes on without a terminal event: whoever cancels knows.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        wire: Wire,
        health: Health,
        journal: Journal,
        clock: Clock,
        estimator: Estimator | None = None,
        ledger: Ledger | None = None,
        books: Books | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._keys = keys
        self._wire = wire
        self._journal = journal
        self._clock = clock
        guarded = GuardedLedger(ledger) if ledger else None
        self._ledger = guarded
        self._books = GuardedBooks(books, guarded) if books else None
        self.health = health
        self.estimator: Estimator = GuardedEstimator(estimator or Estimator())
        self.pace = pace or Pace()
        self._preflight = Preflight(keys, health, self.estimator, guarded, self._books)
        self._reaction = Reaction(health, self.estimator, clock)

    async def run(self, turn: Turn) -> AsyncGenerator[RelayEvent, None]:
        """Ask the legs of `turn.chain` until one answers. Use under `contextlib.aclosing`."""
        clock, policy = self._clock, turn.policy
        chain = _pinned(turn) if turn.pinned else self._ordered(turn)
        names = tuple(item.spec for item in chain)
        baton = Baton(
            turn=turn,
            course=course(turn, chain),
            notes=Notes(self._journal, self._books),
            reader=Reader(self._wire, clock, policy),
            deadline=clock.monotonic() + policy.first_content,
            parts=[turn.partial] if turn.partial else [],
            length=len(turn.partial),
        )
        if not turn.pinned:
            self._preflight.hold(baton.course, self.health.dwell(names), policy, clock.now())
        with self._ending(baton):
            while baton.n < policy.max_attempts:
                choice = self._preflight.choose(baton.course, turn, clock.now())
                for skip in choice.skips:
                    self._note_skip(baton, skip)
                    yield skip
                slot, key = choice.slot, choice.key
                if slot is None:
                    break
                if choice.wait is not None:
                    yield Waiting(slot.leg.provider.id, slot.leg.model.id, choice.wait)
                    await self._wait(baton, choice.wait)
                    continue
                budget = float("inf") if baton.committed else baton.deadline - clock.monotonic()
                if budget <= 0 or key is None:
                    baton.limit = "seconds" if budget <= 0 else ""
                    break
                secret = await self._secret(baton, slot.leg, key)
                if secret is None and slot.leg.provider.auth != "none":
                    continue
                if choice.trim:
                    yield self._trim(baton, slot.leg)
                if switch := self._switch(baton, slot.leg, choice.at):
                    yield switch
                attempt, partial = self._begin(baton, choice, slot, key)
                yield Attempt(attempt.n, slot.leg.provider.id, slot.leg.model.id)
                leg = slot.leg
                request = build_request(turn, leg, baton.course.messages, partial, baton.plain)
                endpoint = Endpoint(leg.provider, leg.model, leg.base_url, secret)
                baton.record = attempt.record(
                    turn.id,
                    turn.conversation,
                    self.estimator.prompt(leg.id, request.messages)
                    + self.estimator.text(leg.id, request.prefix),
                    self.estimator.answer(leg.id, turn.max_tokens),
                )
                baton.notes.add(baton.record)
                if self._books and self._books.metered(leg):
                    # A crash from here on must not make what the vendor counts forgotten.
                    baton.notes.flush()
                    await self._books.written()
                async with aclosing(baton.reader.read(attempt, endpoint, request, partial, budget)) as events:
                    async for event in events:
                        if type(event) is Delta:
                            if attempt.written == len(event.text):
                                self._committed(baton, attempt)
                            baton.parts.append(event.text)
                            baton.length += len(event.text)
                        yield event
                failure = attempt.failure
                if failure is None:
                    yield self._done(baton, attempt, names, request.messages, partial)
                    return
                failed = self._failed(baton, attempt, failure)
                if failure.kind is FailureKind.CANCELLED:
                    yield Stopped(baton.text())
                    return
                yield failed
                if not self._reaction.goes_on(baton, slot, attempt, failure):
                    break
                if baton.pause:
                    baton.pause = False
                    await clock.sleep(RETRY_PAUSE)
            else:
                baton.limit = "attempts" if unasked(baton) else ""
            yield exhausted(baton, self._asks(baton) if baton.asks else None)

    # -- before an attempt

    def _ordered(self, turn: Turn) -> tuple[ChainItem, ...]:
        return ordered(turn.chain, turn.policy.order, self._ledger, self.pace, self._clock.now())

    async def _wait(self, baton: Baton, until: float) -> None:
        began = self._clock.monotonic()
        await self._clock.sleep(max(until - self._clock.now(), SHORTEST_WAIT))
        # The countdown is visible and not the legs' doing: it does not count against them.
        baton.deadline += self._clock.monotonic() - began

    async def _secret(self, baton: Baton, leg: Leg, key: KeyRef) -> str | None:
        if leg.provider.auth == "none":
            return None
        try:
            secret = await self._keys.secret(key)
        except KnownError as error:
            baton.course.unreadable[key.id] = error
            return None
        if secret is None:
            baton.course.unreadable[key.id] = KnownError("relay.key_gone")
        return secret

    def _trim(self, baton: Baton, leg: Leg) -> Trimmed:
        where, turn = baton.course, baton.turn
        most = None if baton.refused is None else int(baton.refused * TRIM_STEP)

        def fits(messages: tuple[ChatMessage, ...]) -> bool:
            small = most is None or self.estimator.prompt(leg.id, messages) <= most
            return small and self._preflight.fits(leg, turn, messages)

        where.messages, dropped = trim(where.messages, fits)
        where.too_small.clear()
        where.larger_than = 0
        baton.refused = None
        return Trimmed(dropped)

    def _switch(self, baton: Baton, leg: Leg, at: int) -> Switch | None:
        source = baton.last
        if source is None:
            passed = (slot.leg.id for slot in baton.course.slots[:at])
            source = next((name for name in passed if name in baton.course.skipped), None)
        if source is None or (source == leg.id and not baton.seam):
            return None
        baton.seam = False
        if baton.restart:
            baton.restart = False
            baton.parts.clear()
            baton.length = 0
        return Switch(source, leg.id, "continue" if baton.length else "restart")

    def _begin(self, baton: Baton, choice: Choice, slot: Slot, key: KeyRef) -> tuple[Attempted, str]:
        where = baton.course
        where.at = choice.at
        where.asked.add(slot.leg.id)
        if baton.last != slot.leg.id:
            baton.plain = False
        baton.last = slot.leg.id
        baton.n += 1
        now = self._clock.now()
        attempt = Attempted(baton.n, slot.leg, key, self._clock.monotonic(), now, baton.length)
        attempt.probe = self.health.begin(slot.leg, key.id, now)
        baton.running = attempt
        return attempt, baton.text() if baton.length else ""

    def _asks(self, baton: Baton) -> str | None:
        """Who would go on with the answer, if the user wants it to."""
        choice = self._preflight.choose(baton.course, baton.turn, self._clock.now())
        return choice.slot.leg.id if choice.slot is not None and choice.wait is None else None

    # -- after an attempt

    def _committed(self, baton: Baton, attempt: Attempted) -> None:
        baton.committed = True
        self._reached(baton, attempt)
        self.health.on_success(attempt.leg, attempt.key.id, attempt.started_at)
        self.health.release(attempt.leg, attempt.key.id)
        if attempt.first_content_ms is not None:
            self.pace.learn(attempt.leg.id, float(attempt.first_content_ms), attempt.started_at)

    def _reached(self, baton: Baton, attempt: Attempted) -> None:
        """Something answered: legs that did not are now known to be at fault themselves."""
        if attempt.leg.provider.local:
            return
        baton.online = True
        for missed, failure, weight in baton.pending:
            self.health.on_failure(
                missed.leg, missed.key.id, failure, started=missed.started_at, weight=weight
            )
        baton.pending.clear()

    def _done(
        self,
        baton: Baton,
        attempt: Attempted,
        names: tuple[str, ...],
        messages: tuple[ChatMessage, ...],
        partial: str,
    ) -> Done:
        leg, used = attempt.leg, attempt.usage
        written = "".join(attempt.parts)
        if not attempt.parts:
            self._committed(baton, attempt)
        if used is not None and not partial:
            self.estimator.learn(
                leg.id,
                messages,
                written,
                prompt=used.prompt,
                completion=used.completion,
                reasoning=used.reasoning,
            )
        record = self._end(baton, "answered")
        if not baton.turn.pinned:
            if baton.demoted or any(skip.reason == "cooldown" for skip in baton.skips):
                self.health.keep_dwell(names, leg.id, attempt.started_at)
            else:
                self.health.end_dwell(names)
        usage = Usage(record.prompt_tokens or 0, record.completion_tokens or 0, record.usage_estimated)
        return Done(leg.provider.id, leg.model.id, baton.text(), attempt.finish or "stop", usage)

    def _failed(self, baton: Baton, attempt: Attempted, failure: Failure) -> Failed:
        """Penalise, record and tell the failure."""
        network = failure.kind is FailureKind.NETWORK
        if attempt.alive or not network:
            self._reached(baton, attempt)
        fast = attempt.written == 0 and self._clock.monotonic() - attempt.started < FAST_FAILURE
        weight = 1 if fast else 2
        until = None
        if network and not baton.online:
            baton.pending.append((attempt, failure, weight))
        else:
            until = self.health.on_failure(
                attempt.leg, attempt.key.id, failure, started=attempt.started_at, weight=weight
            )
        baton.demoted = baton.demoted or failure.kind in PENALISED
        stopped = failure.kind is FailureKind.CANCELLED
        self._end(baton, "stopped" if stopped else "failed", until)
        failed = Failed(attempt.n, attempt.leg.provider.id, attempt.leg.model.id, failure, attempt.written)
        baton.failures.append(failed)
        return failed

    # -- records

    @contextmanager
    def _ending(self, baton: Baton) -> Generator[None, None, None]:
        """However the turn ends, its last attempt is recorded and its probe given back."""
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            self._end(baton, "stopped")
            raise
        finally:
            self._end(baton, "failed")
            baton.notes.flush()
            if self._books:
                self._books.release(baton.turn.id)

    def _end(self, baton: Baton, outcome: AttemptOutcome, until: float | None = None) -> AttemptRecord:
        attempt, running = baton.running, baton.record
        baton.running = baton.record = None
        if attempt is not None:
            self.health.release(attempt.leg, attempt.key.id)
        if attempt is None or running is None:
            return _NOTHING
        model = attempt.leg.id
        completion = self.estimator.text(model, "".join(attempt.parts))
        completion += self.estimator.text(model, "".join(attempt.reasoning))
        record = attempt.ended(running, outcome, self._clock.monotonic(), until, completion)
        baton.notes.add(record)
        return record

    def _note_skip(self, baton: Baton, skip: Skip) -> None:
        baton.skips.append(skip)
        leg = next(s.leg for s in baton.course.slots if s.leg.id == f"{skip.provider}:{skip.model}")
        baton.notes.add(skip_record(baton.turn, leg, skip, baton.n, self._clock.now()))


_NOTHING = AttemptRecord("", None, 0, "", "", "failed", 0.0)


def _pinned(turn: Turn) -> tuple[ChainItem, ...]:
    """The one leg the user pinned, with nothing to fall back to."""
    for item in turn.chain:
        for leg in item.legs:
            if leg.id == turn.pinned:
                return (ChainItem(leg.id, (leg,)),)
    raise KnownError("relay.pinned_missing", leg=turn.pinned)
