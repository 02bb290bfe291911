"""Ollama's own API through sockets: what is sent, what is read, and every way it goes wrong."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import (
    ChatMessage,
    ChatRequest,
    Endpoint,
    FinishChunk,
    ImagePart,
    ReasoningChunk,
    StreamChunk,
    TextChunk,
)
from providers.dialects import speak
from providers.dialects.ollama import LinesReader, build, root
from providers.failures import Failure
from providers.spec import ModelSpec, Quirks
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply, closed_port
from tests.providers.wiring import CATALOGUE, HELLO, K, Runner, collect, text, thought, usages

SPEC = CATALOGUE.unlisted["ollama"]
MODEL = ModelSpec("qwen3:8b", thinking="yes")


def target(base_url: str, **changes: Any) -> Endpoint:
    return Endpoint(SPEC, replace(MODEL, **changes), base_url)


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def said(content: str = "", **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, **fields}
    return {"model": "qwen3:8b", "created_at": "2026-11-22T00:00:00Z", "message": message, "done": False}


DONE = {
    **said(),
    "done": True,
    "done_reason": "stop",
    "total_duration": 5_000_000,
    "prompt_eval_count": 11,
    "eval_count": 7,
}


def reply(body: bytes, *, split: int | None = None, kind: str = "application/x-ndjson") -> Reply:
    return Reply(headers=(("Content-Type", kind),), body=body, framing="chunked", split=split)


def answer(
    server: FakeServer, arun: Runner, played: Reply, request: ChatRequest = HELLO
) -> tuple[list[StreamChunk], Failure | None]:
    server.on("ollama", played)
    return arun(collect(target(server.url("ollama")), request))


def finish(chunks: list[StreamChunk]) -> list[str]:
    return [c.reason for c in chunks if isinstance(c, FinishChunk)]


# -- what is sent ----------------------------------------------------------------------------------


def test_what_is_sent(server: FakeServer, arun: Runner) -> None:
    picture = ImagePart("image/png", b"\x89PNG")
    request = ChatRequest(
        (ChatMessage("system", "短"), ChatMessage("user", "看图 😀", (picture,))),
        max_tokens=900,
        temperature=0.5,
        top_p=0.9,
        thinking=False,
    )
    server.on("ollama", reply(lines(said("好"), DONE)))
    arun(collect(target(server.url("ollama"), context=8192, max_output=500), request))
    (seen,) = server.requests_for("ollama")
    assert (seen.method, seen.path) == ("POST", "/ollama/api/chat")
    assert seen.key is None
    assert seen.json == {
        "model": "qwen3:8b",
        "messages": [
            {"role": "system", "content": "短"},
            {"role": "user", "content": "看图 😀", "images": [b64encode(b"\x89PNG").decode()]},
        ],
        "stream": True,
        "truncate": False,
        "think": False,
        "options": {"num_ctx": 8192, "num_predict": 500, "temperature": 0.5, "top_p": 0.9},
    }


def sent(request: ChatRequest, quirks: Quirks | None = None, **model: Any) -> dict[str, Any]:
    spec = SPEC if quirks is None else replace(SPEC, quirks=quirks)
    _, body = build(Endpoint(spec, replace(MODEL, **model), "http://127.0.0.1:1"), request)
    return json.loads(body)


def test_only_what_was_asked_for_is_sent() -> None:
    assert sent(HELLO).keys() == {"model", "messages", "stream", "truncate"}
    asked = ChatRequest(HELLO.messages, max_tokens=5, temperature=1.0, thinking=True, plain=True)
    assert sent(asked, context=4096)["options"] == {"num_ctx": 4096}
    assert sent(asked).keys() == {"model", "messages", "stream"}
    assert "options" not in sent(HELLO, context=4096, uncertain=True)


@pytest.mark.parametrize(
    ("thinking", "can", "expected"),
    [
        (True, "yes", True),
        (False, "yes", False),
        (None, "yes", None),
        (True, "no", None),
        (False, "always", None),
    ],
)
def test_thinking(thinking: bool | None, can: str, expected: bool | None) -> None:
    request = ChatRequest(HELLO.messages, thinking=thinking)
    assert sent(request, thinking=can).get("think") is expected
    assert sent(request, Quirks(), thinking=can).get("think") is expected


def test_quirks_are_data() -> None:
    quirks = Quirks(
        temperature=(0.0, 1.0),
        drop=("truncate",),
        extra={"keep_alive": "10m", "options": {"seed": 1}},
        thinking_on={"think": "high"},
        prefix=True,
    )
    request = ChatRequest(HELLO.messages, temperature=3.0, thinking=True, prefix="从前")
    body = sent(request, quirks)
    assert body["options"] == {"temperature": 1.0, "seed": 1}
    assert (body["think"], body["keep_alive"]) == ("high", "10m")
    assert "truncate" not in body
    assert body["messages"][-1] == {"role": "assistant", "content": "从前"}
    assert sent(request)["messages"][-1]["role"] == "user"


@pytest.mark.parametrize(
    "url",
    ["http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/", "http://h:1/api", "http://h:1/api/chat"],
)
def test_every_address_people_paste(url: str) -> None:
    assert root(url) == "http://h:1"


# -- what is read ----------------------------------------------------------------------------------


@pytest.mark.parametrize("split", [None, 1, 7])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_answer(server: FakeServer, arun: Runner, split: int | None, end: bytes) -> None:
    body = lines(said(thinking="想"), said(thinking="想。"), said("你"), said("好😀"), DONE).replace(
        b"\n", end
    )
    chunks, failure = answer(server, arun, reply(body, split=split))
    assert failure is None
    assert (text(chunks), thought(chunks)) == ("你好😀", "想想。")
    assert (usages(chunks), finish(chunks)) == ([(11, 7)], ["stop"])


def test_what_else_is_an_answer(server: FakeServer, arun: Runner) -> None:
    whole = {**DONE, "message": {"role": "assistant", "content": "整"}}
    bodies = {
        "整": lines(whole),
        "想": lines(said("<think>嗯"), said("</think>想"), DONE),
        "末": lines(said("末"), DONE).rstrip(b"\n"),
        "噪": b"noise\n\n[1]\n7\n" + lines(said("噪"), DONE),
        "美": json.dumps({**whole, "message": {"content": "美"}}, indent=2).encode(),
        "事": b"data: " + lines(said("事")) + b"\ndata: " + lines(DONE) + b"\ndata: [DONE]\n",
        "标": b"\xef\xbb\xbf" + lines(said("标"), DONE),
    }
    for expected, body in bodies.items():
        for kind in ("application/x-ndjson", "application/json", "text/event-stream", ""):
            chunks, failure = answer(server, arun, reply(body, kind=kind))
            assert (text(chunks), failure, finish(chunks)) == (expected, None, ["stop"]), (expected, kind)


def test_how_an_answer_ends(server: FakeServer, arun: Runner) -> None:
    chunks, failure = answer(server, arun, reply(lines(said("长"), {**DONE, "done_reason": "length"})))
    assert (finish(chunks), failure) == (["length"], None)
    old = {k: v for k, v in DONE.items() if k != "done_reason"}
    chunks, _ = answer(server, arun, reply(lines(said("旧"), old)))
    assert finish(chunks) == ["stop"]
    cached = {k: v for k, v in DONE.items() if k != "prompt_eval_count"}
    chunks, failure = answer(server, arun, reply(lines(said("缓"), cached)))
    assert (usages(chunks), failure) == ([], None)
    chunks, failure = answer(server, arun, reply(lines(said("坏"), {**DONE, "done_reason": "error"})))
    assert text(chunks) == "坏"
    assert failure is not None and (failure.kind, failure.code) == (K.TRANSIENT, "error")
    calls = said(tool_calls=[{"function": {"name": "f", "arguments": {"a": 1}}}])
    assert answer(server, arun, reply(lines(calls, DONE)))[1] is None


def test_the_connection_is_used_again(server: FakeServer, arun: Runner) -> None:
    server.on("ollama", reply(lines(said("好"), DONE)))

    async def twice() -> None:
        wire = HttpWire()
        for _ in range(2):
            assert (await collect(target(server.url("ollama")), wire=wire))[1] is None
        await wire.aclose()

    arun(twice())
    assert server.connections == 1


# -- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "kind", "hint"),
    [
        (404, "model 'qwen3:8b' not found", K.BAD_REQUEST, "ollama_pull"),
        (400, '"qwen3:8b" does not support thinking', K.BAD_REQUEST, None),
        (400, "the input length exceeds the context length", K.CONTEXT_TOO_LONG, None),
        (500, "model requires more system memory (9 GiB)", K.BAD_REQUEST, "local_memory"),
        (500, "llama runner process has terminated: signal: killed", K.TRANSIENT, None),
        (503, "server busy, please try again.  maximum pending requests exceeded", K.TRANSIENT, "model_busy"),
        (401, "unauthorized", K.AUTH, "ollama_signin"),
        (403, "ollama cloud is disabled", K.AUTH, "ollama_signin"),
        (429, "you have reached your weekly usage limit", K.QUOTA_EXHAUSTED, "ollama_cloud_limit"),
        (403, "this model requires a subscription", K.QUOTA_EXHAUSTED, "ollama_cloud_limit"),
        (502, "cloud model cannot be reached", K.TRANSIENT, None),
    ],
)  # fmt: skip
def test_errors(server: FakeServer, arun: Runner, status: int, error: str, kind: K, hint: str | None) -> None:
    chunks, failure = answer(server, arun, Reply.error(status, {"error": error}))
    assert chunks == []
    assert failure is not None
    assert (failure.kind, failure.hint, failure.status) == (kind, hint, status)
    assert failure.message == " ".join(error.split())


def test_an_error_in_the_stream(server: FakeServer, arun: Runner) -> None:
    crash = {"error": "an error was encountered while running the model: unexpected EOF"}
    for body, seen in (
        (lines(crash), ""),
        (lines(said("半"), crash), "半"),
        (lines(said("半"), crash, DONE), "半"),
    ):
        chunks, failure = answer(server, arun, reply(body))
        assert text(chunks) == seen
        assert failure is not None and (failure.kind, failure.status) == (K.TRANSIENT, 200)
        assert "unexpected EOF" in failure.message
    chunks, failure = answer(server, arun, reply(lines({"error": {"message": "model 'x' not found"}})))
    assert failure is not None and (failure.kind, failure.hint) == (K.BAD_REQUEST, "ollama_pull")
    limit = {"error": "reached your session usage limit"}
    assert answer(server, arun, reply(lines(said("半"), limit)))[1].kind is K.QUOTA_EXHAUSTED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", K.TRANSIENT, "empty"),
        (b"\n\n", K.TRANSIENT, "empty"),
        (lines(DONE), K.TRANSIENT, "empty"),
        (lines({**DONE, "done_reason": "load"}), K.TRANSIENT, "empty"),
        (lines(said(), said(" "), DONE), K.TRANSIENT, "empty"),
        (lines({}), K.TRANSIENT, "empty"),
        (lines(said("半")), K.NETWORK, "cut"),
        (lines(said("半")) + b'{"model":"q","mess', K.NETWORK, "cut"),
        (b'{"model":"qwen3:8b","message":{"co', K.NETWORK, "cut"),
        (lines(said(thinking="想")), K.NETWORK, "cut"),
        (lines(said(thinking="想"), DONE), K.TRANSIENT, "empty"),
        (b"<html><title>Sign in</title></html>", K.BAD_REQUEST, None),
        (b"upstream connect error", K.TRANSIENT, None),
        (b"\xff\xfe\x00{", K.TRANSIENT, None),
    ],
)
def test_what_is_no_answer(server: FakeServer, arun: Runner, body: bytes, kind: K, code: str | None) -> None:
    _, failure = answer(server, arun, reply(body))
    assert failure is not None
    assert (failure.kind, failure.code) == (kind, code)


def test_the_connection_breaks(server: FakeServer, arun: Runner) -> None:
    chunks, failure = answer(server, arun, reply(lines(said("半"))).reset(after=1))
    assert text(chunks) == "半"
    assert failure is not None and failure.kind is K.NETWORK
    _, failure = arun(collect(target(f"http://127.0.0.1:{closed_port()}")))
    assert failure is not None and (failure.kind, failure.code) == (K.NETWORK, "refused")


def test_a_flood_without_lines_stays_small(server: FakeServer, arun: Runner) -> None:
    server.on("ollama", Reply.flood(64 * 1024 * 1024, kind="application/x-ndjson"))
    arun(collect(target(server.url("ollama"))))  # what is loaded once is not counted
    tracemalloc.start()
    try:
        _, failure = arun(collect(target(server.url("ollama")), seconds=20), timeout=60)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert failure is not None and (failure.kind, failure.code) == (K.TRANSIENT, "garbled")
    assert peak < 24 * 1024 * 1024


def test_a_check(server: FakeServer, arun: Runner) -> None:
    server.on("ollama", reply(lines(said(thinking="嗯"), {**DONE, "done_reason": "length"})))

    async def check() -> Any:
        wire = HttpWire()
        result = await wire.check(target(server.url("ollama")))
        await wire.aclose()
        return result

    result = arun(check())
    assert (result.failure, result.model) == (None, "qwen3:8b")
    assert server.requests_for("ollama")[0].json["options"] == {"num_predict": 1}


# -- however the bytes are cut ---------------------------------------------------------------------


def read(data: bytes, cuts: list[int]) -> tuple[str, str, list[str], Failure | None]:
    reader = LinesReader(target("http://127.0.0.1:1"))
    points = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    chunks: list[StreamChunk] = []
    for a, b in itertools.pairwise(points):
        if b > a and not reader.done and reader.failure is None:
            chunks += reader.feed(data[a:b])
    if reader.failure is None:
        chunks += reader.end()
    words = "".join(c.text for c in chunks if isinstance(c, TextChunk))
    thoughts = "".join(c.text for c in chunks if isinstance(c, ReasoningChunk))
    return words, thoughts, finish(chunks), reader.failure.failure if reader.failure else None


_rows = st.lists(
    st.builds(lambda t: lines(said(t)), st.text(alphabet="你a<think>/\n 😀", max_size=9))
    | st.builds(lambda t: lines(said(thinking=t)), st.text(max_size=5))
    | st.sampled_from(
        [b"\n", b"noise\n", b"[1]\n", b"\xe4\xbd", b"{", lines({}), lines({"error": "x not found"}),
         lines({"error": {"message": "busy"}}), lines(DONE), lines({"done": True}), b"data: [DONE]\n",
         lines({"message": None, "done": False}), lines({"message": {"content": 7}, "done": 1})]
    ),
    max_size=10,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(_rows, st.lists(st.integers(0, 1_500)))
def test_cutting_changes_nothing(rows: list[bytes], cuts: list[int]) -> None:
    data = b"".join(rows)
    assert read(data, cuts) == read(data, [])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text().map(str.encode) | _rows.map(b"".join))
def test_any_body_ends_in_an_answer_or_a_failure(data: bytes) -> None:
    words, _, finished, failure = read(data, [])
    assert failure is not None or (words.strip() and finished)


def test_the_dialects_by_name() -> None:
    assert speak("ollama").reader is LinesReader
    assert speak("something new") == speak("openai")
