"""Ollama's own chat API (`/api/chat`): one JSON object a line, no events, no `[DONE]`.

It is used rather than Ollama's `/v1` because only here the context window can be set, a history that does
not fit is refused instead of silently shortened, and thinking is a switch.
Free of sockets, like `providers.dialects.openai`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, cast

from providers.base import (
    AliveChunk,
    ChatMessage,
    ChatRequest,
    Endpoint,
    FinishChunk,
    ReasoningChunk,
    StreamChunk,
    UsageChunk,
)
from providers.dialects.reader import Reader, token_count
from providers.evidence import looks_like_error
from providers.failures import FailureKind, ProviderFailure
from providers.families import by_finish
from providers.ndjson import LineDecoder, LineOverflow

_ALIVE = AliveChunk()
_ENDS = frozenset({"stop", "length", "load", "unload", "tool_calls"})
_HEAD = 64 * 1024
_SUFFIXES = ("/v1", "/api/chat", "/api")


def root(base_url: str) -> str:
    """The server's root. People paste the address of its `/v1` or `/api` as well; both lie below the root."""
    url = base_url.rstrip("/")
    for suffix in _SUFFIXES:
        if url.endswith(suffix):
            return url.removesuffix(suffix).rstrip("/")
    return url


def build(endpoint: Endpoint, request: ChatRequest) -> tuple[str, bytes]:
    """The URL and the body of a streaming chat request.

    `num_ctx` is the model's `context`, unless that is unknown or uncertain (a guess could fill the memory).
    """
    quirks, model = endpoint.provider.quirks, endpoint.model
    messages = [_message(message) for message in request.messages]
    if request.prefix and quirks.continues(model):
        messages.append({"role": "assistant", "content": request.prefix, **quirks.prefix_message})
    body: dict[str, Any] = {"model": model.id, "messages": messages, "stream": True, **quirks.extra}
    options: dict[str, Any] = {}
    if model.context is not None and not model.uncertain:
        options["num_ctx"] = model.context
    if not request.plain:
        body.setdefault("truncate", False)
        if request.max_tokens is not None:
            cap = model.max_output
            options["num_predict"] = min(request.max_tokens, cap) if cap else request.max_tokens
        if request.temperature is not None:
            options["temperature"] = _clamped(request.temperature, quirks.temperature)
        if request.top_p is not None:
            options["top_p"] = _clamped(request.top_p, quirks.top_p)
        if request.thinking is not None and model.thinking == "yes":
            switch = quirks.thinking_on if request.thinking else quirks.thinking_off
            body.update(switch or {"think": request.thinking})
    if options:
        body["options"] = {**options, **cast("dict[str, Any]", body.get("options", {}))}
    for name in quirks.drop:
        body.pop(name, None)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return root(endpoint.base_url) + "/api/chat", text.encode("utf-8", "replace")


def _message(message: ChatMessage) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.images:
        entry["images"] = [b64encode(image.data).decode("ascii") for image in message.images]
    return entry


def _clamped(value: float, bounds: tuple[float, float] | None) -> float:
    return value if bounds is None else min(max(value, bounds[0]), bounds[1])


class LinesReader(Reader):
    """Reads one answer of Ollama: one JSON object a line."""

    def __init__(self, endpoint: Endpoint, *, content_type: str = "", status: int = 200) -> None:
        del content_type  # lines are lines, whatever a proxy calls them
        super().__init__(endpoint, status=status)
        self._lines = LineDecoder()

    def feed(self, data: bytes) -> list[StreamChunk]:
        """The chunks that `data` completes."""
        if self._head is not None:
            self._head.append(data)
            self._head_size += len(data)
            if self._head_size > _HEAD:
                self._head = None
        out: list[StreamChunk] = []
        try:
            for line in self._lines.feed(data):
                self._line(line, out)
        except ProviderFailure as failure:
            self.failure = failure
        except LineOverflow:
            self.failure = self._failed(FailureKind.TRANSIENT, "garbled")
        return out

    def _end(self, out: list[StreamChunk]) -> None:
        broken = ""
        for line in self._lines.flush():
            broken = line if not self._line(line, out) else ""
        if self._head is not None and not self.done:
            self._whole_body(b"".join(self._head), out)
        self._emit(self._think.flush(), out)
        if not self.done:
            if self._visible or self.thought or broken.startswith("{"):
                raise self._failed(FailureKind.NETWORK, "cut")
            raise self._failed(FailureKind.TRANSIENT, "empty")
        if not self._visible and not self._tools:
            raise self._failed(FailureKind.TRANSIENT, "empty")
        if self.finished is None:
            self.finished = "stop"
            out.append(FinishChunk("stop"))

    def _line(self, line: str, out: list[StreamChunk]) -> bool:
        """Read one line; False when it is no JSON object, which is a gateway's noise."""
        if self.done:
            return True
        text = line.removeprefix("data:").strip()
        try:
            payload: object = json.loads(text)
        except (ValueError, RecursionError):
            if text == "[DONE]":
                self._head = None
                self.done = True
                return True
            return False
        if not isinstance(payload, dict):
            return False
        self._payload(cast("dict[str, Any]", payload), out)
        self._head = None
        return True

    def _payload(self, payload: dict[str, Any], out: list[StreamChunk]) -> None:
        message = payload.get("message")
        answer = isinstance(message, dict) or "done" in payload
        if payload.get("error") or (not answer and looks_like_error(payload)):
            raise self._classified(payload)
        before = len(out)
        if isinstance(message, dict):
            self._message(cast("dict[str, Any]", message), out)
        if payload.get("done") is True:
            self._done(payload, out)
        elif len(out) == before:
            out.append(_ALIVE)

    def _message(self, message: dict[str, Any], out: list[StreamChunk]) -> None:
        thought = message.get("thinking")
        if isinstance(thought, str) and thought:
            self.thought = True
            out.append(ReasoningChunk(thought))
        content = message.get("content")
        if isinstance(content, str) and content:
            self._emit(self._think.feed(content), out)
        if message.get("tool_calls"):
            self._tools = True

    def _done(self, payload: Mapping[str, Any], out: list[StreamChunk]) -> None:
        self._emit(self._think.flush(), out)
        prompt, completion = (token_count(payload.get(n)) for n in ("prompt_eval_count", "eval_count"))
        # Without the prompt's count (it may be left out when the prompt was cached) nothing is known for
        # certain, and an estimate is better than a zero.
        if prompt is not None and completion is not None:
            out.append(UsageChunk(prompt, completion))
        reason = payload.get("done_reason")
        reason = reason if isinstance(reason, str) and reason else "stop"
        self.done = True
        kind = self._endpoint.provider.quirks.finish_failures.get(reason)
        if kind is None and reason.lower() not in _ENDS:
            kind = by_finish(reason)
        if kind is not None:
            raise self._failed(
                kind, reason, "answer_filtered" if kind is FailureKind.CONTENT_BLOCKED else None
            )
        self.finished = reason
        out.append(FinishChunk(reason))

    def _whole_body(self, body: bytes, out: list[StreamChunk]) -> None:
        """No line of the body was understood: JSON over several lines, a web page, text, or nothing."""
        text = body.decode("utf-8-sig", "replace").strip()
        if not text:
            return
        try:
            payload: object = json.loads(text)
        except (ValueError, RecursionError):
            if text[0] in "{[":
                raise self._failed(FailureKind.NETWORK, "cut") from None
            raise self._classified(text) from None
        if isinstance(payload, dict) and payload:
            self._payload(cast("dict[str, Any]", payload), out)
