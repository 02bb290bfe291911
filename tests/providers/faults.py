"""Every fault a vendor can be asked to play, in the vendor's own words where a table of errors gives them.

`FAULTS` says what the relay has to make of each (design: the relay). `play` runs one turn: the vendor with
the fault first in the chain, one that answers behind it, both over sockets.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from app.domain import ChainItem, Leg, Turn
from app.policy import Policy
from app.relay.engine import Relay
from app.relay.events import RelayEvent
from app.relay.health import Health
from app.store.entries import HealthRow
from providers.base import ChatMessage
from providers.spec import BillingClass, ModelSpec, ProviderSpec
from providers.wire import HttpWire
from tests.app.relay.support import MemoryJournal, MemoryKeys
from tests.fakes.server import FakeServer, Reply, Request
from tests.providers.test_classify_rows import body_of, rows
from tests.providers.wiring import CATALOGUE

SPECS = {spec.id: spec for spec in CATALOGUE.every() if spec.dialect != "practice"}
POLICY = Policy(connect=60.0, first_byte=60.0, stall=60.0, first_content=600.0)
"""So patient that a busy machine makes no faults of its own."""

STALLED = 0.4
"""Seconds a vendor that never answers is given."""

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
GARBAGE = b"\x00\xff\xfe garbage\n\n: ping\n\n"

Say = tuple[int, Any]
"""Status and body of an error."""

_GENERIC: dict[str, Say] = {
    "auth": (401, {"code": "invalid_api_key", "message": "Incorrect API key provided"}),
    "quota_exhausted": (402, {"code": "insufficient_balance", "message": "余额不足，请充值"}),
    "rate_limited": (429, {"code": "rate_limit_exceeded", "message": "请求过于频繁 too many requests"}),
    "transient": (500, {"code": "server_error", "message": "internal server error"}),
    "context_too_long": (
        400,
        {"code": "context_length_exceeded", "message": "maximum context length is 8192"},
    ),
    "content_blocked": (400, {"code": "content_filter", "message": "内容包含敏感信息"}),
    "bad_request": (400, {"code": "invalid_parameter", "message": "Unrecognized field: seed"}),
    "region_blocked": (
        403,
        {"code": "unsupported_country_region_territory", "message": "Country not supported"},
    ),
}
_STATUS = {"auth": (401,), "transient": (500,), "bad_request": (400, 422)}


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    return tuple(row for name in ("errors-seed.json", "errors-others.json") for row in rows(name))


def words(spec: ProviderSpec, kind: str) -> Say:
    """How the vendor says it: the first fitting row of the tables, else what most say."""
    for row in _rows():
        status, path = row["http_status"], (row["code_path"] or "-").split(" | ")[0]
        fits = row["provider"] == spec.id and row["class"] == kind and not row["model_scoped"]
        # A model that is not there is no request that could be mended.
        fits = fits and not (kind == "bad_request" and "model" in row["message_example"].lower())
        if fits and status in _STATUS.get(kind, (status,)) and status and status >= 400 and path != "-":
            return status, body_of(row, path)
    status, error = _GENERIC[kind]
    return status, {"error": error["message"] if spec.dialect == "ollama" else error}


def said(spec: ProviderSpec, *pieces: str, end: bool = True) -> Reply:
    """An answer, or the beginning of one, in the provider's dialect."""
    if spec.dialect != "ollama":
        manner: dict[str, Any] = {} if end else {"finish": None, "done": False}
        return Reply.stream(pieces, usage=(5, 2) if end else None, **manner)
    lines: list[Any] = [{"message": {"role": "assistant", "content": p}, "done": False} for p in pieces]
    if end:
        last = {"done": True, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2}
        lines.append({"message": {"role": "assistant", "content": ""}, **last})
    return _lines(*lines)


def _lines(*lines: Any) -> Reply:
    body = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return Reply(headers=(("Content-Type", "application/x-ndjson"),), body=body, framing="chunked")


def broken(spec: ProviderSpec) -> Reply:
    """Two pieces of text, then the connection is gone."""
    return said(spec, "一", "二", end=False).cut(after=1 if spec.dialect == "ollama" else 2)


def event(spec: ProviderSpec, *pieces: str) -> Reply:
    """The vendor's words for a rate limit inside a stream, after some text."""
    _, body = words(spec, "rate_limited")
    if spec.dialect != "ollama":
        return Reply.stream_error(body, pieces=pieces)
    return _lines(*({"message": {"content": p}, "done": False} for p in pieces), body)


def dirty(spec: ProviderSpec) -> Reply:
    """A whole answer with something unreadable in the middle."""
    if spec.dialect != "ollama":
        return said(spec, "一", "二").bytes(GARBAGE + b"data: {broken\n\n", after=1)
    whole = said(spec, "一", "二").body.splitlines(keepends=True)
    return _lines(whole[0], b"\x00\xff garbage\n", *whole[1:])


def error(kind: str, **headers: str) -> Callable[[ProviderSpec], Reply]:
    """The vendor's own error of that kind."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def reply(spec: ProviderSpec) -> Reply:
        status, body = words(spec, kind)
        return Reply.error(status, body if body else b"", headers=named)

    return reply


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and what is to come of it.

    `tries` requests at the faulty vendor: 0 = one, and a quick second one unless the vendor asked to wait.
    `health` = the state that is kept of it. `passes` = the next leg answers; `kept` = what the reader had
    before and keeps. `kind` None = no failure at all.
    """

    reply: Callable[[ProviderSpec], Reply]
    kind: str | None
    tries: int = 1
    health: str | None = None
    passes: bool = True
    kept: str = ""
    code: str | None = None


FAULTS: dict[str, Fault] = {
    "401": Fault(error("auth"), "auth", health="off"),
    "region": Fault(error("region_blocked"), "region_blocked", health="blocked"),
    "quota": Fault(error("quota_exhausted"), "quota_exhausted", health="parked"),
    "rate": Fault(error("rate_limited"), "rate_limited", health="cooling"),
    "rate 7 s": Fault(error("rate_limited", Retry_After="7"), "rate_limited", health="cooling"),
    "500": Fault(error("transient"), "transient", tries=0, health="open"),
    "502 page": Fault(lambda _: Reply.error(502, HTML), "transient", tries=2, health="open"),
    "empty 200": Fault(lambda spec: said(spec, end=False), "transient", tries=2, health="open"),
    "reset": Fault(lambda spec: said(spec, "x").reset(), "network", tries=2, health="open"),
    "stall": Fault(lambda spec: said(spec, "x").stalled(), "network", tries=2, health="open", code="timeout"),
    "cut": Fault(broken, "network", health="open", kept="一二"),
    "garbage": Fault(dirty, None, passes=False),
    "all garbage": Fault(lambda _: Reply.flood(400, block=GARBAGE), "transient", tries=2, health="open"),
    "event": Fault(event, "rate_limited", health="cooling"),
    "late event": Fault(lambda spec: event(spec, "一", "二"), "rate_limited", health="cooling", kept="一二"),
    "too long": Fault(error("context_too_long"), "context_too_long"),
    "content": Fault(error("content_blocked"), "content_blocked", passes=False),
    "bad field": Fault(error("bad_request"), "bad_request", tries=2),
}


class StillClock:
    """The day as it is; durations are nothing and pauses are over at once, however busy the machine."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Played:
    """One turn: its events, what is remembered of the faulty vendor, and what both were asked."""

    events: tuple[RelayEvent, ...]
    health: tuple[HealthRow, ...]
    asked: tuple[Request, ...]
    other: str
    other_asked: tuple[Request, ...]


async def play(server: FakeServer, wire: HttpWire, spec: ProviderSpec, name: str) -> Played:
    """One turn with the fault `name` at `spec`."""
    fault, backup = FAULTS[name], SPECS["zhipu" if spec.id != "zhipu" else "alibaba"]
    here, there = f"{spec.id}-{name.replace(' ', '-')}", f"behind-{spec.id}-{name.replace(' ', '-')}"
    server.on(here, fault.reply(spec))
    server.on(there, said(backup, "接", "力"))
    patience = STALLED if name == "stall" else None
    legs = (_leg(spec, server.url(here), 8_000, patience), _leg(backup, server.url(there), 1_000_000))
    journal, clock = MemoryJournal(), StillClock()
    health = Health(journal, clock)
    relay = Relay(keys=MemoryKeys(), wire=wire, health=health, journal=journal, clock=clock)
    chain = tuple(ChainItem(leg.id, (leg,)) for leg in legs)
    turn = Turn("answer", (ChatMessage("user", "你好"),), chain, POLICY, conversation="talk")
    events: list[RelayEvent] = []
    async with aclosing(relay.run(turn)) as stream:
        async for told in stream:
            events.append(told)
    kept = tuple(row for row in health.rows() if row.provider == spec.id)
    asked, behind = server.requests_for(here), server.requests_for(there)
    return Played(tuple(events), kept, tuple(asked), backup.id, tuple(behind))


def _leg(spec: ProviderSpec, url: str, context: int, first_byte: float | None = None) -> Leg:
    model = replace(spec.models[0] if spec.models else ModelSpec("m"), context=context, thinking="no")
    bare = replace(spec, first_byte=first_byte, stall=None)
    return Leg(bare, model, url, BillingClass.FREE)
