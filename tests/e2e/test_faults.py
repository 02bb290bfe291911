"""Every fault at every one of the five vendors, over real sockets, through what `ask --json` prints.

The core runs in this process, the vendors of a fault at the same time on homes of their own, so that the
whole matrix takes seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.commands.ask import ask
from app.core import Core, open_core
from app.options import Options
from app.paths import Paths
from app.settings import SettingsFile, SettingsService
from app.store.store import Store
from tests.conftest import Runner
from tests.e2e.program import ROOT, secret
from tests.fakes.server import FakeServer, Reply

LEGS = {
    "alibaba": "alibaba:qwen-plus",
    "zhipu": "zhipu:glm-4.7-flash",
    "baidu": "",
    "tencent": "",
    "sensetime": "",
}
"""The five vendors of the mission; without a model it is the preferred one that costs nothing."""

ANSWER = Reply.stream(["接", "力"], usage=(5, 2))


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one `ask --json`."""

    status: int
    events: list[dict[str, Any]]
    out: str
    attempts: list[tuple[Any, ...]]
    health: list[tuple[Any, ...]]
    message: tuple[Any, ...]

    def of(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]

    @property
    def text(self) -> str:
        return "".join(event["text"] for event in self.of("delta"))


@dataclass(frozen=True, slots=True)
class Case:
    """A fault and what is to come of it. `attempts` at the faulty vendor; `health` = a state is kept."""

    reply: Reply
    kind: str
    attempts: int = 1
    health: str | None = None
    status: int | None = None
    passes: bool = True
    code: str | None = None


QUOTA: dict[str, Reply] = {
    "alibaba": Reply.error(403, {"error": {"code": "AllocationQuota.FreeTierOnly", "message": "used up"}}),
    "zhipu": Reply.error(429, {"error": {"code": "1113", "message": "您的账户已欠费，请充值后重试。"}}),
    "baidu": Reply.error(429, {"error": {"code": "insufficient_quota", "message": "quota used up"}}),
    "tencent": Reply.error(
        429, {"error": {"code": "FailedOperation.ResourcePackExhausted", "message": "免费额度已用尽"}}
    ),
    "sensetime": Reply.error(429, {"error": {"code": 8, "message": "insufficient quota: balance is 0"}}),
}
WORDS = "输入内容过长：maximum context length is 8192 tokens, your messages resulted in 9000 tokens"
TOO_LONG = Reply.error(400, {"error": {"code": "context_length_exceeded", "message": WORDS}})
BLOCKED = Reply.error(400, {"error": {"code": "content_filter", "message": "内容包含敏感信息"}})
BUSY = {"error": {"code": "server_error", "message": "service is temporarily unavailable, please retry"}}
RATE = {"error": {"code": "rate_limit_exceeded", "message": "请求过于频繁 too many requests, slow down"}}
BAD_KEY = {"error": {"code": "invalid_api_key", "message": "Incorrect API key provided"}}
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

FAULTS: dict[str, Case] = {
    "refused key": Case(Reply.error(401, BAD_KEY), "auth", health="off", status=401),
    "rate": Case(Reply.error(429, RATE), "rate_limited", health="cooling", status=429),
    "rate with Retry-After": Case(
        Reply.error(429, RATE, headers={"Retry-After": "7"}), "rate_limited", health="cooling", status=429
    ),
    "500": Case(Reply.error(500, BUSY), "transient", attempts=2, status=500),
    "502 page": Case(Reply.error(502, HTML), "transient", attempts=2, status=502),
    "empty 200": Case(Reply.stream([], finish=None, done=False), "transient", attempts=2),
    "empty 200 done": Case(Reply.stream([]), "transient", attempts=2),
    "nothing at all": Case(Reply.error(200, b""), "transient", attempts=2),
    "error in a 200": Case(Reply.json(RATE), "rate_limited", health="cooling"),
    "error event first": Case(Reply.stream_error(RATE), "rate_limited", health="cooling"),
    "reset before headers": Case(Reply.stream(["x"]).reset(), "network", attempts=2),
    "cut before headers": Case(Reply.stream(["x"]).cut(), "network", attempts=2),
    "reset after headers": Case(Reply.stream(["x"]).reset(after=0), "network", attempts=2),
    "not HTTP": Case(Reply.wire(b"SSH-2.0-OpenSSH\r\n"), "network", attempts=2),
    "stall before headers": Case(Reply.stream(["x"]).stalled(), "network", attempts=2, code="timeout"),
    "stall before content": Case(Reply.stream(["x"]).stalled(after=0), "transient", attempts=2, code="stall"),
    "too long": Case(TOO_LONG, "context_too_long", status=400),
    "content": Case(BLOCKED, "content_blocked", status=400, passes=False),
    "gzip error": Case(Reply.error(500, BUSY, headers={"Content-Encoding": "gzip"}), "transient", attempts=2),
    "flood without a line": Case(Reply.flood(6_000_000), "transient", attempts=2),
    "flood of an error": Case(Reply.flood(6_000_000, status=500, kind="text/html"), "transient", attempts=2),
    "garbage stream": Case(Reply.flood(200, block=b"\x00\xff\xfe garbage\n\n"), "transient", attempts=2),
}


async def ask_once(
    home: Path, server: FakeServer, chain: tuple[str, ...], prompt: str = "你好", **settings: Any
) -> Told:
    async with core_at(home, server, **settings) as core:
        out, err = io.StringIO(), io.StringIO()
        options = Options(command="ask", json=True, chain=chain, prompt=prompt)
        status = await ask(options, core.chat, core.directory, SystemClock(), out, err)
        assert err.getvalue() == ""
    return told(home, status, out.getvalue())


@contextlib.asynccontextmanager
async def core_at(home: Path, server: FakeServer, **settings: Any) -> AsyncIterator[Core]:
    paths = Paths(home, home, home.parent / "cache")
    paths.ensure()
    given = {"first_byte": 0.5, "stall": 0.5, "silent_cap": 5.0, **settings}
    paths.settings_file.write_text(json.dumps(given), encoding="utf-8")
    errors: list[BaseException] = []
    # The vendor under test knows its own key; the leg behind it is told apart by another one.
    keys = {f"JIELI_KEY_{name.upper()}": f"{secret(name)}-for-{home.name}" for name in LEGS}
    keys[f"JIELI_KEY_{home.name.upper()}"] = secret(home.name)
    core = await open_core(
        paths=paths,
        store=await Store.open(paths.database_file, SystemClock(), paths.locks, on_error=errors.append),
        settings=SettingsService(SettingsFile(paths.settings_file)),
        clock=SystemClock(),
        environ={**os.environ, **keys},
        builtin_providers=ROOT / "resources" / "providers",
        endpoints={name: server.url(name) for name in LEGS},
        version="0",
        on_error=errors.append,
    )
    try:
        yield core
    finally:
        await core.close()
    assert errors == []


def told(home: Path, status: int, out: str) -> Told:
    import sqlite3

    with contextlib.closing(sqlite3.connect(home / "jieli.db")) as db:
        attempts = db.execute(
            "SELECT provider, outcome, kind, status, text_start, text_end FROM attempt ORDER BY rowid"
        ).fetchall()
        health = db.execute("SELECT provider, state, kind, until FROM health").fetchall()
        query = "SELECT text, status FROM message WHERE role = 'assistant' ORDER BY seq DESC LIMIT 1"
        message = db.execute(query).fetchone()
    return Told(status, [json.loads(line) for line in out.splitlines()], out, attempts, health, message)


def other(vendor: str) -> str:
    return "zhipu" if vendor != "zhipu" else "alibaba"


def leg(vendor: str) -> str:
    return LEGS[vendor] or vendor


async def ask_all(
    folder: Path, server: FakeServer, replies: Mapping[str, Reply], *, after: bool = True
) -> dict[str, Told]:
    """Ask every vendor at once, each with its fault; with `after` a leg that answers stands behind it."""

    # A busy machine may let anybody wait for half a second: only who stalls is meant to run out of time.
    stalls = any(bend.do == "stall" for reply in replies.values() for bend in reply.bends)
    wait = 1.5 if stalls else 60.0

    async def one(vendor: str) -> Told:
        server.on(vendor, replies[vendor], key=secret(vendor))
        server.on(other(vendor), ANSWER, key=f"{secret(other(vendor))}-for-{vendor}")
        chain = (leg(vendor), leg(other(vendor))) if after else (leg(vendor),)
        return await ask_once(folder / vendor, server, chain, vendor, first_byte=wait, stall=wait)

    told = await asyncio.gather(*(one(vendor) for vendor in LEGS))
    return dict(zip(LEGS, told, strict=True))


@pytest.mark.parametrize("name", [*FAULTS, "quota"])
def test_a_fault_before_content_hands_the_baton_on(
    tmp_path: Path, server: FakeServer, arun: Runner, name: str
) -> None:
    for vendor, found in arun(ask_all(tmp_path, server, {v: case_of(name, v).reply for v in LEGS})).items():
        case = case_of(name, vendor)
        check_before_content(vendor, case, found)
        if not case.passes:
            assert not [r for r in server.requests_for(other(vendor)) if vendor in r.headers["authorization"]]


def case_of(name: str, vendor: str) -> Case:
    if name == "quota":
        return Case(QUOTA[vendor], "quota_exhausted", health="parked")
    case = FAULTS[name]
    # Behind these vendors' large windows stands a smaller one, and one question cannot be trimmed.
    if name == "too long" and vendor not in ("zhipu", "baidu"):
        return replace(case, passes=False)
    return case


def check_before_content(vendor: str, case: Case, found: Told) -> None:
    """Events, stored attempts and health rows say the same, and what the fault's kind asks for."""
    failures = [f for f in found.of("failure") if f["provider"] == vendor]
    assert failures and {f["kind"] for f in failures} == {case.kind}
    assert all(f["message"] is not None and len(f["message"]) <= 500 for f in failures)
    if case.status is not None:
        assert failures[0]["status"] == case.status
    if case.code is not None:
        assert failures[0]["code"] == case.code
    first = leg(vendor).partition(":")[2] or failures[0]["model"]
    asked = [e for e in found.of("attempt") if (e["provider"], e["model"]) == (vendor, first)]
    assert len(asked) == case.attempts
    assert [e["n"] for e in found.of("attempt")] == list(range(1, len(found.of("attempt")) + 1))

    if case.passes:
        assert found.status == 0
        done = found.events[-1]
        assert (done["event"], done["provider"], done["text"]) == ("done", other(vendor), "接力")
        assert found.text == "接力"
        assert found.of("switch")[-1]["to"] == leg(other(vendor))
        assert {switch["mode"] for switch in found.of("switch")} == {"restart"}
        assert found.message == ("接力", "done")
        assert [a for a in found.attempts if a[1] == "answered"] == [
            (other(vendor), "answered", None, None, 0, 2)
        ]
    else:
        assert found.status == 3
        assert found.events[-1]["event"] == "exhausted"
    failed = [a for a in found.attempts if a[0] == vendor and a[1] == "failed"]
    assert len(failed) == len(failures)
    assert {a[2] for a in failed} == {case.kind}
    states = {row[1] for row in found.health if row[0] == vendor}
    if case.health is not None:
        assert case.health in states, found.health
    if case.kind in ("context_too_long", "content_blocked"):
        assert states == set()
    assert not [row for row in found.health if row[0] == other(vendor)]
    assert secret(vendor) not in found.out


CUTS: dict[str, tuple[Reply, str]] = {
    "reset": (Reply.stream(["一", "二", "三"]).reset(after=2), "network"),
    "close": (Reply.stream(["一", "二", "三"]).cut(after=2), "network"),
    "clean end": (
        Reply.stream(["一", "二", "三"], finish=None, done=False).cut(after=2, terminated=True),
        "network",
    ),
    "stall": (Reply.stream(["一", "二", "三"]).stalled(after=2), "transient"),
    "error event": (Reply.stream_error(RATE, pieces=["一", "二"]), "rate_limited"),
    "error page": (Reply.stream(["一", "二", "三"]).bytes(HTML, after=2).cut(after=2), "network"),
    "gzip cut": (Reply.stream(["一", "二", "三"], gzip=True).cut(after=2), "network"),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_fault_after_content_is_continued(
    tmp_path: Path, server: FakeServer, arun: Runner, name: str
) -> None:
    reply, kind = CUTS[name]
    for vendor, found in arun(ask_all(tmp_path, server, dict.fromkeys(LEGS, reply))).items():
        check_continued(vendor, kind, found)


def check_continued(vendor: str, kind: str, found: Told) -> None:
    """What was read stays, and the next leg's text follows it without a seam in the stored answer."""
    assert found.status == 0
    (failure,) = found.of("failure")
    assert failure["provider"] == vendor
    assert failure["kind"] in (kind, "transient")
    (switch,) = found.of("switch")
    assert switch["mode"] == "continue"
    assert found.text == found.events[-1]["text"] == "一二接力"
    assert found.message == ("一二接力", "done")
    assert [(a[0], a[1], a[4], a[5]) for a in found.attempts] == [
        (vendor, "failed", 0, 2),
        (other(vendor), "answered", 2, 4),
    ]


def test_garbage_between_events_and_gzip_do_no_harm(tmp_path: Path, server: FakeServer, arun: Runner) -> None:
    reply = Reply.stream(["一", "二"], gzip=True, split=3, usage=(4, 2))
    reply = reply.bytes(b"\x00\xff garbage\n\n: ping\n\ndata: {broken\n\n", after=1)
    for found in arun(ask_all(tmp_path, server, dict.fromkeys(LEGS, reply), after=False)).values():
        assert found.status == 0, found.events
        assert found.text == "一二"
        assert found.events[-1]["usage"] == {"prompt": 4, "completion": 2, "estimated": False}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_never_gets_the_key(tmp_path: Path, server: FakeServer, arun: Runner, status: int) -> None:
    with FakeServer() as thief:
        replies = {
            vendor: Reply.redirect(f"{thief.url(vendor)}/chat/completions?k={secret(vendor)}", status)
            for vendor in LEGS
        }
        for vendor, found in arun(ask_all(tmp_path, server, replies, after=False)).items():
            assert found.status == 3
            assert secret(vendor) not in found.out
        assert thief.connections == 0


@pytest.mark.parametrize("place", ["json", "code", "html", "padded", "header", "event", "200", "cut"])
def test_a_vendor_that_echoes_the_key_cannot_make_us_keep_it(
    tmp_path: Path, server: FakeServer, arun: Runner, place: str
) -> None:
    replies = {vendor: echo(place, secret(vendor)) for vendor in LEGS}
    for vendor, found in arun(ask_all(tmp_path, server, replies)).items():
        assert found.of("failure")
        key = secret(vendor)
        shortest = len("sk-test-") + len(vendor) + 5
        for part in {key, key[:shortest], key[-12:]}:
            assert part not in found.out
            files = [path for path in (tmp_path / vendor).rglob("*") if path.is_file()]
            assert not [path for path in files if part.encode() in path.read_bytes()]


def echo(place: str, key: str) -> Reply:
    """A vendor's answer that holds the key it was given."""
    return {
        "json": Reply.error(401, {"error": {"message": f"key {key} is bad", "param": key}}),
        "code": Reply.error(401, {"error": {"code": key, "type": key, "message": key}}),
        "html": Reply.error(
            500, f"<html><title>{key}</title><body>Authorization: Bearer {key}</body></html>"
        ),
        "padded": Reply.error(500, {"error": {"message": " " * 1980 + f"{key} " * 3}}),
        "header": Reply.error(429, RATE, headers={"WWW-Authenticate": key, "Retry-After": key}),
        "event": Reply.stream_error({"error": {"message": f"bad {key}", "code": key}}, pieces=["一"]),
        "200": Reply.json({"code": 401, "msg": f"invalid key: {key}", "data": None}),
        "cut": Reply.error(500, " " * 1970 + f"Bearer {key}"),
    }[place]
