"""Azure OpenAI: its addresses, its header, and the shapes its content filter adds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from providers.base import ChatRequest, Endpoint
from providers.dialects.azure import url_of
from providers.http import Clients
from providers.model_list import models
from providers.spec import ModelSpec
from tests.fakes.server import FakeServer, Reply
from tests.providers.wiring import CATALOGUE, HELLO, KEY, K, Runner, collect, text, usages

SPEC = CATALOGUE.unlisted["azure_openai"]
DEPLOYMENT = ModelSpec("my gpt/4o")
FILTERED = {"hate": {"filtered": False, "severity": "safe"}, "sexual": {"filtered": True, "severity": "high"}}


def target(base_url: str, **changes: Any) -> Endpoint:
    return Endpoint(replace(SPEC, **changes), DEPLOYMENT, base_url, KEY)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://r.openai.azure.com", "https://r.openai.azure.com/openai/deployments/my%20gpt%2F4o{path}"),
        ("https://r.openai.azure.com/", "https://r.openai.azure.com/openai/deployments/my%20gpt%2F4o{path}"),
        (
            "https://r.openai.azure.cn/openai",
            "https://r.openai.azure.cn/openai/deployments/my%20gpt%2F4o{path}",
        ),
        ("https://gw.example/a/openai/deployments/x", "https://gw.example/a/openai/deployments/x{path}"),
        ("https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1/chat/completions"),
        ("https://openai.v1.example", "https://openai.v1.example/openai/deployments/my%20gpt%2F4o{path}"),
    ],
)
def test_addresses(base: str, url: str) -> None:
    path = "/chat/completions?api-version=2024-10-21"
    assert url_of(target(base)) == url.replace("{path}", path)


def test_the_version_is_data() -> None:
    for version, shown in (("2025-04-01-preview", "2025-04-01-preview"), (None, "2024-10-21")):
        url = url_of(target("https://r.openai.azure.com", api_version=version))
        assert url.endswith(f"?api-version={shown}")


def test_the_request_line_and_the_key(arun: Runner) -> None:
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def play() -> Any:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await collect(target(f"http://127.0.0.1:{port}"))

    _, failure = arun(play())
    (head,) = heads
    assert head.startswith(
        "POST /openai/deployments/my%20gpt%2F4o/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"
    )
    assert f"api-key: {KEY}\r\n" in head
    assert "authorization" not in head.lower()
    assert (failure.kind, failure.hint) == (K.BAD_REQUEST, "azure_address")


def test_a_filtered_prompt_annotation_is_life(server: FakeServer, arun: Runner) -> None:
    first = {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": FILTERED}],
    }
    note = {
        "choices": [
            {
                "index": 0,
                "finish_reason": None,
                "content_filter_offsets": {"check_offset": 1},
                "content_filter_results": {"error": {"code": "content_filter_error", "message": "timed out"}},
            }
        ]
    }
    played = Reply.stream(["你", "好"], usage=(9, 2)).event(first, after=0).event(note, after=1)
    server.on("azure", played)
    request = ChatRequest(HELLO.messages, max_tokens=7)
    chunks, failure = arun(collect(target(server.url("azure")), request))
    assert failure is None
    assert (text(chunks), usages(chunks)) == ("你好", [(9, 2)])
    (seen,) = server.requests_for("azure")
    assert seen.path == "/azure/v1/openai/deployments/my%20gpt%2F4o/chat/completions"
    assert (seen.headers["api-key"], "authorization" in seen.headers) == (KEY, False)
    assert seen.json["max_completion_tokens"] == 7
    assert "max_tokens" not in seen.json


def test_a_filtered_answer(server: FakeServer, arun: Runner) -> None:
    server.on("azure", Reply.stream(["半"], finish="content_filter"))
    chunks, failure = arun(collect(target(server.url("azure"))))
    assert text(chunks) == "半"
    assert (failure.kind, failure.code, failure.hint) == (
        K.CONTENT_BLOCKED,
        "content_filter",
        "answer_filtered",
    )


def err(code: str | None, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": None, "param": None, **more}}


POLICY = {"innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": FILTERED}}
RATE = "Requests to the ChatCompletions_Create Operation have exceeded "


@pytest.mark.parametrize(
    ("status", "sent", "headers", "kind", "hint", "wait"),
    [
        (
            400,
            err("content_filter", "The response was filtered", **POLICY),
            {},
            K.CONTENT_BLOCKED,
            None,
            None,
        ),
        (403, err(None, "The response was filtered", **POLICY), {}, K.CONTENT_BLOCKED, None, None),
        (400, err("context_length_exceeded", "too many"), {}, K.CONTEXT_TOO_LONG, None, None),
        (401, err("401", "Access denied due to invalid subscription key"), {}, K.AUTH, "azure_key", None),
        (
            403,
            err("403", "Denied due to Virtual Network/Firewall rules."),
            {},
            K.AUTH,
            "ip_not_allowed",
            None,
        ),
        (404, err("DeploymentNotFound", "does not exist"), {}, K.BAD_REQUEST, "azure_deployment", None),
        (404, err("404", "Resource not found"), {}, K.BAD_REQUEST, "azure_address", None),
        (
            429,
            err("429", RATE + "call rate limit. Please retry after 6 seconds."),
            {},
            K.RATE_LIMITED,
            "azure_rate",
            6,
        ),
        (
            429,
            err("429", RATE + "token rate limit."),
            {"Retry-After": "21"},
            K.RATE_LIMITED,
            "azure_rate",
            21,
        ),
        (
            429,
            err("insufficient_quota", "You exceeded your current quota"),
            {},
            K.RATE_LIMITED,
            "azure_rate",
            60,
        ),
        (429, err("429", "The system is experiencing high demand"), {}, K.TRANSIENT, "model_busy", 10),
        (500, err("InternalServerError", "The server had an error"), {}, K.TRANSIENT, None, None),
        (503, err("ServiceUnavailable", "unavailable"), {}, K.TRANSIENT, None, None),
        (408, err("Timeout", "The operation was timeout."), {}, K.TRANSIENT, None, None),
    ],
)
def test_errors(
    server: FakeServer,
    arun: Runner,
    status: int,
    sent: Any,
    headers: dict[str, str],
    kind: K,
    hint: str | None,
    wait: float | None,
) -> None:
    server.on("azure", Reply.error(status, sent, headers=headers))
    _, failure = arun(collect(target(server.url("azure"))))
    assert (failure.kind, failure.hint, failure.retry_after) == (kind, hint, wait)


def test_nothing_is_sent_to_a_placeholder(arun: Runner) -> None:
    assert [r.overseas for r in SPEC.regions] == [True, False]
    for region in SPEC.regions:
        _, failure = arun(collect(target(region.base_url)))
        assert (failure.kind, failure.code, failure.hint) == (
            K.BAD_REQUEST,
            "placeholder",
            "url_placeholder",
        )


def test_deployments_cannot_be_listed(server: FakeServer, arun: Runner) -> None:
    async def ask() -> Any:
        clients = Clients("none")
        try:
            return await models(target(server.url("azure")), clients=clients)
        finally:
            await clients.aclose()

    assert arun(ask()).code == "no_model_list"
    assert server.requests == []
