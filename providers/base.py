"""What the relay asks of a provider and what streams back: requests, stream events, the `Wire` protocol."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from providers.failures import Failure
from providers.spec import ModelSpec, ProviderSpec

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture in a message: its MIME type and its encoded bytes."""

    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the history: plain text and pictures after it."""

    role: Role
    text: str
    images: tuple[ImagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request to one model.

    `prefix` is text the answer must go on from by the vendor's own continuation (only where
    `Quirks.prefix`). `plain` leaves out every optional parameter (the one retry after `bad_request`).
    `thinking` None = the vendor's default.
    """

    messages: tuple[ChatMessage, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    thinking: bool | None = None
    prefix: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes: provider, model, base URL, and the key (never printed)."""

    provider: ProviderSpec
    model: ModelSpec
    base_url: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Visible content."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningChunk:
    """Thinking text; life, but never the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class UsageChunk:
    """Tokens as the vendor counted them; the last one of a stream counts."""

    prompt: int
    completion: int
    reasoning: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class FinishChunk:
    """The vendor ended the answer: `stop`, `length`, `tool_calls`, … as sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class AliveChunk:
    """A sign of life without content: response headers, a keep-alive comment, an empty delta."""


StreamChunk = TextChunk | ReasoningChunk | UsageChunk | FinishChunk | AliveChunk


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a live key check found: `failure` None = the key works. Times are in seconds."""

    failure: Failure | None
    first_token: float | None = None
    model: str | None = None
    usage: UsageChunk | None = None


class Wire(Protocol):
    """Speaks to providers. One request is one HTTP request: nothing is retried here.

    `stream` yields chunks and raises `ProviderFailure` for every way to fail, including an error inside a
    200, an empty stream, and a stream that ends without a finish reason or `[DONE]` (kind `network`, code
    `cut`). It never applies first-byte or stall budgets (the relay does, by cancelling); `connect_timeout`
    is in seconds. Cancelling or closing the generator closes the connection.
    """

    def stream(
        self, endpoint: Endpoint, request: ChatRequest, *, connect_timeout: float
    ) -> AsyncGenerator[StreamChunk, None]: ...

    async def check(self, endpoint: Endpoint) -> CheckResult: ...

    async def warm(self, endpoint: Endpoint) -> None: ...

    async def aclose(self) -> None: ...
