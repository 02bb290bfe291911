"""Finds model servers running on this computer: Ollama, LM Studio, llama.cpp, vLLM.

Only loopback addresses are asked, by number, without keys and without proxies; silence is the usual answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from providers.base import Endpoint
from providers.failures import Failure
from providers.http import Clients
from providers.model_list import models
from providers.spec import ModelSpec, ProviderSpec
from providers.urls import check_base_url, is_loopback

_ANY = ModelSpec("any")


@dataclass(frozen=True, slots=True)
class Found:
    """A server that answered: the provider it was asked as, its base URL, and the models it has."""

    provider: str
    base_url: str
    models: tuple[ModelSpec, ...]


async def discover(specs: Iterable[ProviderSpec], timeout: float = 0.4) -> list[Found]:
    """The local providers among `specs` that answer within `timeout` seconds, in the order of `specs`.

    All are asked at once. Never raises: what does not answer like a model server is left out.
    """
    targets = [
        (spec, region.base_url, asked)
        for spec in specs
        if spec.local and spec.dialect != "practice"
        for region in spec.regions
        if (asked := _by_number(region.base_url)) is not None
    ]
    if not targets:
        return []
    clients = Clients("none")
    try:
        answers = await asyncio.gather(
            *(
                models(Endpoint(spec, _ANY, asked), clients=clients, seconds=timeout)
                for spec, _, asked in targets
            )
        )
    finally:
        await clients.aclose()
    return [
        Found(spec.id, base_url, answer)
        for (spec, base_url, _), answer in zip(targets, answers, strict=True)
        if not isinstance(answer, Failure)
    ]


def _by_number(base_url: str) -> str | None:
    """The URL with a loopback address for a host; None when it is not plain http to this computer.

    A name such as `localhost` could be made to mean another computer; 127.0.0.1 could not.
    """
    if check_base_url(base_url) is not None:
        return None
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme != "http" or not is_loopback(host):
        return None
    if host.rstrip(".").endswith("localhost"):
        port = f":{parts.port}" if parts.port is not None else ""
        return urlunsplit(parts._replace(netloc=f"127.0.0.1{port}"))
    return base_url
