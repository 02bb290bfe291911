"""What the tests of the wire share: endpoints of built-in providers and a collector of chunks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from providers.base import (
    ChatMessage,
    ChatRequest,
    Endpoint,
    ReasoningChunk,
    StreamChunk,
    TextChunk,
    UsageChunk,
)
from providers.catalogue import load_catalogue
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.rules import BUILTIN
from providers.spec import ModelSpec
from providers.wire import HttpWire

K = FailureKind
CATALOGUE = load_catalogue(BUILTIN)
HELLO = ChatRequest((ChatMessage("user", "你好"),))
KEY = "sk-test-" + "abc123" * 3
Runner = Callable[..., Any]


def endpoint(base_url: str, provider: str = "alibaba", **changes: Any) -> Endpoint:
    found = CATALOGUE.spec(provider)
    assert found is not None, provider
    spec = replace(found, **changes)
    return Endpoint(spec, spec.models[0] if spec.models else ModelSpec("m"), base_url, KEY)


async def collect(
    target: Endpoint, request: ChatRequest = HELLO, wire: HttpWire | None = None, seconds: float = 5.0
) -> tuple[list[StreamChunk], Failure | None]:
    wire_ = wire or HttpWire(user_agent="Jieli/test")
    chunks: list[StreamChunk] = []
    failure = None
    try:
        async for chunk in wire_.stream(target, request, connect_timeout=seconds):
            chunks.append(chunk)
    except ProviderFailure as error:
        failure = error.failure
    finally:
        if wire is None:
            await wire_.aclose()
    return chunks, failure


def text(chunks: list[StreamChunk]) -> str:
    return "".join(c.text for c in chunks if isinstance(c, TextChunk))


def thought(chunks: list[StreamChunk]) -> str:
    return "".join(c.text for c in chunks if isinstance(c, ReasoningChunk))


def usages(chunks: list[StreamChunk]) -> list[tuple[int, int]]:
    return [(c.prompt, c.completion) for c in chunks if isinstance(c, UsageChunk)]
