"""Reads answers in the OpenAI chat dialect: bytes in, chunks out, free of sockets.

What is sent is made by `providers.dialects.openai_body`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from providers.base import (
    AliveChunk,
    Endpoint,
    FinishChunk,
    ReasoningChunk,
    StreamChunk,
    TextChunk,
    UsageChunk,
)
from providers.classify import classify_with
from providers.dialects.openai_body import build
from providers.dialects.reader import Reader, token_count
from providers.evidence import looks_like_error
from providers.failures import FailureKind, ProviderFailure
from providers.families import by_finish
from providers.sse import SseDecoder, SseEvent, SseOverflow

__all__ = ["AnswerReader", "build"]

_ALIVE = AliveChunk()
_ENDS = frozenset({"stop", "length", "tool_calls", "function_call", "eos", "end_turn", "max_tokens",
                   "stop_sequence", "normal", "eos_token"})  # fmt: skip
_HEAD = 64 * 1024
_FIELD = re.compile(r"(?::.*[\r\n]+)*(?:data|event|id|retry):")
_HALF = re.compile(r"^data: ?[{\[].*\Z", re.MULTILINE)


class AnswerReader(Reader):
    """Reads one answer, streamed or whole, of a vendor that speaks the OpenAI dialect."""

    def __init__(self, endpoint: Endpoint, *, content_type: str = "", status: int = 200) -> None:
        super().__init__(endpoint, status=status)
        self._sse = SseDecoder()
        self._whole = "json" in content_type and "ndjson" not in content_type
        self._deltas = False
        self._details: str | None = ""  # None = each detail holds only what was added

    def feed(self, data: bytes) -> list[StreamChunk]:
        """The chunks that `data` completes."""
        head = self._head
        if head is not None:
            head.append(data)
            self._head_size += len(data)
            if self._whole:
                start = b"".join(head[:8]).lstrip()[:1]
                if start in (b"", b"{", b"["):
                    if self._head_size > 64 * _HEAD:
                        self.failure = self._failed(FailureKind.TRANSIENT, "garbled")
                    return [] if start else [_ALIVE]  # blank lines are how some keep a connection alive
                self._whole = False  # an event stream under a wrong content type
                data = b"".join(head)
            if self._head_size > _HEAD:
                self._head = None
        out: list[StreamChunk] = []
        try:
            for event in self._sse.feed(data):
                self._event(event, out)
        except ProviderFailure as failure:
            self.failure = failure
        except SseOverflow:
            self.failure = self._failed(FailureKind.TRANSIENT, "garbled")
        return out

    def _end(self, out: list[StreamChunk]) -> None:
        if self._whole and self._head is not None:
            body = b"".join(self._head)
            if not self._lines(body, out):
                self._plain_body(body, out)
        elif not self.done:
            for event in self._sse.flush():
                self._event(event, out)
            if self._head is not None and not self.done and self.finished is None:
                self._plain_body(b"".join(self._head), out)
        cut = self.finished is None and not self.done
        self._emit(self._think.flush(cut=cut), out)
        if cut:
            if self._visible or self.thought:
                raise self._failed(FailureKind.NETWORK, "cut")
            raise self._failed(FailureKind.TRANSIENT, "empty")
        if not self._visible and not self._tools:
            raise self._failed(FailureKind.TRANSIENT, "empty")
        if self.finished is None:
            out.append(FinishChunk("stop"))

    def _lines(self, body: bytes, out: list[StreamChunk]) -> bool:
        """Read a body that holds one JSON object a line; False when it is something else."""
        if b"\n{" not in body.strip() or _parses(body):
            return False
        for event in (*self._sse.feed(body), *self._sse.flush()):
            self._event(event, out)
        return self.finished is not None or self._visible or self.thought

    def _event(self, event: SseEvent, out: list[StreamChunk]) -> None:
        data = event.data
        if self.done:
            return
        if data is None:
            out.append(_ALIVE)
            return
        if data.startswith("[DONE]"):
            self._head = None
            self.done = True
            return
        try:
            payload = json.loads(data)
        except (ValueError, RecursionError):
            self._odd(event, data, out)
            return
        self._head = None
        self._payload(payload, out, named_error=event.name == "error")

    def _odd(self, event: SseEvent, data: str, out: list[StreamChunk]) -> None:
        """Several JSON lines without blank lines between them, or no JSON at all."""
        lines = [line for line in data.split("\n") if line.strip()]
        if len(lines) > 1:
            for line in lines:
                self._event(SseEvent(line, event.name), out)
        elif event.name == "error":
            raise ProviderFailure(
                classify_with(self._endpoint.provider.rules, self._status, None, data, secrets=self._secrets)
            )
        # Anything else is noise of a gateway; a stream of nothing but noise ends as `empty`.

    def _payload(self, payload: object, out: list[StreamChunk], *, named_error: bool = False) -> None:
        if not isinstance(payload, dict):
            return
        chunk = cast("dict[str, Any]", payload)
        choices = chunk.get("choices")
        inner = chunk.get("data")
        if choices is None and isinstance(inner, dict) and "choices" in inner:  # SenseTime's older surface
            chunk = cast("dict[str, Any]", inner)
            choices = chunk["choices"]
        if not choices or "error" in chunk or "base_resp" in chunk or named_error:
            if named_error or looks_like_error({k: v for k, v in chunk.items() if k != "choices"}):
                raise self._classified(chunk)
            if not choices:
                usage = chunk.get("usage")
                out.append(
                    _usage(cast("dict[str, Any]", usage)) if isinstance(usage, dict) and usage else _ALIVE
                )
                return
        if not isinstance(choices, list) or not isinstance(choices[0], dict):
            out.append(_ALIVE)
            return
        self._choice(cast("dict[str, Any]", choices[0]), chunk, out)

    def _choice(self, choice: dict[str, Any], chunk: dict[str, Any], out: list[StreamChunk]) -> None:
        before = len(out)
        delta = choice.get("delta")
        if delta is not None:
            self._deltas = True
        elif not self._deltas:  # after deltas it is MiniMax's summary of the whole answer
            delta = choice.get("message")
        if isinstance(delta, dict):
            self._delta(cast("dict[str, Any]", delta), out)
        elif isinstance(delta, str) and delta:
            self._text(delta, out)
        elif isinstance(choice.get("text"), str) and choice["text"]:
            self._text(choice["text"], out)
        usage = chunk.get("usage") or choice.get("usage")
        if isinstance(usage, dict) and usage:
            out.append(_usage(cast("dict[str, Any]", usage)))
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and self.finished is None:
            self._finish(reason, out)
        elif len(out) == before:
            out.append(_ALIVE)

    def _delta(self, delta: dict[str, Any], out: list[StreamChunk]) -> None:
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if not thought and "reasoning_details" in delta:
            thought = self._news(_details(delta["reasoning_details"]))
        if isinstance(thought, str) and thought:
            self.thought = True
            out.append(ReasoningChunk(thought))
        content = delta.get("content")
        if isinstance(content, list):
            content = _details(cast("list[Any]", content))
        if isinstance(content, str) and content:
            self._text(content, out)
        if delta.get("tool_calls"):
            self._tools = True

    def _news(self, text: str) -> str:
        """What is new in a detail: some send all thinking so far each time, most only what was added."""
        before = self._details
        if before is None:
            return text
        if not text.startswith(before):
            self._details = None
            return text
        self._details = text
        return text[len(before) :]

    def _text(self, text: str, out: list[StreamChunk]) -> None:
        if self._think.plain:
            self._visible = True
            out.append(TextChunk(text))
        else:
            self._emit(self._think.feed(text), out)

    def _finish(self, reason: str, out: list[StreamChunk]) -> None:
        quirks = self._endpoint.provider.quirks
        kind = quirks.finish_failures.get(reason)
        if kind is None and reason.lower() not in _ENDS:
            kind = by_finish(reason)
        if kind is not None:
            self._emit(self._think.flush(), out)
            raise self._failed(
                kind, reason, "answer_filtered" if kind is FailureKind.CONTENT_BLOCKED else None
            )
        self.finished = reason
        out.append(FinishChunk(reason))

    def _plain_body(self, body: bytes, out: list[StreamChunk]) -> None:
        """A JSON answer although streaming was asked for, an error in a 200, a web page, or nothing."""
        text = body.decode("utf-8-sig", "replace").strip()
        if not text or (text.startswith(":") and "\n{" not in text and "data" not in text):
            return
        try:
            payload: object = json.loads(text)
        except (ValueError, RecursionError):
            if self.thought or self._visible:
                return
            if text[0] in "{[" or _HALF.search(text):
                raise self._failed(FailureKind.NETWORK, "cut") from None
            if _FIELD.match(text):
                return  # an event stream of nothing but noise
            raise ProviderFailure(
                classify_with(self._endpoint.provider.rules, self._status, None, text, secrets=self._secrets)
            ) from None
        if isinstance(payload, list) and payload:
            payload = cast("list[object]", payload)[0]
        if not payload:
            return
        if isinstance(payload, dict):
            answer = cast("dict[str, Any]", payload)
            if answer.get("choices") or looks_like_error(answer):
                self._payload(answer, out)
            if self._visible and self.finished is None:
                self.finished = "stop"
                out.append(FinishChunk("stop"))
            return
        raise self._classified(cast("object", payload))


def _parses(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _usage(usage: Mapping[str, Any]) -> UsageChunk:
    def inner(name: str, field: str) -> int:
        details = usage.get(name)
        return (
            (token_count(cast("dict[str, Any]", details).get(field)) or 0) if isinstance(details, dict) else 0
        )

    return UsageChunk(
        prompt=token_count(usage.get("prompt_tokens", usage.get("input_tokens"))) or 0,
        completion=token_count(usage.get("completion_tokens", usage.get("output_tokens"))) or 0,
        reasoning=inner("completion_tokens_details", "reasoning_tokens"),
        cached=inner("prompt_tokens_details", "cached_tokens")
        or token_count(usage.get("prompt_cache_hit_tokens", usage.get("cached_tokens")))
        or 0,
    )


def _details(parts: object) -> str:
    """The text of a list of parts."""
    if not isinstance(parts, list):
        return ""
    texts: list[str] = []
    for part in cast("list[object]", parts):
        if isinstance(part, dict):
            text = cast("dict[str, Any]", part).get("text")
            if isinstance(text, str):
                texts.append(text)
    return "".join(texts)
