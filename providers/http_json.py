"""Small questions to a provider beside the chat: one request, one JSON answer, bounded in size and time."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from urllib.parse import urlsplit

import httpx

from providers.base import Endpoint
from providers.classify import classify_with, find_error_with
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.http import Clients, ProviderSetupError, network_failure, read_bounded, setup_failure
from providers.http_headers import bad_key, headers
from providers.inflate import body_pieces
from providers.urls import check_base_url

_LARGEST = 4 * 1024 * 1024
USER_AGENT = "Jieli"


async def ask(
    endpoint: Endpoint,
    url: str,
    *,
    clients: Clients | None = None,
    method: str = "GET",
    user_agent: str = USER_AGENT,
    seconds: float = 15.0,
) -> object:
    """The JSON answer of `url`, which must lie on the endpoint's host. Numbers with a point are `Decimal`.

    Raises `ProviderFailure` for everything else, an error inside a 200 included. Redirects are not followed.
    Without `clients` the system's proxy is used.
    """
    base = endpoint.base_url
    reason = "placeholder" if "{" in base else check_base_url(base)
    if reason is None and urlsplit(url)[:2] != urlsplit(base)[:2]:
        reason = "not_url"
    if reason is not None:
        raise ProviderFailure(Failure(FailureKind.BAD_REQUEST, code=reason, hint=f"url_{reason}"))
    own = clients is None
    pool = Clients() if clients is None else clients
    try:
        async with asyncio.timeout(seconds):
            return await _ask(pool, endpoint, url, method, user_agent)
    except TimeoutError:
        raise ProviderFailure(Failure(FailureKind.NETWORK, code="timeout", hint="network_timeout")) from None
    finally:
        if own:
            await pool.aclose()


async def _ask(clients: Clients, endpoint: Endpoint, url: str, method: str, user_agent: str) -> object:
    secrets = (endpoint.secret,) if endpoint.secret else ()
    rules = endpoint.provider.rules
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.hostname}"
    try:
        transport = await clients.get(origin)
        message = httpx.Request(
            method,
            url,
            headers=headers(endpoint, user_agent, "application/json"),
            extensions={"timeout": {"connect": 5.0, "read": None, "write": 5.0, "pool": 5.0}},
        )
        response = await transport.handle_async_request(message)
    except ProviderSetupError as error:
        raise ProviderFailure(setup_failure(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        proxy = clients.proxy_of(origin)
        failure = network_failure(error, started=False, secrets=secrets, proxy=proxy)
        raise ProviderFailure(failure) from error
    except UnicodeEncodeError:
        raise ProviderFailure(bad_key()) from None
    try:
        status = response.status_code
        if status != 200:
            content = await read_bounded(response)
            raise ProviderFailure(
                classify_with(rules, status, response.headers.multi_items(), content, secrets=secrets)
            )
        body = await _body(response, secrets)
    finally:
        await response.aclose()
    try:
        answer: object = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise ProviderFailure(_unreadable(body, endpoint, secrets)) from None
    failure = find_error_with(rules, answer, status=status, secrets=secrets)
    if failure is not None:
        raise ProviderFailure(failure)
    return answer


async def _body(response: httpx.Response, secrets: tuple[str, ...]) -> bytes:
    body = bytearray()
    try:
        async for piece in body_pieces(response):
            body += piece
            if len(body) > _LARGEST:
                raise ProviderFailure(garbled())
    except httpx.DecodingError:
        raise ProviderFailure(garbled()) from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ProviderFailure(network_failure(error, started=True, secrets=secrets)) from error
    return bytes(body)


def _unreadable(body: bytes, endpoint: Endpoint, secrets: tuple[str, ...]) -> Failure:
    """A web page tells something (a login page, a wrong address); anything else is garbled."""
    if body.lstrip()[:1] == b"<":
        return classify_with(endpoint.provider.rules, 200, None, body, secrets=secrets)
    return garbled()


def garbled() -> Failure:
    """The answer came whole and makes no sense."""
    return Failure(FailureKind.TRANSIENT, code="garbled", status=200, hint="answer_garbled")
