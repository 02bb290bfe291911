"""Writes requests in the OpenAI chat dialect with a vendor's quirks applied. No sockets in here."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import Any

from providers.base import ChatMessage, ChatRequest, Endpoint
from providers.spec import ModelSpec, Quirks
from providers.urls import vendor_root

_CORE = frozenset({"model", "messages", "stream"})


def build(endpoint: Endpoint, request: ChatRequest) -> tuple[str, bytes]:
    """The URL and the body of a streaming chat request."""
    path, body = write_body(endpoint, request)
    base = endpoint.base_url.rstrip("/")
    if path != "/chat/completions":
        base = vendor_root(base, (region.base_url for region in endpoint.provider.regions))
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return base + path, text.encode("utf-8", "replace")


def write_body(endpoint: Endpoint, request: ChatRequest) -> tuple[str, dict[str, Any]]:
    """The path after the base URL and the body, every quirk applied."""
    quirks = endpoint.provider.quirks
    model = endpoint.model
    native = bool(request.prefix) and quirks.continues(model)
    body: dict[str, Any] = {"model": model.id, "messages": [], "stream": True}
    body["messages"] = _messages(request, model, quirks, native)
    if quirks.extra:
        body.update(quirks.extra)
    if not request.plain:
        _options(body, request, model, quirks)
    if native:
        body.update(quirks.prefix_extra)
        if quirks.prefix_field is not None:
            body[quirks.prefix_field] = request.prefix
    for name in quirks.drop:
        body.pop(name, None)
    for pattern, names in quirks.drop_models.items():
        if re.match(pattern, model.id):
            for name in names:
                body.pop(name, None)
    for source, target in quirks.rename.items():
        if source in body:
            body[target] = body.pop(source)
    if quirks.only:
        allowed = _CORE.union(quirks.only)
        body = {name: value for name, value in body.items() if name in allowed}
    return (quirks.prefix_path if native and quirks.prefix_path else "/chat/completions"), body


def _options(body: dict[str, Any], request: ChatRequest, model: ModelSpec, quirks: Quirks) -> None:
    if quirks.stream_usage:
        body["stream_options"] = {"include_usage": True}
    if request.max_tokens is not None:
        cap = model.max_output
        body["max_tokens"] = min(request.max_tokens, cap) if cap else request.max_tokens
    if request.temperature is not None:
        body["temperature"] = _clamped(request.temperature, quirks.temperature)
    if request.top_p is not None:
        body["top_p"] = _clamped(request.top_p, quirks.top_p)
    if request.thinking is not None and model.thinking == "yes":
        body.update(quirks.thinking_on if request.thinking else quirks.thinking_off)


def _messages(request: ChatRequest, model: ModelSpec, quirks: Quirks, native: bool) -> list[dict[str, Any]]:
    history = request.messages
    if quirks.system_first:
        history = _system_first(history)
    messages: list[dict[str, Any]] = []
    answers: dict[str, Any] = {}
    for pattern, fields in quirks.answer_models.items():
        if re.match(pattern, model.id):
            answers.update(fields)
    for message in history:
        last = messages[-1] if messages else None
        if last is not None and quirks.merge_same_role and last["role"] == message.role:
            last["content"] = _joined(last["content"], _content(message, quirks))
        else:
            extra = answers if message.role == "assistant" else {}
            messages.append({"role": message.role, "content": _content(message, quirks), **extra})
    if native and quirks.prefix_field is None:
        messages.append({"role": "assistant", "content": request.prefix, **answers, **quirks.prefix_message})
    return messages


def _system_first(history: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """One system message ahead of the talk, which keeps its order."""
    system = [m for m in history if m.role == "system"]
    if not system or (len(system) == 1 and history[0] is system[0]):
        return history
    one = ChatMessage(
        "system", "\n\n".join(m.text for m in system), tuple(i for m in system for i in m.images)
    )
    return (one, *(m for m in history if m.role != "system"))


def _content(message: ChatMessage, quirks: Quirks) -> str | list[dict[str, Any]]:
    if not message.images and quirks.plain_content:
        return message.text
    parts: list[dict[str, Any]] = [{"type": "text", "text": message.text}] if message.text else []
    for image in message.images:
        data = b64encode(image.data).decode("ascii")
        parts.append({"type": "image_url", "image_url": {"url": f"data:{image.mime};base64,{data}"}})
    return parts


def _joined(
    first: str | list[dict[str, Any]], second: str | list[dict[str, Any]]
) -> str | list[dict[str, Any]]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    parts = [{"type": "text", "text": p} if isinstance(p, str) else p for p in (first, second)]
    return [entry for part in parts for entry in (part if isinstance(part, list) else [part])]


def _clamped(value: float, bounds: tuple[float, float] | None) -> float:
    return value if bounds is None else min(max(value, bounds[0]), bounds[1])
