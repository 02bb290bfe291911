"""A WebDAV folder against a real server on this computer, and against answers that go wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from providers.http import Clients
from providers.webdav import Account, WebdavError, WebdavFolder


def folder(url: str, password: str = "") -> WebdavFolder:
    return WebdavFolder(Account(url, "me", password or _password()), Clients("none"))


def _password() -> str:
    return "pass" + "word"


@contextmanager
def answering(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Iterator[str]:
    """A server that answers everything so; its address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_PROPFIND = do_MKCOL = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/dav/box"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, "auth"),
        (403, "auth"),
        (404, "missing"),
        (409, "missing"),
        (413, "full"),
        (507, "full"),
        (429, "busy"),
        (503, "busy"),
        (200, "not_webdav"),
        (302, "not_webdav"),
        (405, "not_webdav"),
        (500, "server"),
    ],
)
def test_every_refusal_has_its_name(arun: Any, status: int, trouble: str) -> None:
    async def go() -> None:
        where = {"location": "http://127.0.0.1:1/"}
        with answering(status, b"<html>", where) as url, pytest.raises(WebdavError) as caught:
            await folder(url).list()
        assert (caught.value.trouble, caught.value.status) == (trouble, status)

    arun(go())


def test_nobody_there_is_offline_and_a_plain_address_is_refused(arun: Any) -> None:
    async def go() -> None:
        with pytest.raises(WebdavError) as caught:
            await folder("http://127.0.0.1:1/x").list()
        assert caught.value.trouble == "offline"
        for url in ("http://example.com/dav", "ftp://x", "https://me:pw@example.com/"):
            with pytest.raises(WebdavError) as caught:
                folder(url)
            assert caught.value.trouble == "address"

    arun(go())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b'<!DOCTYPE x [<!ENTITY a "b">]><d:multistatus xmlns:d="DAV:">&a;</d:multistatus>',
    ],
)
def test_a_listing_that_is_none_is_refused(arun: Any, body: bytes) -> None:
    async def go() -> None:
        with answering(207, body) as url, pytest.raises(WebdavError) as caught:
            await folder(url).list()
        assert caught.value.trouble == "not_webdav"

    arun(go())


def test_pages_are_followed_on_the_same_server_only(arun: Any) -> None:
    listing = (
        b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/dav/box/a%20b</d:href><d:propstat><d:prop>'
        b"<d:getcontentlength>7</d:getcontentlength><d:resourcetype/></d:prop></d:propstat></d:response>"
        b"</d:multistatus>"
    )

    async def go() -> None:
        with answering(207, listing, {"link": '<http://127.0.0.1:1/steal>; rel="next"'}) as url:
            assert await folder(url).list() == {"a b": 7}
        # Numbers and addresses that are none are passed over.
        odd = listing.replace(b">7<", b">" + b"9" * 5000 + b"<").replace(
            b"</d:multistatus>", b"<d:response><d:href>http://[</d:href></d:response></d:multistatus>"
        )
        with answering(207, odd, {"link": '<http://[>; rel="next"'}) as url:
            assert await folder(url).list() == {"a b": -1}

    arun(go())


def test_too_large_a_file_is_cut_off(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        with answering(200, b"x" * 5000) as url, pytest.raises(WebdavError) as caught:
            await folder(url).get("a", tmp_path / "a", 1000)
        assert caught.value.trouble == "too_large"

    arun(go())
