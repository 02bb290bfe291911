"""The models a provider names itself, as specs whose unknown facts are marked uncertain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from providers.base import Endpoint
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.http import Clients
from providers.http_json import USER_AGENT, ask, garbled
from providers.spec import BillingClass, ModelSpec, ProviderSpec

_MOST = 2_000
_CONTEXT = ("max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens")
_OUTPUT = ("max_output_tokens", "max_completion_tokens", "max_output")
# What lies in the same list but holds no conversation.
_OTHER = re.compile(
    r"embed|rerank|\btts\b|\basr\b|whisper|speech|audio|dall-?e|image|stable-diffusion|flux|moderation"
    r"|\bbge\b|\bbert\b|ocr|video|wanx|cogview|cogvideo|sora|realtime|transcri",
    re.IGNORECASE,
)
_OTHER_TYPES = frozenset(
    {"embedding", "embeddings", "image", "audio", "video", "rerank", "reranker", "stt", "tts"}
)


async def models(
    endpoint: Endpoint, *, clients: Clients | None = None, user_agent: str = USER_AGENT, seconds: float = 15.0
) -> tuple[ModelSpec, ...] | Failure:
    """The models of a provider, in its order. `endpoint.model` is not looked at.

    A model that the provider's file knows keeps the facts of the file. The others are uncertain: bill at
    once unless the server is on this computer, and are switched off where their name says they do not chat.
    """
    provider = endpoint.provider
    if provider.dialect in ("azure", "practice"):
        # Azure lists what could be deployed, not what the user has deployed.
        return Failure(FailureKind.BAD_REQUEST, code="no_model_list", hint="no_model_list")
    try:
        answer = await ask(
            endpoint, list_url(endpoint), clients=clients, user_agent=user_agent, seconds=seconds
        )
    except ProviderFailure as error:
        return error.failure
    found = read_models(provider, answer)
    return garbled() if found is None else found


def list_url(endpoint: Endpoint) -> str:
    """Where the endpoint lists its models."""
    if endpoint.provider.dialect == "ollama":
        from providers.dialects.ollama import root

        return root(endpoint.base_url) + "/api/tags"
    return endpoint.base_url.rstrip("/") + "/models"


def read_models(provider: ProviderSpec, answer: object) -> tuple[ModelSpec, ...] | None:
    """The models in an answer of `/models` or `/api/tags`; None when it is no list of models."""
    if isinstance(answer, dict):
        table = cast("dict[str, Any]", answer)
        if provider.dialect == "ollama":
            entries: object = table.get("models")
        else:
            # Go servers write an empty list as null.
            entries = table.get("data", table.get("models"))
            if entries is None and table.get("object") == "list":
                entries = []
    else:
        entries = answer
    if not isinstance(entries, list):
        return None
    rows = cast("list[object]", entries)[:_MOST]
    found: dict[str, ModelSpec] = {}
    for row in rows:
        model = _model(provider, row)
        if model is not None:
            found.setdefault(model.id, model)
    return tuple(found.values()) if found or not rows else None


def _model(provider: ProviderSpec, row: object) -> ModelSpec | None:
    entry: dict[str, Any] = {"id": row} if isinstance(row, str) else {}
    if isinstance(row, dict):
        entry = cast("dict[str, Any]", row)
    ident = next((entry[n] for n in ("id", "model", "name") if _named(entry.get(n))), None)
    if ident is None:
        return None
    ident = str(ident).strip().removeprefix("models/")
    known = provider.model(ident)
    if known is not None:
        return known
    remote = bool(entry.get("remote_host") or entry.get("remote_model"))  # Ollama's cloud under a local name
    return ModelSpec(
        ident,
        context=_first_number(entry, _CONTEXT),
        max_output=_first_number(entry, _OUTPUT),
        billing=BillingClass.FREE if provider.local and not remote else BillingClass.PAID,
        vision="vision" in _words(entry, "capabilities") or "image" in _words(entry, "input_modalities"),
        enabled=not remote and _chats(ident, entry),
        uncertain=True,
    )


def _named(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 200 and value.strip().isprintable()


def _first_number(entry: dict[str, Any], names: Sequence[str]) -> int | None:
    for name in names:
        value = entry.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9:
            return value
    return None


def _words(entry: dict[str, Any], name: str) -> list[object]:
    value = entry.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []


def _chats(ident: str, entry: dict[str, Any]) -> bool:
    kind = entry.get("type")
    if isinstance(kind, str) and kind.lower() in _OTHER_TYPES:
        return False
    capabilities = _words(entry, "capabilities")
    if "embedding" in capabilities and "completion" not in capabilities:
        return False
    return _OTHER.search(ident) is None
