"""What the wire sends, and the live check of a key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from providers.base import (
    ChatMessage,
    ChatRequest,
    Endpoint,
    ImagePart,
    UsageChunk,
)
from providers.failures import FailureKind
from providers.spec import BillingClass, ModelSpec, ProviderSpec, Quirks
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply
from tests.providers.wiring import CATALOGUE, KEY, K, Runner, collect, endpoint

GOOD = Reply.stream(["你", "好"], usage=(9, 2))


def sent(server: FakeServer, arun: Runner, target: Endpoint, request: ChatRequest) -> Any:
    server.on("p", GOOD)
    arun(collect(Endpoint(target.provider, target.model, server.url("p"), target.secret), request))
    return server.requests_for("p")[-1]


def test_what_is_sent(server: FakeServer, arun: Runner) -> None:
    request = ChatRequest(
        (ChatMessage("system", "短"), ChatMessage("user", "😀 hi")),
        max_tokens=99_999,
        temperature=5.0,
        top_p=0.0,
        thinking=True,
    )
    seen = sent(server, arun, endpoint(""), request)
    assert seen.method == "POST"
    assert seen.path == "/p/v1/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["user-agent"] == "Jieli/test"
    assert seen.json == {
        "model": "qwen-plus",
        "messages": [{"role": "system", "content": "短"}, {"role": "user", "content": "😀 hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 32768,
        "temperature": 1.99,
        "top_p": 0.01,
        "enable_thinking": True,
    }
    seen = sent(server, arun, endpoint(""), replace(request, plain=True))
    assert set(seen.json) == {"model", "messages", "stream"}
    seen = sent(server, arun, endpoint("", "zhipu"), request)
    assert seen.json["thinking"] == {"type": "enabled"}
    assert seen.json["temperature"] == 0.99
    assert "stream_options" not in seen.json
    seen = sent(server, arun, endpoint("", "zhipu"), replace(request, thinking=False))
    assert seen.json["thinking"] == {"type": "disabled"}


def test_quirks(server: FakeServer, arun: Runner) -> None:
    quirks = Quirks(
        rename={"max_tokens": "max_completion_tokens"},
        drop=("top_p",),
        merge_same_role=True,
        prefix=True,
        prefix_message={"partial": True},
        prefix_path="/beta/chat",
        extra={"reasoning_split": True},
    )
    image = ImagePart("image/png", b"\x89PNG")
    messages = (ChatMessage("user", "a"), ChatMessage("user", "b", (image,)))
    request = ChatRequest(messages, max_tokens=5, top_p=0.5, prefix="已经写了")
    seen = sent(server, arun, endpoint("", quirks=quirks, auth="api-key"), request)
    assert seen.path == "/p/v1/beta/chat"
    assert seen.headers["api-key"] == KEY
    assert "authorization" not in seen.headers
    body = seen.json
    assert body["max_completion_tokens"] == 5
    assert "top_p" not in body
    assert "max_tokens" not in body
    assert body["reasoning_split"] is True
    user, partial = body["messages"]
    assert [p["type"] for p in user["content"]] == ["text", "text", "image_url"]
    assert user["content"][2]["image_url"]["url"].startswith("data:image/png;base64,")
    assert partial == {"role": "assistant", "content": "已经写了", "partial": True}
    without = sent(server, arun, endpoint("", quirks=Quirks()), request)
    assert without.json["messages"][-1]["role"] == "user"


@pytest.mark.parametrize("typed", ["", "/v1", "/v1/"])
def test_a_continuation_goes_to_the_vendors_own_root(server: FakeServer, arun: Runner, typed: str) -> None:
    """DeepSeek answers chat at `/v1` too, but continues under `/beta` beside it, not below it."""
    server.on("deepseek", Reply.stream(["好"]))
    spec = CATALOGUE.providers["deepseek"]
    base = server.url("deepseek").removesuffix("/v1")

    async def ask(prefix: str) -> None:
        request = ChatRequest((ChatMessage("user", "a"),), prefix=prefix)
        wire = HttpWire()
        async for _ in wire.stream(
            Endpoint(spec, spec.models[0], base + typed, KEY), request, connect_timeout=5
        ):
            pass
        await wire.aclose()

    arun(ask("已经写了"))
    arun(ask(""))
    continued, plain = (request.path for request in server.requests_for("deepseek"))
    assert continued == "/deepseek/beta/chat/completions"
    assert plain == f"/deepseek{typed.rstrip('/')}/chat/completions"


def test_lone_surrogates_do_not_stop_a_question(server: FakeServer, arun: Runner) -> None:
    seen = sent(server, arun, endpoint(""), ChatRequest((ChatMessage("user", "a\ud83d b"),)))
    assert seen.json["messages"][0]["content"].startswith("a")


def paid_first(spec: ProviderSpec) -> ProviderSpec:
    return replace(spec, models=(ModelSpec("dear"), *spec.models))


def test_check_asks_the_free_model_for_one_token(server: FakeServer, arun: Runner) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(3, 1), finish="length"))
    spec = paid_first(CATALOGUE.providers["zhipu"])
    wire = HttpWire()

    async def check() -> Any:
        result = await wire.check(Endpoint(spec, spec.models[0], server.url("zhipu"), KEY))
        await wire.aclose()
        return result

    result = arun(check())
    assert result.failure is None
    assert result.model == "glm-4.7-flash"
    assert result.first_token is not None
    assert result.usage == UsageChunk(3, 1)
    body = server.requests[0].json
    assert (body["model"], body["max_tokens"]) == ("glm-4.7-flash", 1)
    assert spec.models[0].billing is BillingClass.PAID


@pytest.mark.parametrize(
    ("replies", "kind", "requests"),
    [
        ([Reply.error(401, {"error": {"code": "1001", "message": "x"}})], K.AUTH, 1),
        ([Reply.error(429, {"error": {"code": "1113", "message": "x"}})], K.QUOTA_EXHAUSTED, 1),
        ([Reply.stream([], reasoning=["想"], finish="length")], None, 1),
        ([Reply.error(400, {"error": {"code": "1210", "message": "x"}}), GOOD], None, 2),
        ([Reply.error(400, {"error": {"code": "1211", "message": "x"}}), GOOD], K.BAD_REQUEST, 1),
    ],
)
def test_check_outcomes(
    server: FakeServer, arun: Runner, replies: list[Reply], kind: FailureKind | None, requests: int
) -> None:
    server.on("zhipu", replies)
    wire = HttpWire()

    async def check() -> Any:
        result = await wire.check(endpoint(server.url("zhipu"), "zhipu"))
        await wire.aclose()
        return result

    result = arun(check())
    assert (result.failure.kind if result.failure else None) is kind
    assert len(server.requests) == requests
