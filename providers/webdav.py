"""A folder on a WebDAV server (RFC 4918): list, get, put, delete. One account, one folder.

Facts of Nutstore (坚果云): `https://dav.jianguoyun.com/dav/`, passwords made for one app, 600 requests in 30
minutes for free accounts and 503 beyond, at most 750 entries in one listing with a `Link: <…>; rel="next"`
(help.jianguoyun.com/?p=2064).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import httpx

from providers.http import Clients, ProviderSetupError, network_failure, read_bounded
from providers.urls import check_file_url

Trouble = Literal[
    "address", "auth", "missing", "full", "busy", "offline", "setup", "too_large", "not_webdav", "server"
]

_LISTING = 16 * 1024 * 1024
_PAGES = 40
_BLOCK = 1 << 16
_SECONDS = 120.0
_PROPFIND = (
    b'<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:getcontentlength/>'
    b"<d:resourcetype/></d:prop></d:propfind>"
)


class WebdavError(Exception):
    """What went wrong. `status` is the server's; `detail` says more about the network, without secrets."""

    def __init__(self, trouble: Trouble, status: int = 0, detail: str = "") -> None:
        super().__init__(f"{trouble} {status} {detail}".strip())
        self.trouble: Trouble = trouble
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Account:
    """Whose folder it is. `url` is the folder's, `user` and `password` are sent to its host only."""

    url: str
    user: str
    password: str


class WebdavFolder:
    """One folder. Every method raises `WebdavError`; redirects are followed nowhere, since the password goes
    along. Names are single path segments."""

    def __init__(self, account: Account, clients: Clients, user_agent: str = "Jieli") -> None:
        reason = check_file_url(account.url)
        if reason is not None:
            raise WebdavError("address", detail=reason)
        self._url = account.url.strip().rstrip("/") + "/"
        self._clients = clients
        token = base64.b64encode(f"{account.user}:{account.password}".encode()).decode("ascii")
        self._headers = {"authorization": f"Basic {token}", "user-agent": user_agent}
        self._secrets = (account.password, token)

    async def make(self) -> None:
        """Make the folder, and those above it as far as they are missing."""
        parts = urlsplit(self._url)
        segments = [s for s in parts.path.split("/") if s]
        depth = len(segments)
        while True:
            url = f"{parts.scheme}://{parts.netloc}/" + "".join(f"{s}/" for s in segments[:depth])
            status = await self._status("PROPFIND", url, content=_PROPFIND, headers={"depth": "0"})
            if status == 207:
                break
            if status not in (404, 409) or depth == 0:
                raise _trouble(status)
            depth -= 1
        for end in range(depth + 1, len(segments) + 1):
            url = f"{parts.scheme}://{parts.netloc}/" + "".join(f"{s}/" for s in segments[:end])
            status = await self._status("MKCOL", url)
            if status not in (201, 405):  # 405: somebody has made it meanwhile
                raise _trouble(status)

    async def list(self) -> dict[str, int]:
        """The files in the folder with their sizes in bytes."""
        found: dict[str, int] = {}
        url = self._url
        for _ in range(_PAGES):
            async with asyncio.timeout(_SECONDS):
                response = await self._send("PROPFIND", url, content=_PROPFIND, headers={"depth": "1"})
                try:
                    if response.status_code != 207:
                        raise _trouble(response.status_code)
                    found |= _files(await self._body(response, _LISTING))
                    following = response.headers.get("link", "")
                finally:
                    await response.aclose()
            onward = _next(following, url)
            if onward is None:
                break
            url = onward
        return found

    async def get(self, name: str, target: Path, largest: int) -> None:
        """Fetch a file into `target`."""
        async with asyncio.timeout(_SECONDS):
            response = await self._send("GET", self._of(name))
            try:
                if response.status_code != 200:
                    raise _trouble(response.status_code)
                size = 0
                with target.open("wb") as file:
                    try:
                        async for block in response.aiter_raw(_BLOCK):
                            size += len(block)
                            if size > largest:
                                raise WebdavError("too_large")
                            await asyncio.to_thread(file.write, block)
                    except httpx.HTTPError as error:
                        raise self._network(error, started=True) from error
            finally:
                await response.aclose()

    async def put(self, name: str, source: Path) -> None:
        """Store a file under that name."""
        size = (await asyncio.to_thread(source.stat)).st_size
        headers = {"content-length": str(size), "content-type": "application/octet-stream"}
        status = await self._status("PUT", self._of(name), content=_blocks(source), headers=headers)
        if status not in (200, 201, 204):
            raise _trouble(status)

    async def delete(self, name: str) -> None:
        """Remove a file; one that is not there counts as removed."""
        status = await self._status("DELETE", self._of(name))
        if status not in (200, 202, 204, 404):
            raise _trouble(status)

    def _of(self, name: str) -> str:
        return self._url + quote(name, safe="")

    async def _status(
        self,
        method: str,
        url: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> int:
        async with asyncio.timeout(_SECONDS):
            response = await self._send(method, url, content=content, headers=headers)
            try:
                await read_bounded(response)
                return response.status_code
            finally:
                await response.aclose()

    async def _send(
        self,
        method: str,
        url: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.hostname}"
        try:
            transport = await self._clients.get(origin)
            request = httpx.Request(
                method,
                url,
                headers={**self._headers, "accept-encoding": "identity", **(headers or {})},
                content=content,
                extensions={"timeout": {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 10.0}},
            )
            return await transport.handle_async_request(request)
        except ProviderSetupError as error:
            raise WebdavError("setup", detail=f"{error.variable}={error.value}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._network(error, started=False) from error

    async def _body(self, response: httpx.Response, largest: int) -> bytes:
        body = bytearray()
        try:
            async for block in response.aiter_raw(_BLOCK):
                body += block
                if len(body) > largest:
                    raise WebdavError("too_large")
        except httpx.HTTPError as error:
            raise self._network(error, started=True) from error
        return bytes(body)

    def _network(self, error: BaseException, *, started: bool) -> WebdavError:
        return WebdavError("offline", detail=network_failure(error, started=started).code or "")


async def _blocks(source: Path) -> AsyncIterator[bytes]:
    with source.open("rb") as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block


def _trouble(status: int) -> WebdavError:
    if status in (401, 403):
        return WebdavError("auth", status)
    if status in (404, 409, 410):
        return WebdavError("missing", status)
    if status in (507, 413):
        return WebdavError("full", status)
    if status in (429, 503):
        return WebdavError("busy", status)
    # A plain web server answers the methods of WebDAV so, or with a page; moved addresses are not followed.
    if status in (200, 301, 302, 303, 307, 308, 400, 405, 415, 501):
        return WebdavError("not_webdav", status)
    return WebdavError("server", status)


def _files(body: bytes) -> dict[str, int]:
    """The files of a listing. Document types are refused: entities can grow without end."""
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        raise WebdavError("not_webdav", 207)
    try:
        root = ET.fromstring(body)  # entities are refused above
    except ET.ParseError:
        raise WebdavError("not_webdav", 207) from None
    found: dict[str, int] = {}
    for item in root.iter("{DAV:}response"):
        href = item.findtext("{DAV:}href") or ""
        if item.find(".//{DAV:}resourcetype/{DAV:}collection") is not None or href.endswith("/"):
            continue
        try:
            name = unquote(urlsplit(href.strip()).path).rpartition("/")[2]
        except ValueError:
            continue  # an address that is none: `http://[`
        length = (item.findtext(".//{DAV:}getcontentlength") or "").strip()
        if name:
            found[name] = int(length) if length.isdecimal() and len(length) < 16 else -1
    return found


def _next(link: str, url: str) -> str | None:
    """The address of the listing's next page; only on the same server, since the password goes along."""
    for part in link.split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest.replace(" ", "") or "rel=next" in rest.replace(" ", ""):
            try:
                target = urljoin(url, address.strip().strip("<>"))
                if urlsplit(target)[:2] == urlsplit(url)[:2]:
                    return target
            except ValueError:
                continue
    return None
