"""A world for simulations: real engine, ledger and store; vendors that count by script; a jumping clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain import ChainItem, KeyRef, Leg, Turn
from app.ledger.journal import LedgerJournal
from app.ledger.ledger import Ledger
from app.ledger.periods import active, is_pack, period
from app.ledger.slices import covers
from app.policy import Policy
from app.relay.engine import Relay
from app.relay.events import Attempt, Done, Exhausted, RelayEvent, Stopped
from app.relay.health import Health
from app.store.entries import AttemptRecord, GrantRow, HealthRow
from app.store.journal import StoreJournal
from app.store.store import Store
from providers import Failure, FailureKind, ProviderFailure
from providers.base import (
    AliveChunk,
    ChatMessage,
    ChatRequest,
    Endpoint,
    FinishChunk,
    StreamChunk,
    TextChunk,
    UsageChunk,
)
from providers.spec import BillingClass
from tests.app.relay.support import NOON, leg

DAY = 86400.0
LARGEST_ANSWER = 400
KEYS = "abcdef"

LEGS: dict[str, Leg] = {
    one.id: one
    for one in (
        leg("a", "m", billing=BillingClass.GRANT),
        leg("a", "n", billing=BillingClass.GRANT),
        leg("b", "m", billing=BillingClass.GRANT),
        leg("c", "m", billing=BillingClass.GRANT),
        leg("d", "m", billing=BillingClass.PAID),
        leg("e", "m", billing=BillingClass.GRANT),
        leg("f", "m", billing=BillingClass.FREE),
    )
}


def grants(now: float) -> list[GrantRow]:
    """One of each kind: packs of a model and of an account, day, month, rolling hours, calls."""
    return [
        GrantRow("a-m", "a", "tokens", 4000, now, model="m", started_at=now, expires_at=now + 30 * DAY),
        GrantRow("a-all", "a", "tokens", 9000, now, started_at=now),
        GrantRow("b-day", "b", "tokens", 5000, now, window="day", timezone="Asia/Shanghai", started_at=now),
        GrantRow("c-hours", "c", "calls", 6, now, window="hours", hours=5, hard_stop=True, started_at=now),
        GrantRow("e-month", "e", "tokens", 20000, now, window="month", timezone="UTC", started_at=now),
        GrantRow("e-pack", "e", "calls", 30, now, model="m", started_at=now, expires_at=now + 60 * DAY),
    ]


class JumpingClock:
    """Stands still unless told otherwise."""

    def __init__(self) -> None:
        self.time = NOON
        self.since = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.since

    async def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)
        await asyncio.sleep(0)

    def pass_by(self, seconds: float) -> None:
        """Time goes by."""
        self.time += seconds
        self.since += seconds


@dataclass(frozen=True, slots=True)
class Play:
    """What a vendor does with a request: `kind` None = answers; `after` pieces are streamed before."""

    kind: FailureKind | None = None
    prompt: int = 20
    completion: int = 30
    after: int = 0
    counted: bool = True
    retry_after: float | None = None
    model_scoped: bool = False
    hangs: bool = False


@dataclass(slots=True)
class Counted:
    """What a vendor counted for one request."""

    leg: str
    at: float
    tokens: int
    told: bool
    taken_from: str | None = None


class Vendors:
    """The wire. Asks `allowed` before every request, plays what is planned, counts what it did."""

    def __init__(self, clock: JumpingClock, allowed: Callable[[Leg], None]) -> None:
        self.clock = clock
        self.allowed = allowed
        self.plan: dict[str, list[Play]] = {}
        self.counted: list[Counted] = []
        self.requests = 0
        self.hanging = asyncio.Event()

    async def stream(
        self, endpoint: Endpoint, request: ChatRequest, *, connect_timeout: float
    ) -> AsyncGenerator[StreamChunk, None]:
        name = f"{endpoint.provider.id}:{endpoint.model.id}"
        self.requests += 1
        self.allowed(LEGS[name])
        plays = self.plan.get(name, [])
        play = plays.pop(0) if plays else Play()
        self.clock.pass_by(0.5)
        if play.hangs:
            self._count(name, play.prompt, told=False)
            self.hanging.set()
            await asyncio.Event().wait()
        yield AliveChunk()
        for _ in range(play.after if play.kind else 2):
            await asyncio.sleep(0)
            yield TextChunk("接力")
        if play.kind is not None:
            if play.after:
                self._count(name, 1, told=False)
            raise ProviderFailure(
                Failure(
                    play.kind,
                    code="reset",
                    status=None if play.kind is FailureKind.NETWORK else 429,
                    retry_after=play.retry_after,
                    model_scoped=play.model_scoped,
                )
            )
        yield FinishChunk("stop")
        if play.counted:
            self._count(name, play.prompt + play.completion, told=True)
            yield UsageChunk(play.prompt, play.completion)
        else:
            self._count(name, 2, told=False)

    def _count(self, name: str, tokens: int, *, told: bool) -> None:
        self.counted.append(Counted(name, self.clock.time, tokens, told))

    async def check(self, endpoint: Endpoint) -> Any:
        raise NotImplementedError

    async def warm(self, endpoint: Endpoint) -> None: ...

    async def aclose(self) -> None: ...


class OneKey:
    def refs(self, provider: str) -> list[KeyRef]:
        return [KeyRef(f"{provider}-1", provider)]

    async def secret(self, key: KeyRef) -> str:
        return "made up"


class Mortal:
    """A journal that stops writing when its process is killed."""

    def __init__(self, journal: LedgerJournal) -> None:
        self.journal = journal
        self.dead = False

    def attempt(self, record: AttemptRecord) -> None:
        if not self.dead:
            self.journal.attempt(record)

    def health(self, row: HealthRow) -> None:
        if not self.dead:
            self.journal.health(row)

    def forget(self, provider: str, model: str, key: str) -> None:
        if not self.dead:
            self.journal.forget(provider, model, key)


@dataclass(slots=True)
class Run:
    """One life of the program."""

    store: Store
    ledger: Ledger
    health: Health
    relay: Relay
    journal: Mortal


@dataclass
class Simulation:
    """Lives follow each other on one database; what vendors counted goes through all of them."""

    folder: Path
    clock: JumpingClock = field(default_factory=JumpingClock)
    turns: int = 0
    restarts: int = 0
    kills: int = 0

    def __post_init__(self) -> None:
        self.vendors = Vendors(self.clock, self._allowed)
        self.policy = Policy()
        self.consented: frozenset[str] = frozenset()
        self.corrections: dict[str, tuple[int, int, float]] = {}

    async def begin(self) -> None:
        """Start the program; the first time, with its grants."""
        store = await Store.open(self.folder / "jieli.db", self.clock, self.folder / "locks")
        if not await store.grants():
            for grant in grants(self.clock.now()):
                await store.put_grant(grant)
        ledger = await Ledger.open(store, self.clock)
        journal = Mortal(LedgerJournal(StoreJournal(store), ledger))
        health = Health(journal, self.clock, await store.health())
        relay = Relay(
            keys=OneKey(),
            wire=self.vendors,
            health=health,
            journal=journal,
            clock=self.clock,
            ledger=ledger,
            books=ledger,
        )
        self.run = Run(store, ledger, health, relay, journal)

    async def restart(self) -> None:
        """End in good order and start again."""
        self.restarts += 1
        await self.run.store.close()
        await self.begin()

    async def kill(self, name: str) -> None:
        """Die while a vendor works on a request of this leg, and start again."""
        self.vendors.plan[name] = [Play(hangs=True)]
        self.vendors.hanging.clear()
        turn = asyncio.create_task(self.turn([name]))
        seen = asyncio.create_task(self.vendors.hanging.wait())
        await asyncio.wait({turn, seen}, return_when=asyncio.FIRST_COMPLETED)
        if not turn.done():
            self.kills += 1
            self.run.journal.dead = True
            turn.cancel()
            await asyncio.wait({turn})
        seen.cancel()
        self.vendors.plan.clear()
        await self.restart()

    async def turn(self, names: list[str]) -> list[RelayEvent]:
        """One turn along these legs, with everything that holds for any turn."""
        await self.run.ledger.sync()
        self.turns += 1
        chain = tuple(ChainItem(name, (LEGS[name],)) for name in names)
        turn = Turn(
            f"t{self.turns}", (ChatMessage("user", "问题"),), chain, self.policy, consented=self.consented
        )
        events: list[RelayEvent] = []
        async with aclosing(self.run.relay.run(turn)) as stream:
            async for event in stream:
                events.append(event)
        ends = [event for event in events if isinstance(event, Done | Exhausted | Stopped)]
        assert len(ends) == 1 and events[-1] is ends[0]
        assert sum(isinstance(event, Attempt) for event in events) <= self.policy.max_attempts
        return events

    async def correct(self, name: str, remaining: int) -> None:
        """The console says so; the vendor is right about it."""
        await self.run.ledger.sync()
        grant = next(g for g in self.run.ledger._book.grants if g.id == name)
        for other in self._packs(grant):
            self.corrections[other.id] = (self.left(other), len(self.vendors.counted), self.clock.time)
        await self.run.ledger.correct([grant], remaining)
        self.corrections[name] = (remaining, len(self.vendors.counted), self.clock.time)

    def set_clock(self, seconds: float) -> None:
        """The user's clock jumps. What the console said under a wrong date was said now at the latest."""
        self.clock.time += seconds
        # Not before the grants began.
        now = max(self.clock.time, NOON)
        self.corrections = {n: (left, at, min(when, now)) for n, (left, at, when) in self.corrections.items()}

    # The truth, kept apart from the ledger

    def left(self, grant: GrantRow) -> int:
        """What the vendor itself would say is left, going by our clock."""
        now = self.clock.time
        begun, first, at = self.corrections.get(grant.id, (grant.amount or 0, 0, 0.0))
        if not is_pack(grant):
            start, end = period(grant, now)
            if at < start:
                begun, first = grant.amount or 0, 0
            mine = [c for c in self._of(grant, self.vendors.counted[first:]) if start <= c.at < end]
        else:
            mine = [c for c in self.vendors.counted[first:] if c.taken_from == grant.id]
        return begun - sum(c.tokens if grant.unit == "tokens" else 1 for c in mine)

    def _of(self, grant: GrantRow, counted: list[Counted]) -> list[Counted]:
        return [
            c for c in counted if c.leg.startswith(grant.provider) and covers(grant, LEGS[c.leg].model.id)
        ]

    def _packs(self, grant: GrantRow) -> list[GrantRow]:
        rows = self.run.ledger._book.grants
        return [g for g in rows if is_pack(g) and (g.provider, g.unit) == (grant.provider, grant.unit)]

    def settle(self) -> None:
        """Vendors take what they counted from the pack of the model first, then from the shared one."""
        rows = self.run.ledger._book.grants
        for counted in self.vendors.counted:
            if counted.taken_from is not None:
                continue
            packs = [g for g in rows if is_pack(g) and self._of(g, [counted]) and active(g, counted.at)]
            packs.sort(key=lambda g: g.model is None)
            counted.taken_from = packs[0].id if packs else ""

    def _allowed(self, asked: Leg) -> None:
        self.settle()
        now = self.clock.time
        may_bill = self.policy.spend == "allow" or asked.id in self.consented
        assert asked.billing is not BillingClass.PAID or may_bill, f"{asked.id} bills"
        for row in self.run.health.rows():
            if row.provider == asked.provider.id and row.model in ("", asked.model.id):
                assert row.until is not None and row.until <= now, f"{asked.id} rests: {row}"
        serving = [g for g in self.run.ledger._book.grants if self._serves(g, asked)]
        live = [g for g in serving if active(g, now)]
        if asked.billing is not BillingClass.GRANT or may_bill:
            return
        assert live, f"{asked.id} has nothing left that has not lapsed"
        for unit in ("tokens", "calls"):
            packs = [g for g in live if is_pack(g) and g.unit == unit]
            if packs:
                assert sum(self.left(g) for g in packs) > 0, f"{asked.id}: packs of {unit} are empty"
        for limit in live:
            if not is_pack(limit):
                assert self.left(limit) > 0, f"{limit.id} is empty"

    def _serves(self, grant: GrantRow, asked: Leg) -> bool:
        return grant.provider == asked.provider.id and covers(grant, asked.model.id)

    async def check(self) -> None:
        """Memory is what a fresh reading gives; what vendors told is counted to the token; never less."""
        ledger = self.run.ledger
        await ledger.sync()
        self.settle()
        fresh = await Ledger.open(self.run.store, self.clock)
        assert ledger.views() == fresh.views()
        for shown in fresh.views():
            grant = shown.grant
            if not active(grant, self.clock.time) or shown.remaining is None:
                continue
            truth = max(0, self.left(grant))
            if is_pack(grant) and grant.model is None:
                truth = max(0, self.left(grant) + min(0, self.left(_own(ledger, grant))))
            assert shown.remaining <= truth, f"{grant.id}: {shown.remaining} left, in truth {truth}"
            # What was spent while the clock was ahead counts against today, too.
            ahead = any(c.at > self.clock.time for c in self.vendors.counted)
            if not shown.estimated and shown.corrected_at is None and not ahead:
                assert shown.remaining == truth, f"{grant.id}: {shown.remaining} left, in truth {truth}"


def _own(ledger: Ledger, shared: GrantRow) -> GrantRow:
    return next(g for g in ledger._book.grants if g.provider == shared.provider and g.model is not None)
