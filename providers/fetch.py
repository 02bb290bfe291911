"""Fetches one file from an address the user has set, bounded in size and time, without any key."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin, urlsplit

import httpx

from providers.classify import classify_with
from providers.failures import Failure, FailureKind
from providers.http import Clients, ProviderSetupError, network_failure, read_bounded, setup_failure
from providers.inflate import body_pieces
from providers.urls import check_file_url

_HOPS = 4
_MOVED = (301, 302, 303, 307, 308)


async def fetch(
    url: str, *, clients: Clients, user_agent: str, largest: int, seconds: float = 30.0
) -> bytes | Failure:
    """The bytes at `url`, at most `largest` of them.

    Redirects are followed only to where the address itself could have pointed. Failure codes of its own:
    `too_large`, `too_many_redirects`, and those of `check_file_url`.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(_HOPS):
                answer = await _once(clients, url, user_agent, largest)
                if not isinstance(answer, str):
                    return answer
                url = answer
    except TimeoutError:
        return Failure(FailureKind.NETWORK, code="timeout", hint="network_timeout")
    return Failure(FailureKind.BAD_REQUEST, code="too_many_redirects")


async def _once(clients: Clients, url: str, user_agent: str, largest: int) -> bytes | str | Failure:
    """The bytes, or where to ask instead, or why neither."""
    reason = check_file_url(url)
    if reason is not None:
        return Failure(FailureKind.BAD_REQUEST, code=reason, hint=f"url_{reason}")
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.hostname}"
    try:
        transport = await clients.get(origin)
        request = httpx.Request(
            "GET",
            url,
            headers={"user-agent": user_agent, "accept-encoding": "gzip, identity"},
            extensions={"timeout": {"connect": 10.0, "read": None, "write": 5.0, "pool": 5.0}},
        )
        response = await transport.handle_async_request(request)
    except ProviderSetupError as error:
        return setup_failure(error)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return network_failure(error, started=False, secrets=(), proxy=clients.proxy_of(origin))
    try:
        if response.status_code in _MOVED and (target := response.headers.get("location")):
            return urljoin(url, target)
        if response.status_code != 200:
            content = await read_bounded(response)
            return classify_with((), response.status_code, response.headers.multi_items(), content)
        return await _body(response, largest)
    except httpx.DecodingError:
        return Failure(FailureKind.TRANSIENT, code="garbled", status=200, hint="answer_garbled")
    except (httpx.HTTPError, httpx.StreamError) as error:
        return network_failure(error, started=True, secrets=())
    finally:
        await response.aclose()


async def _body(response: httpx.Response, largest: int) -> bytes | Failure:
    body = bytearray()
    async for piece in body_pieces(response):
        body += piece
        if len(body) > largest:
            return Failure(FailureKind.BAD_REQUEST, code="too_large")
    return bytes(body)
