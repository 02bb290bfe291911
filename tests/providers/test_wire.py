"""The wire against a real loopback server that behaves well and badly."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace

import pytest

from providers.base import (
    AliveChunk,
    Endpoint,
    FinishChunk,
    TextChunk,
)
from providers.failures import Failure, FailureKind
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply, closed_port
from tests.providers.wiring import HELLO, KEY, K, Runner, collect, endpoint, text, thought, usages

PIECES = ["你", "好，", "世界"]
GOOD: dict[str, Reply] = {
    "plain": Reply.stream(PIECES, usage=(9, 2)),
    "byte by byte": Reply.stream(PIECES, usage=(9, 2), split=1),
    "crlf": Reply.stream(PIECES, usage=(9, 2), newline="\r\n"),
    "cr": Reply.stream(PIECES, usage=(9, 2), newline="\r"),
    "no space": Reply.stream(PIECES, usage=(9, 2), field="data:"),
    "comments": Reply.stream(PIECES, usage=(9, 2), comments=3, comment_each=True),
    "no done": Reply.stream(PIECES, usage=(9, 2), done=False),
    "no final blank": Reply.stream(PIECES, usage=(9, 2), final_blank=False),
    "gzip": Reply.stream(PIECES, usage=(9, 2), gzip=True),
    "closing": Reply.stream(PIECES, usage=(9, 2), framing="close"),
    "usage last": Reply.stream(PIECES, usage=(9, 2), usage_in="last"),
    "usage every": Reply.stream(PIECES, usage=(9, 2), usage_in="every"),
    "usage in choice": Reply.stream(PIECES, usage=(9, 2), usage_in="choice"),
    "no finish but done": Reply.stream(PIECES, usage=(9, 2), finish=None),
    "bare json lines": Reply.stream(PIECES, usage=(9, 2), field=""),
    "wrong type": replace(
        Reply.stream(PIECES, usage=(9, 2)), headers=(("Content-Type", "application/json"),)
    ),
    "json lines": replace(
        Reply.stream(PIECES, usage=(9, 2), field="", done=False),
        headers=(("Content-Type", "application/json"),),
    ),
    "success codes": Reply.stream(PIECES, usage=(9, 2)).event(
        {"code": 0, "message": "Success", "sid": "x"}, after=1
    ),
    "blank lines first": replace(
        Reply.completion("".join(PIECES), usage=(9, 2)),
        body=b"\n\n\n" + Reply.completion("".join(PIECES), usage=(9, 2)).body,
    ),
    "one json": Reply.completion("".join(PIECES), usage=(9, 2)),
    "noise": Reply.stream(PIECES, usage=(9, 2)).bytes(b"data: <noise>\n\n", after=1),
    "stalls after the end": Reply.stream(PIECES, usage=(9, 2), usage_in="every").stalled(after=3),
}


@pytest.mark.parametrize("name", [n for n in GOOD if n != "stalls after the end"])
def test_good_answers(server: FakeServer, arun: Runner, name: str) -> None:
    server.on("alibaba", GOOD[name])
    chunks, failure = arun(collect(endpoint(server.url("alibaba"))))
    assert failure is None
    assert text(chunks) == "你好，世界"
    assert usages(chunks)[-1] == (9, 2)
    assert [c.reason for c in chunks if isinstance(c, FinishChunk)] == ["stop"]
    assert isinstance(chunks[0], AliveChunk)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "think"])
@pytest.mark.parametrize("split", [None, 1])
def test_thinking_is_kept_apart(server: FakeServer, arun: Runner, field: str, split: int | None) -> None:
    server.on("alibaba", Reply.stream(PIECES, reasoning=["想一", "想"], reasoning_field=field, split=split))
    chunks, failure = arun(collect(endpoint(server.url("alibaba"))))
    assert failure is None
    assert thought(chunks).strip() == "想一想"
    assert text(chunks) == "你好，世界"


def test_same_in_the_qt_loop(server: FakeServer, run: Runner) -> None:
    server.on("alibaba", GOOD["plain"])
    chunks, failure = run(collect(endpoint(server.url("alibaba"))))
    assert (text(chunks), failure) == ("你好，世界", None)


FREE_ONLY = {"error": {"code": "AllocationQuota.FreeTierOnly", "message": "free tier exhausted"}}
BAD: list[tuple[str, Reply, FailureKind, str | None, str]] = [
    ("403 quota", Reply.error(403, FREE_ONLY), K.QUOTA_EXHAUSTED, "AllocationQuota.FreeTierOnly", ""),
    ("429 html", Reply.error(429, "<html><title>Slow down</title></html>"), K.RATE_LIMITED, None, ""),
    ("500 empty", Reply.error(500), K.TRANSIENT, None, ""),
    ("502 html", Reply.error(502, "<html><title>502 Bad Gateway</title></html>"), K.TRANSIENT, None, ""),
    ("error in 200", Reply.json(FREE_ONLY), K.QUOTA_EXHAUSTED, "AllocationQuota.FreeTierOnly", ""),
    (
        "native error in 200",
        Reply.json({"code": "Arrearage", "message": "x"}),
        K.QUOTA_EXHAUSTED,
        "Arrearage",
        "",
    ),
    (
        "error event first",
        Reply.stream_error(FREE_ONLY),
        K.QUOTA_EXHAUSTED,
        "AllocationQuota.FreeTierOnly",
        "",
    ),
    (
        "error event later",
        Reply.stream_error(FREE_ONLY, pieces=["你", "好"]),
        K.QUOTA_EXHAUSTED,
        "AllocationQuota.FreeTierOnly",
        "你好",
    ),
    (
        "bare error line",
        Reply.stream(["你"]).bytes(json.dumps(FREE_ONLY) + "\n", after=1).cut(after=1, terminated=True),
        K.QUOTA_EXHAUSTED,
        "AllocationQuota.FreeTierOnly",
        "你",
    ),
    (
        "error field",
        Reply.stream(["你"])
        .bytes("error: " + json.dumps(FREE_ONLY) + "\n\n", after=1)
        .cut(after=1, terminated=True),
        K.QUOTA_EXHAUSTED,
        "AllocationQuota.FreeTierOnly",
        "你",
    ),
    (
        "filtered",
        Reply.stream(["你", "好"], finish="content_filter"),
        K.CONTENT_BLOCKED,
        "content_filter",
        "你好",
    ),
    ("unknown ending", Reply.stream(["你"], finish="network_error"), K.TRANSIENT, "network_error", "你"),
    ("empty stream", Reply.stream([], finish="stop"), K.TRANSIENT, "empty", ""),
    ("nothing at all", Reply.json("").bytes(b"", after=0), K.TRANSIENT, "empty", ""),
    ("only thinking", Reply.stream([], reasoning=["想"], finish="stop"), K.TRANSIENT, "empty", ""),
    ("cut at once", Reply.stream(["x"]).cut(after=0), K.NETWORK, "cut", ""),
    (
        "thinking, then reset",
        Reply.stream(["", "x"], reasoning=["想"]).reset(after=1),
        K.NETWORK,
        "reset",
        "",
    ),
    ("web page", Reply.error(200, "<html><title>登录</title></html>"), K.BAD_REQUEST, None, ""),
    ("redirect", Reply.redirect("http://127.0.0.1:9/other"), K.BAD_REQUEST, None, ""),
    ("reset before headers", Reply.stream(["你"]).reset(), K.NETWORK, "reset", ""),
    ("reset in the middle", Reply.stream(["你", "好", "吗"]).reset(after=2), K.NETWORK, "reset", "你好"),
    ("cut in the middle", Reply.stream(["你", "好", "吗"]).cut(after=2), K.NETWORK, "cut", "你好"),
    (
        "ended in the middle",
        Reply.stream(["你", "好", "吗"]).cut(after=2, terminated=True),
        K.NETWORK,
        "cut",
        "你好",
    ),
    ("not http", Reply.wire(b"SSH-2.0-OpenSSH_9\r\n"), K.NETWORK, "reset", ""),
    ("flood", Reply.flood(6 * 1024 * 1024), K.TRANSIENT, "garbled", ""),
    (
        "bad gzip",
        replace(Reply.stream(["你"]), headers=(("Content-Encoding", "gzip"),)),
        K.TRANSIENT,
        "garbled",
        "",
    ),
]


@pytest.mark.parametrize(("name", "reply", "kind", "code", "seen"), BAD, ids=[b[0] for b in BAD])
def test_failures(
    server: FakeServer, arun: Runner, name: str, reply: Reply, kind: FailureKind, code: str | None, seen: str
) -> None:
    assert name
    server.on("alibaba", reply)
    chunks, failure = arun(collect(endpoint(server.url("alibaba"))))
    assert failure is not None
    assert failure.kind is kind
    if code is not None:
        assert failure.code == code
    assert text(chunks) == seen
    if kind is K.NETWORK:
        assert failure.status is None
        assert failure.hint == f"network_{failure.code}"


def test_zhipu_ends_a_stream_with_its_reason(server: FakeServer, arun: Runner) -> None:
    for reason, kind in (
        ("sensitive", K.CONTENT_BLOCKED),
        ("model_context_window_exceeded", K.CONTEXT_TOO_LONG),
    ):
        server.on("zhipu", Reply.stream(["你"], finish=reason))
        chunks, failure = arun(collect(endpoint(server.url("zhipu"), "zhipu")))
        assert failure is not None
        assert (failure.kind, failure.code, text(chunks)) == (kind, reason, "你")


def test_retry_after_header_is_read(server: FakeServer, arun: Runner) -> None:
    server.on(
        "tencent",
        Reply.error(429, {"error": {"code": 429001, "message": "x"}}, headers={"Retry-After": "12"}),
    )
    _, failure = arun(collect(endpoint(server.url("tencent"), "tencent")))
    assert failure is not None
    assert (failure.kind, failure.retry_after) == (K.RATE_LIMITED, 12)


def test_the_key_never_reaches_the_message(server: FakeServer, arun: Runner) -> None:
    odd = "plainword"
    server.on("alibaba", Reply.error(401, {"error": {"message": f"bad key {odd} and {KEY}"}}))
    target = endpoint(server.url("alibaba"))
    _, failure = arun(collect(Endpoint(target.provider, target.model, target.base_url, odd)))
    assert failure is not None
    assert odd not in failure.message
    assert KEY not in failure.message
    assert KEY not in repr(target)


def test_redirects_are_not_followed(server: FakeServer, arun: Runner) -> None:
    server.on("alibaba", Reply.redirect(server.url("other") + "/chat/completions"))
    server.on("other", GOOD["plain"])
    _, failure = arun(collect(endpoint(server.url("alibaba"))))
    assert failure is not None
    assert failure.hint == "redirect"
    assert server.requests_for("other") == []


def test_refused_and_unknown_hosts(arun: Runner) -> None:
    _, failure = arun(collect(endpoint(f"http://127.0.0.1:{closed_port()}/v1")))
    assert failure is not None
    assert (failure.kind, failure.code, failure.hint) == (K.NETWORK, "refused", "network_refused")
    _, failure = arun(collect(endpoint("https://nowhere.invalid/v1")))
    assert failure is not None
    assert (failure.kind, failure.code) == (K.NETWORK, "dns")


def test_tls_to_a_plain_port_and_a_silent_port(arun: Runner) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async def plain() -> Failure | None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            return (await collect(endpoint(f"https://127.0.0.1:{port}/v1")))[1]

    failure = arun(plain())
    assert failure is not None
    assert (failure.kind, failure.code) == (K.NETWORK, "tls")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        target = endpoint(f"https://127.0.0.1:{port}/v1")
        _, failure = arun(collect(target, seconds=0.2))
    assert failure is not None
    assert (failure.kind, failure.code) == (K.NETWORK, "timeout")


def test_plain_http_is_refused_before_anything_is_sent(arun: Runner) -> None:
    for url, code in (("http://192.0.2.1/v1", "plain_http"), ("nonsense", "not_url")):
        _, failure = arun(collect(endpoint(url)))
        assert failure is not None
        assert (failure.kind, failure.code, failure.hint) == (K.BAD_REQUEST, code, f"url_{code}")


def test_a_key_that_cannot_be_a_header(server: FakeServer, arun: Runner) -> None:
    target = endpoint(server.url("alibaba"))
    for secret in ("密钥", "sk-a\nb", "sk-\u200bx"):
        _, failure = arun(collect(Endpoint(target.provider, target.model, target.base_url, secret)))
        assert failure is not None
        assert (failure.kind, failure.code) == (K.AUTH, "key_characters")
    assert server.requests == []


def test_connections_are_used_again(server: FakeServer, arun: Runner) -> None:
    server.on("alibaba", [Reply.error(403, FREE_ONLY), GOOD["plain"], GOOD["one json"], GOOD["no done"]])

    async def four() -> None:
        wire = HttpWire()
        for _ in range(4):
            await collect(endpoint(server.url("alibaba")), wire=wire)
        await wire.aclose()

    arun(four())
    assert len(server.requests) == 4
    assert server.connections == 1


def test_closing_early_closes_the_connection(server: FakeServer, arun: Runner) -> None:
    server.on("alibaba", Reply.stream(["a", "b"]).stalled(after=1))

    async def leave() -> None:
        wire = HttpWire()
        stream = wire.stream(endpoint(server.url("alibaba")), HELLO, connect_timeout=5)
        async for chunk in stream:
            if isinstance(chunk, TextChunk):
                break
        await stream.aclose()
        for _ in range(200):
            if server.requests[0].outcome:
                break
            await asyncio.sleep(0.01)
        await wire.aclose()

    arun(leave())
    assert server.requests[0].outcome == "left"


def test_cancelling_passes_through(server: FakeServer, arun: Runner) -> None:
    server.on("alibaba", Reply.stream(["a"]).stalled())

    async def cancelled() -> bool:
        wire = HttpWire()
        task = asyncio.create_task(collect(endpoint(server.url("alibaba")), wire=wire))
        for _ in range(500):
            if server.requests:
                break
            await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        finally:
            await wire.aclose()
        return False

    assert arun(cancelled())


def test_a_finished_answer_does_not_wait_for_done(server: FakeServer, arun: Runner) -> None:
    server.on(
        "alibaba",
        Reply.stream(PIECES)
        .bytes(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n', after=3)
        .stalled(after=3),
    )
    chunks, failure = arun(collect(endpoint(server.url("alibaba"))))
    assert (text(chunks), failure) == ("你好，世界", None)
