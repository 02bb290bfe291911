"""Streams an answer over HTTP: the hot path of every turn, kept to as little work as it needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from urllib.parse import urlsplit

import httpx

from providers.base import AliveChunk, ChatRequest, Endpoint, StreamChunk
from providers.classify import classify_with
from providers.dialects import speak
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.http import (
    Clients,
    Login,
    ProviderSetupError,
    network_failure,
    read_bounded,
    setup_failure,
)
from providers.http_headers import bad_key, headers
from providers.inflate import body_pieces
from providers.urls import check_base_url, is_loopback

_ALIVE = AliveChunk()
_AFTER_END = 2.0  # seconds to wait for usage and `[DONE]` once the answer is finished
_DRAIN = 0.05  # seconds to read the body's end, so that the connection can be used again
_IDLE = 60.0  # a connection used within this many seconds is still open


class HttpStreams:
    """Chat requests in any dialect over pooled connections."""

    def __init__(self, user_agent: str, proxy: str, login: Login | None = None) -> None:
        self.clients = Clients(proxy, login)
        speak("openai")  # loaded here, ahead of the first request
        self._user_agent = user_agent
        self._targets: dict[str, tuple[str, str | None, httpx.URL]] = {}
        self._used: dict[str, float] = {}

    async def stream(
        self, endpoint: Endpoint, request: ChatRequest, *, connect_timeout: float
    ) -> AsyncGenerator[StreamChunk, None]:
        """See `providers.base.Wire.stream`."""
        dialect = speak(endpoint.provider.dialect)
        url, body = dialect.build(endpoint, request)
        origin, parsed = self._target(url, endpoint.base_url)
        secrets = (endpoint.secret,) if endpoint.secret else ()
        transport = self.clients.ready(origin)
        if transport is None:
            try:
                transport = await self.clients.get(origin)
            except ProviderSetupError as error:
                raise ProviderFailure(setup_failure(error)) from error
        message = httpx.Request(
            "POST",
            parsed,
            headers=self._headers(endpoint),
            content=body,
            extensions={"timeout": {"connect": connect_timeout, "read": None, "write": 60.0, "pool": None}},
        )
        try:
            response = await transport.handle_async_request(message)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            proxy = self.clients.proxy_of(origin)
            failure = network_failure(error, started=False, secrets=secrets, proxy=proxy)
            raise ProviderFailure(failure) from error
        except UnicodeEncodeError:
            raise ProviderFailure(bad_key()) from None
        try:
            if response.status_code != 200:
                content = await read_bounded(response)
                raise ProviderFailure(
                    classify_with(
                        endpoint.provider.rules,
                        response.status_code,
                        response.headers.multi_items(),
                        content,
                        secrets=secrets,
                    )
                )
            yield _ALIVE
            reader = dialect.reader(endpoint, content_type=response.headers.get("content-type", ""))
            pieces = body_pieces(response)
            while not reader.done:
                try:
                    if reader.finished is None:
                        piece = await anext(pieces)
                    else:
                        async with asyncio.timeout(_AFTER_END):
                            piece = await anext(pieces)
                except StopAsyncIteration:
                    break
                except TimeoutError:
                    break
                except (httpx.HTTPError, httpx.StreamError) as error:
                    for chunk in reader.end():
                        yield chunk
                    if reader.failure is None:
                        return
                    if reader.failure.failure.code in ("cut", "empty"):
                        raise ProviderFailure(_broken(error, secrets)) from error
                    raise reader.failure from error
                for chunk in reader.feed(piece):
                    yield chunk
                if reader.failure is not None:
                    raise reader.failure
            if reader.done:
                await _drain(pieces)
                self._used[origin] = time.monotonic()
            for chunk in reader.end():
                yield chunk
            if reader.failure is not None:
                raise reader.failure
        finally:
            await response.aclose()

    async def warm(self, endpoint: Endpoint) -> None:
        """Open a connection by asking for the list of models, if none was used lately."""
        url = endpoint.base_url.rstrip("/") + "/models"
        origin, parsed = self._target(url, endpoint.base_url)
        if is_loopback(parsed.host) or time.monotonic() - self._used.get(origin, -_IDLE) < _IDLE:
            return
        self._used[origin] = time.monotonic()
        timeout = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
        try:
            transport = await self.clients.get(origin)
            message = httpx.Request(
                "GET", parsed, headers=self._headers(endpoint), extensions={"timeout": timeout}
            )
            response = await transport.handle_async_request(message)
            try:
                await read_bounded(response, limit=1024 * 1024)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, ProviderSetupError, ProviderFailure, UnicodeEncodeError):
            self._used.pop(origin, None)

    def _target(self, url: str, base_url: str) -> tuple[str, httpx.URL]:
        """Origin and parsed URL; a base URL that must not be used raises before anything is sent."""
        found = self._targets.get(url)
        if found is None:
            reason = "placeholder" if "{" in base_url else check_base_url(base_url)
            try:
                parsed = httpx.URL(url)
            except (httpx.InvalidURL, TypeError, UnicodeError):
                reason, parsed = reason or "not_url", httpx.URL("http://invalid")
            parts = urlsplit(url) if reason is None else urlsplit("")
            if len(self._targets) > 200:
                self._targets.clear()
            found = self._targets[url] = (f"{parts.scheme}://{parts.hostname}", reason, parsed)
        origin, reason, parsed = found
        if reason is not None:
            raise ProviderFailure(Failure(FailureKind.BAD_REQUEST, code=reason, hint=f"url_{reason}"))
        return origin, parsed

    def _headers(self, endpoint: Endpoint) -> list[tuple[str, str]]:
        return headers(endpoint, self._user_agent, "text/event-stream, application/json")


def _broken(error: httpx.HTTPError | httpx.StreamError, secrets: tuple[str, ...]) -> Failure:
    if isinstance(error, httpx.DecodingError):
        return Failure(FailureKind.TRANSIENT, code="garbled", status=200, hint="answer_garbled")
    return network_failure(error, started=True, secrets=secrets)


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(_DRAIN):
            async for _ in pieces:
                pass
    except (TimeoutError, httpx.HTTPError, httpx.StreamError):
        pass
