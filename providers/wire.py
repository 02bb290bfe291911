"""The wire: one request in, stream chunks out, whatever dialect the provider speaks.

httpx is loaded when the first request goes out, not before: it would cost the start-up a tenth of a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from providers.base import (
    ChatMessage,
    ChatRequest,
    CheckResult,
    Endpoint,
    ReasoningChunk,
    StreamChunk,
    TextChunk,
    UsageChunk,
)
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.spec import BillingClass, ModelSpec, ProviderSpec
from providers.urls import check_base_url

if TYPE_CHECKING:
    from providers.balance import Balance
    from providers.discovery import Found
    from providers.http import Login
    from providers.http_stream import HttpStreams
    from providers.practice import Sleep

_CHECK = ChatRequest(messages=(ChatMessage("user", "hi"),), max_tokens=1, thinking=False)
_CHECK_PLAIN = ChatRequest(messages=(ChatMessage("user", "hi"),), plain=True)
_CHECK_SECONDS = 30.0


class HttpWire:
    """Implements `providers.base.Wire`.

    `proxy` is `system` (the system's and the environment's proxies), `none`, or a proxy URL, for which
    `login` gives the password that goes with it. `sleep` paces the practice relay.
    """

    def __init__(
        self,
        *,
        user_agent: str = "Jieli",
        proxy: str = "system",
        login: Login | None = None,
        sleep: Sleep | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._proxy = proxy
        self._login = login
        self._sleep: Sleep = asyncio.sleep if sleep is None else sleep
        self._http: HttpStreams | None = None

    def stream(
        self, endpoint: Endpoint, request: ChatRequest, *, connect_timeout: float
    ) -> AsyncGenerator[StreamChunk, None]:
        """See `Wire.stream`."""
        if endpoint.provider.dialect == "practice":
            from providers.practice import practice_stream

            return practice_stream(endpoint, request, self._sleep)
        return self._streams().stream(endpoint, request, connect_timeout=connect_timeout)

    async def check(self, endpoint: Endpoint) -> CheckResult:
        """Ask for one token from the preferred model that costs nothing, and see whether the key works.

        Sends at most two requests: a vendor that refuses the optional fields is asked once more without.
        """
        model = free_model(endpoint)
        target = Endpoint(endpoint.provider, model, endpoint.base_url, endpoint.secret)
        result = await self._check(target, _CHECK)
        failure = result.failure
        if failure is not None and failure.kind is FailureKind.BAD_REQUEST and not failure.model_scoped:
            result = await self._check(target, _CHECK_PLAIN)
        return result

    async def warm(self, endpoint: Endpoint) -> None:
        """Open a connection ahead of the first request; says nothing when it cannot."""
        if endpoint.provider.dialect != "practice" and check_base_url(endpoint.base_url) is None:
            await self._streams().warm(endpoint)

    async def models(self, endpoint: Endpoint, seconds: float = 15.0) -> tuple[ModelSpec, ...] | Failure:
        """The models the provider lists itself (see `providers.model_list.models`)."""
        # httpx is loaded off this thread: the first list may be asked for while the window is in use.
        module = await asyncio.to_thread(importlib.import_module, "providers.model_list")
        return await module.models(
            endpoint, clients=self._streams().clients, user_agent=self._user_agent, seconds=seconds
        )

    async def discover(self, specs: Sequence[ProviderSpec]) -> list[Found]:
        """The model servers on this computer that answer (see `providers.discovery.discover`)."""
        module = await asyncio.to_thread(_load, "providers.discovery")
        # A closed port refuses at once; only a busy server needs the time, and nobody waits for it.
        return await module.discover(specs, timeout=3.0)

    async def balance(self, endpoint: Endpoint) -> Balance | Failure:
        """What is left on the account (see `providers.balance.balance`)."""
        from providers.balance import balance

        return await balance(endpoint, clients=self._streams().clients, user_agent=self._user_agent)

    async def fetch(self, url: str, largest: int) -> bytes | Failure:
        """A file from an address of the user's (see `providers.fetch.fetch`)."""
        module = await asyncio.to_thread(_load, "providers.fetch")
        return await module.fetch(
            url, clients=self._streams().clients, user_agent=self._user_agent, largest=largest
        )

    async def prepare(self, base_url: str) -> None:
        """Load what the first request needs (libraries, root certificates), off this thread, and send
        nothing. What is wrong with the proxy or the certificates is told by the request itself."""
        if check_base_url(base_url) is not None:
            return
        module = await asyncio.to_thread(importlib.import_module, "providers.http")
        parts = urlsplit(base_url)
        try:
            await self._streams().clients.get(f"{parts.scheme}://{parts.hostname}")
        except module.ProviderSetupError:
            return

    def use_proxy(self, proxy: str) -> None:
        """Take another proxy setting from the next request on."""
        self._proxy = proxy
        if self._http is not None:
            self._http.clients.use_proxy(proxy)

    async def explain_setup(self) -> Exception | None:
        """The `ProviderSetupError` (with `reason`, `variable`, `value`) that proxy or certificate settings
        cause, None when a client can be built."""
        from providers.http import Clients, ProviderSetupError

        try:
            await asyncio.to_thread(Clients(self._proxy).check)
        except ProviderSetupError as error:
            return error
        return None

    async def aclose(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.clients.aclose()

    async def _check(self, endpoint: Endpoint, request: ChatRequest) -> CheckResult:
        started = time.perf_counter()
        first: float | None = None
        usage: UsageChunk | None = None
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                async with aclosing(self.stream(endpoint, request, connect_timeout=10.0)) as chunks:
                    async for chunk in chunks:
                        if isinstance(chunk, (TextChunk, ReasoningChunk)):
                            first = first or time.perf_counter() - started
                            if request.plain:
                                break
                        elif isinstance(chunk, UsageChunk):
                            usage = chunk
        except ProviderFailure as error:
            if not (error.failure.code == "empty" and error.failure.status == 200):
                return CheckResult(error.failure, first, endpoint.model.id, usage)
            # One token may all be thinking: the key is good.
        except TimeoutError:
            failure = Failure(FailureKind.NETWORK, code="timeout", hint="network_timeout")
            return CheckResult(failure, first, endpoint.model.id, usage)
        return CheckResult(None, first, endpoint.model.id, usage)

    def _streams(self) -> HttpStreams:
        if self._http is None:
            from providers.http_stream import HttpStreams

            self._http = HttpStreams(self._user_agent, self._proxy, self._login)
        return self._http


def free_model(endpoint: Endpoint) -> ModelSpec:
    """The endpoint's model, or the provider's first free or granted one when that model would bill."""
    if endpoint.model.billing is not BillingClass.PAID:
        return endpoint.model
    models = endpoint.provider.models
    return next((m for m in models if m.enabled and m.billing is not BillingClass.PAID), endpoint.model)


_PUT_OFF = ("anyio.abc", "anyio._core._synchronization", "anyio._core._tasks", "anyio._core._sockets",
            "anyio._backends._asyncio", "anyio.streams.tls")  # fmt: skip
"""What httpcore's first request over asyncio makes anyio load."""


def _load(name: str) -> ModuleType:
    """Import one of our modules with all that its first request needs; httpx puts off half of itself until
    then, and anyio all of itself: a tenth of a second that the window would stand still for."""
    for needed in ("httpcore", "anyio", *_PUT_OFF):
        # Where a part has another name, the first request loads it.
        with contextlib.suppress(ImportError):
            importlib.import_module(needed)
    return importlib.import_module(name)
