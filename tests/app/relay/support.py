"""A loop whose time runs by itself, a scripted wire, and short ways to make legs and turns."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from app.domain import ChainItem, KeyRef, Leg, Turn
from app.policy import Policy
from app.relay.engine import Relay
from app.relay.events import Delta, Done, Exhausted, RelayEvent, Skip, Stopped, Switch
from app.relay.health import Health
from app.store.entries import AttemptRecord, HealthRow
from providers import Failure, FailureKind, ProviderFailure
from providers.base import (
    AliveChunk,
    ChatMessage,
    ChatRequest,
    CheckResult,
    Endpoint,
    FinishChunk,
    ReasoningChunk,
    StreamChunk,
    TextChunk,
    UsageChunk,
)
from providers.spec import BillingClass, ModelSpec, ProviderSpec, Quirks, Region, Words

K = FailureKind
NOON = 1_795_323_600.0
"""2026-11-22 13:00 in Beijing."""


class _NoWait(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> Any:
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Whenever nothing is ready, time jumps to the next timer: minutes pass in no time, in order."""

    def __init__(self) -> None:
        super().__init__(_NoWait())
        self.elapsed = 0.0

    def time(self) -> float:
        return self.elapsed

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            timers = [t for t in self._scheduled if not t._cancelled]  # type: ignore[attr-defined]
            if timers:
                self.elapsed = max(self.elapsed, min(t._when for t in timers))
        super()._run_once()  # type: ignore[misc]


def play(coro: Coroutine[Any, Any, Any]) -> Any:
    """Run in a virtual loop; unhandled errors of the loop and leftovers fail."""
    loop = VirtualLoop()
    problems: list[Any] = []
    loop.set_exception_handler(lambda _loop, context: problems.append(context))
    try:
        result = loop.run_until_complete(coro)
        left = asyncio.all_tasks(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    assert not left and not problems, (left, problems)
    return result


class LoopClock:
    """The clock of a virtual loop."""

    def __init__(self, start: float = NOON) -> None:
        self.start = start

    def now(self) -> float:
        return self.start + asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Wait:
    """The script is silent for that long."""

    seconds: float


Step = StreamChunk | Wait | Failure | BaseException | str
Script = Sequence[Step]


@dataclass
class Call:
    """One request the wire was asked for."""

    leg: str
    secret: str | None
    request: ChatRequest
    at: float
    closed: bool = False


class ScriptedWire:
    """Plays, per leg, one script after the other; the last one again and again."""

    def __init__(self, **scripts: Sequence[Script]) -> None:
        self.scripts: dict[str, list[Script]] = {}
        self.calls: list[Call] = []
        self.check_call: Callable[[Call], None] | None = None
        for leg, script in scripts.items():
            self.on(leg.replace("__", ":"), *script)

    def on(self, leg: str, *scripts: Script) -> None:
        self.scripts[leg if ":" in leg else f"{leg}:m"] = list(scripts)

    @property
    def asked(self) -> list[str]:
        return [call.leg.removesuffix(":m") for call in self.calls]

    async def stream(
        self, endpoint: Endpoint, request: ChatRequest, *, connect_timeout: float
    ) -> AsyncGenerator[StreamChunk, None]:
        leg = f"{endpoint.provider.id}:{endpoint.model.id}"
        call = Call(leg, endpoint.secret, request, asyncio.get_running_loop().time())
        self.calls.append(call)
        if self.check_call:
            self.check_call(call)
        scripts = self.scripts.get(leg, [answer()])
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        try:
            for step in script:
                if isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                elif isinstance(step, Failure):
                    raise ProviderFailure(step)
                elif isinstance(step, BaseException):
                    raise step
                else:
                    yield TextChunk(step) if isinstance(step, str) else step
        finally:
            call.closed = True

    async def check(self, endpoint: Endpoint) -> CheckResult:
        return CheckResult(None)

    async def warm(self, endpoint: Endpoint) -> None: ...

    async def aclose(self) -> None: ...


def answer(*parts: str, usage: tuple[int, int] | None = (11, 20)) -> Script:
    """A whole answer."""
    count = [UsageChunk(*usage)] if usage else []
    return [AliveChunk(), *(TextChunk(p) for p in parts or ("你好", "，世界")), FinishChunk("stop"), *count]


def fail(kind: FailureKind, **values: Any) -> Script:
    """A failure before any content."""
    return [Failure(kind, **values)]


def cut(*parts: str, kind: FailureKind = K.NETWORK, **values: Any) -> Script:
    """A failure in the middle of an answer."""
    return [AliveChunk(), *(TextChunk(p) for p in parts), Failure(kind, code="cut", **values)]


def think(*parts: str) -> Script:
    return [ReasoningChunk(p) for p in parts]


@dataclass
class MemoryKeys:
    """Keys in memory; a value that is an exception is raised, None is a key that is gone."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)

    def refs(self, provider: str) -> Sequence[KeyRef]:
        return [KeyRef(key, provider) for key in self.secrets.get(provider, {f"{provider}-1": "s"})]

    async def secret(self, key: KeyRef) -> str | None:
        found = self.secrets.get(key.provider, {key.id: f"sk-{key.id}"})[key.id]
        if isinstance(found, Exception):
            raise found
        return found


class MemoryJournal:
    """What the store would keep."""

    def __init__(self) -> None:
        self.log: list[AttemptRecord] = []
        self.rows: dict[tuple[str, str, str], HealthRow] = {}

    @property
    def attempts(self) -> list[AttemptRecord]:
        """The last word on each, in order of appearance."""
        return list({record.id: record for record in self.log}.values())

    def attempt(self, record: AttemptRecord) -> None:
        self.log.append(record)

    def health(self, row: HealthRow) -> None:
        self.rows[row.provider, row.model, row.key] = row

    def forget(self, provider: str, model: str, key: str) -> None:
        del self.rows[provider, model, key]


def provider(pid: str, *models: ModelSpec, **values: Any) -> ProviderSpec:
    values.setdefault("quirks", Quirks())
    return ProviderSpec(
        id=pid,
        name=Words(f"{pid}家", pid.upper()),
        glyph=pid[0],
        colour="",
        regions=(Region("cn", Words("中国", "China"), f"http://127.0.0.1/{pid}/v1"),),
        models=models or (model(),),
        **values,
    )


def model(mid: str = "m", **values: Any) -> ModelSpec:
    values.setdefault("billing", BillingClass.FREE)
    return ModelSpec(mid, **values)


def leg(
    pid: str, mid: str = "m", *, enabled: bool = True, spec: ProviderSpec | None = None, **of: Any
) -> Leg:
    """A leg; keyword arguments describe its model."""
    found = model(mid, **of)
    return Leg(spec or provider(pid, found), found, f"http://127.0.0.1/{pid}/v1", found.billing, enabled)


def chain(*legs: Leg | str) -> tuple[ChainItem, ...]:
    made = [leg(one) if isinstance(one, str) else one for one in legs]
    return tuple(ChainItem(one.id, (one,)) for one in made)


def item(*legs: Leg) -> ChainItem:
    """An entry that names a provider alone."""
    return ChainItem(legs[0].provider.id, legs)


def ask(items: tuple[ChainItem, ...], text: str = "问题", **values: Any) -> Turn:
    policy = values.pop("policy", Policy())
    messages = values.pop("messages", (ChatMessage("user", text),))
    return Turn("answer", messages, items, policy, conversation="talk", **values)


@dataclass
class World:
    """One relay and everything round it."""

    wire: ScriptedWire
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    clock: LoopClock = field(default_factory=LoopClock)
    ledger: Any = None
    books: Any = None
    estimator: Any = None
    rows: tuple[HealthRow, ...] = ()

    def __post_init__(self) -> None:
        self.health = Health(self.journal, self.clock, self.rows)
        self.relay = Relay(
            keys=self.keys,
            wire=self.wire,
            health=self.health,
            journal=self.journal,
            clock=self.clock,
            ledger=self.ledger,
            books=self.books,
            estimator=self.estimator,
        )

    async def run(self, turn: Turn) -> list[RelayEvent]:
        events: list[RelayEvent] = []
        async with aclosing(self.relay.run(turn)) as stream:
            async for event in stream:
                events.append(event)
        check(events, turn)
        return events


def check(events: list[RelayEvent], turn: Turn) -> None:
    """What holds for every turn, whatever happened."""
    ends = [e for e in events if isinstance(e, Done | Exhausted | Stopped)]
    assert len(ends) == 1 and events[-1] is ends[0], events
    text = turn.partial
    for event in events:
        if isinstance(event, Switch) and event.mode == "restart":
            text = ""
        if isinstance(event, Delta):
            text += event.text
    assert ends[0].text == text
    skipped = [(e.provider, e.model) for e in events if isinstance(e, Skip)]
    assert len(skipped) == len(set(skipped))


def kinds(events: Sequence[RelayEvent]) -> list[str]:
    """The events by name, deltas and thinking folded."""
    names = [type(e).__name__ for e in events]
    return [n for i, n in enumerate(names) if i == 0 or n not in ("Delta", "Reasoning") or names[i - 1] != n]
