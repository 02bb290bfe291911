"""One stream of every vendor as it sends it, and its errors inside a stream, through real sockets.

The bytes lie in `tests/data/streams/<provider>[.<case>].sse` (`.ndjson` at Ollama): shapes as the vendors'
documents and clients show them, ids and words invented.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.base import ChatRequest, FinishChunk, UsageChunk
from providers.failures import FailureKind
from tests.fakes.server import FakeServer, Reply
from tests.providers.wiring import CATALOGUE, K, Runner, collect, endpoint, text, thought

STREAMS = Path(__file__).parent.parent / "data" / "streams"

# Stream → thinking, usage (None = the vendor sends none), how it says it ended.
GOOD: dict[str, tuple[str, UsageChunk | None, str]] = {
    "alibaba": ("想", UsageChunk(9, 2, 1, 4), "stop"),
    "zhipu": ("想", UsageChunk(6, 20), "stop"),
    "baidu": ("想", UsageChunk(5, 2), "stop"),
    "tencent": ("想", UsageChunk(22, 15), "stop"),
    "sensetime": ("想", UsageChunk(38, 41), "stop"),
    "sensetime.old": ("", UsageChunk(5, 2), "stop"),
    "modelscope": ("", None, "stop"),
    "siliconflow": ("想", UsageChunk(8, 3, 1), "stop"),
    "iflytek_spark": ("想", UsageChunk(7, 3), "stop"),
    "volcengine_ark": ("想", UsageChunk(30, 12, 5), "stop"),
    "deepseek": ("想", UsageChunk(11, 4, 2, 6), "stop"),
    "moonshot": ("想", UsageChunk(19, 13, 0, 5), "stop"),
    "moonshot.tail": ("想", UsageChunk(19, 13, 0, 5), "stop"),
    "minimax": ("想一想", UsageChunk(40, 20, 9), "stop"),
    "minimax.whole": ("想一想", UsageChunk(40, 20, 9), "stop"),
    "minimax.tags": ("想一想", UsageChunk(40, 20, 9), "stop"),
    "stepfun": ("想", UsageChunk(10, 3), "stop"),
    "baichuan": ("", UsageChunk(4, 2), "stop"),
    "openai": ("", UsageChunk(9, 74, 64), "stop"),
    "azure_openai": ("", UsageChunk(8, 12, 4), "stop"),
    "huggingface": ("想", UsageChunk(70, 9), "stop"),
    "lmstudio": ("想", UsageChunk(12, 7, 3), "stop"),
    "llama_cpp": ("想", UsageChunk(11, 6), "stop"),
    "vllm": ("想", UsageChunk(13, 5), "stop"),
    "vllm.old": ("想", UsageChunk(13, 5), "stop"),
    "ollama": ("想", UsageChunk(14, 9), "stop"),
}

# Stream → kind, code, visible text before it, about one model only.
BAD: dict[str, tuple[FailureKind, str, str, bool]] = {
    "alibaba.error": (K.CONTENT_BLOCKED, "data_inspection_failed", "你好", False),
    "alibaba.native_error": (K.RATE_LIMITED, "Throttling.AllocationQuota", "", False),
    "zhipu.error": (K.CONTENT_BLOCKED, "sensitive", "你好", False),
    "zhipu.busy": (K.TRANSIENT, "1305", "", False),
    "zhipu.window": (K.CONTEXT_TOO_LONG, "model_context_window_exceeded", "你好", False),
    "baidu.error": (K.QUOTA_EXHAUSTED, "account_overdue", "你", False),
    "baidu.old_error": (K.QUOTA_EXHAUSTED, "17", "", False),
    "tencent.error": (K.TRANSIENT, "429006", "你好", False),
    "tencent.trial": (K.QUOTA_EXHAUSTED, "401008", "", True),
    "sensetime.error": (K.RATE_LIMITED, "8", "你好", False),
    "sensetime.filter": (K.CONTENT_BLOCKED, "content_filter", "你好", False),
    "modelscope.error": (K.QUOTA_EXHAUSTED, "", "", True),
    "siliconflow.error": (K.TRANSIENT, "50508", "你好", False),
    "iflytek_spark.error": (K.CONTENT_BLOCKED, "10014", "你好", False),
    "iflytek_spark.rate": (K.RATE_LIMITED, "11202", "", False),
    "volcengine_ark.error": (K.TRANSIENT, "ServerOverloaded", "你好", False),
    "volcengine_ark.filter": (K.CONTENT_BLOCKED, "content_filter", "你好", False),
    "deepseek.error": (K.TRANSIENT, "insufficient_system_resource", "你好", False),
    "deepseek.risk": (K.CONTENT_BLOCKED, "invalid_request_error", "", False),
    "moonshot.error": (K.TRANSIENT, "engine_overloaded_error", "你好", False),
    "minimax.error": (K.QUOTA_EXHAUSTED, "1008", "你", False),
    "minimax.plan": (K.QUOTA_EXHAUSTED, "2056", "", False),
    "minimax.output": (K.CONTENT_BLOCKED, "1027", "你", False),
    "stepfun.error": (K.CONTENT_BLOCKED, "censorship_blocked", "你好", False),
    "baichuan.error": (K.TRANSIENT, "internal_server_error", "你好", False),
    "openai.error": (K.TRANSIENT, "server_error", "你好", False),
    "openai.quota": (K.QUOTA_EXHAUSTED, "credit_balance_exhausted", "", False),
    "azure_openai.filter": (K.CONTENT_BLOCKED, "content_filter", "你好", False),
    "azure_openai.error": (K.TRANSIENT, "server_error", "你好", False),
    "azure_openai.rate": (K.RATE_LIMITED, "429", "", False),
    "huggingface.error": (K.QUOTA_EXHAUSTED, "", "你好", False),
    "huggingface.upstream": (K.TRANSIENT, "overloaded", "", False),
    "lmstudio.error": (K.CONTEXT_TOO_LONG, "", "你好", False),
    "lmstudio.none": (K.BAD_REQUEST, "", "", False),
    "llama_cpp.error": (K.CONTEXT_TOO_LONG, "400", "你好", False),
    "llama_cpp.load": (K.TRANSIENT, "503", "", False),
    "vllm.error": (K.TRANSIENT, "400", "你好", False),
    "vllm.engine": (K.TRANSIENT, "500", "", False),
    "ollama.error": (K.TRANSIENT, "", "你好", False),
    "ollama.limit": (K.QUOTA_EXHAUSTED, "", "", True),
}

WAYS: dict[str, dict[str, Any]] = {
    "whole": {},
    "bytes": {"split": 1},
    "sevens": {"split": 7},
    "closing": {"framing": "close"},
    "gzip": {"gzip": True},
    "crlf": {},
}


def played(name: str, way: str) -> Reply:
    body = bytes_of(name)
    if way == "crlf":
        body = body.replace(b"\n", b"\r\n")
    return replace(Reply(headers=kind_of(name), body=body, framing="chunked"), **WAYS[way])


def bytes_of(name: str) -> bytes:
    """The recorded bytes."""
    return (STREAMS / f"{name}.{'ndjson' if is_lines(name) else 'sse'}").read_bytes()


def kind_of(name: str) -> tuple[tuple[str, str], ...]:
    """The header that goes with them."""
    return (("Content-Type", "application/x-ndjson" if is_lines(name) else "text/event-stream"),)


def is_lines(name: str) -> bool:
    """Whether the stream is bare lines of JSON."""
    return (STREAMS / f"{name}.ndjson").exists()


def test_every_provider_file_has_a_stream_and_an_error_in_one() -> None:
    speaking = {p.id for p in CATALOGUE.every() if p.dialect != "practice"}
    assert {name.partition(".")[0] for name in GOOD} == speaking
    assert {name.partition(".")[0] for name in BAD} == speaking
    assert {path.stem for path in STREAMS.iterdir()} == GOOD.keys() | BAD.keys()


@pytest.mark.parametrize("name", GOOD)
def test_an_answer(server: FakeServer, arun: Runner, name: str) -> None:
    provider = name.partition(".")[0]
    thinking, usage, finish = GOOD[name]
    for way in WAYS:
        server.on(way, played(name, way))
        chunks, failure = arun(collect(endpoint(server.url(way), provider)))
        assert failure is None, way
        assert (text(chunks), thought(chunks)) == ("你好", thinking), way
        counted = [c for c in chunks if isinstance(c, UsageChunk)]
        assert (counted[-1] if counted else None) == usage, way
        assert [c.reason for c in chunks if isinstance(c, FinishChunk)] == [finish], way


@pytest.mark.parametrize("name", BAD)
def test_an_error_inside_a_stream(server: FakeServer, arun: Runner, name: str) -> None:
    provider = name.partition(".")[0]
    kind, code, seen, scoped = BAD[name]
    for way in ("whole", "bytes", "crlf"):
        server.on(way, played(name, way))
        chunks, failure = arun(collect(endpoint(server.url(way), provider)))
        assert failure is not None, way
        assert (failure.kind, failure.code or "", failure.model_scoped) == (kind, code, scoped), way
        assert (text(chunks), failure.status) == (seen, 200), way


@pytest.mark.parametrize("name", GOOD)
def test_cut_before_its_end_it_is_a_failure(server: FakeServer, arun: Runner, name: str) -> None:
    """Half of the bytes, properly terminated: never taken for a whole answer."""
    provider = name.partition(".")[0]
    body = bytes_of(name)
    at = body.index("你".encode()) + 1  # inside a character, inside JSON
    server.on(provider, Reply(headers=kind_of(name), body=body[:at], framing="chunked"))
    chunks, failure = arun(collect(endpoint(server.url(provider), provider)))
    assert failure is not None
    assert failure.kind in (K.NETWORK, K.TRANSIENT)
    assert failure.code in ("cut", "empty")
    assert text(chunks) == ""


@pytest.mark.parametrize("provider", [p for p in GOOD if "." not in p and p != "ollama"])
def test_one_json_answer_although_a_stream_was_asked_for(
    server: FakeServer, arun: Runner, provider: str
) -> None:
    server.on(provider, Reply.completion("你好", usage=(3, 2), reasoning="想"))
    chunks, failure = arun(collect(endpoint(server.url(provider), provider), ChatRequest(())))
    assert failure is None
    assert (text(chunks), thought(chunks)) == ("你好", "想")
    assert [c for c in chunks if isinstance(c, UsageChunk)] == [UsageChunk(3, 2)]


def test_the_files_hold_what_vendors_send() -> None:
    """Every data line of a good stream is JSON or the end mark, so that the tests test what they say."""
    for name in GOOD:
        for line in bytes_of(name).decode().splitlines():
            if line and not line.startswith(":"):
                data = line.removeprefix("data:").strip()
                assert data == "[DONE]" or json.loads(data)
