"""Encrypted connections, straight and through proxies, to a vendor whose certificate is made on the spot."""

from __future__ import annotations

import base64
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from providers import http
from providers.base import Endpoint
from providers.failures import Failure
from providers.rules import BUILTIN
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply
from tests.fakes.tunnel import Proxy, Vendor, make_certificate
from tests.providers.wiring import CATALOGUE, KEY, K, Runner, collect, text

pytest.importorskip("cryptography", reason="certificates are made with it")

SPEC = CATALOGUE.providers["zhipu"]
HOST = "vendor.invalid"


def target(host: str, port: int) -> Endpoint:
    return Endpoint(SPEC, SPEC.models[0], f"https://{host}:{port}/zhipu/v1", KEY)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path, HOST, "localhost")


def straight(arun: Runner, server: FakeServer, certificate: Path, host: str) -> tuple[str, Failure | None]:
    async def ask() -> Any:
        async with Vendor(certificate, server.port) as vendor:
            return await collect(target(host, vendor.port))

    server.on("zhipu", Reply.stream(["你", "好"]))
    chunks, failure = arun(ask())
    return text(chunks), failure


def test_a_certificate_nobody_vouches_for(server: FakeServer, arun: Runner, certificate: Path) -> None:
    """Said apart from a network that is down; nothing has been sent."""
    words, failure = straight(arun, server, certificate, "localhost")
    assert failure is not None
    assert (words, failure.kind, failure.code, failure.hint) == ("", K.NETWORK, "tls", "network_tls")
    assert "certificate" in failure.message.lower()
    assert server.requests == []


def test_a_certificate_of_the_users_own(
    server: FakeServer, arun: Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert straight(arun, server, certificate, "localhost") == ("你好", None)


def test_a_certificate_for_another_host(
    server: FakeServer, arun: Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    _, failure = straight(arun, server, certificate, "127.0.0.1")
    assert failure is not None
    assert (failure.kind, failure.code) == (K.NETWORK, "tls")
    assert server.requests == []


@pytest.mark.parametrize("kind", ["http", "socks5", "socks5h", "socks"])
@pytest.mark.parametrize("way", ["setting", "variable"])
def test_through_a_proxy(
    server: FakeServer, arun: Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch, kind: str, way: str
) -> None:
    """The host's name goes to the proxy unresolved, the key through TLS only."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.on("zhipu", Reply.stream(["你", "好"]))

    async def ask() -> Any:
        plain = "http" if kind == "http" else "socks5"
        async with Vendor(certificate, server.port) as vendor, Proxy(plain, vendor.port) as proxy:
            url = f"{kind}://127.0.0.1:{proxy.port}"
            if way == "variable":
                monkeypatch.setenv("HTTPS_PROXY" if kind == "http" else "ALL_PROXY", url)
            wire = HttpWire(proxy=url if way == "setting" else "system")
            try:
                return *await collect(target(HOST, 443), wire=wire), proxy
            finally:
                await wire.aclose()

    chunks, failure, proxy = arun(ask())
    assert (text(chunks), failure) == ("你好", None)
    assert proxy.asked == [HOST]
    assert not [head for head in proxy.heads if KEY.encode() in head]
    assert [request.key for request in server.requests] == [KEY]


def test_a_proxys_password_is_asked_for_when_it_is_needed(
    server: FakeServer, arun: Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.on("zhipu", Reply.stream(["好"]))
    asked: list[str] = []

    async def login(setting: str) -> str:
        asked.append(setting)
        return setting.replace("someone@", "someone:geheim@")

    async def ask() -> Any:
        async with Vendor(certificate, server.port) as vendor, Proxy("http", vendor.port) as proxy:
            url = f"http://someone@127.0.0.1:{proxy.port}"
            wire = HttpWire(proxy=url, login=login)
            assert asked == []
            try:
                return *await collect(target(HOST, 443), wire=wire), proxy, url
            finally:
                await wire.aclose()

    _, failure, proxy, url = arun(ask())
    assert failure is None and asked == [url]
    assert b"Basic " + base64.b64encode(b"someone:geheim") in proxy.heads[0]


def test_no_proxy_means_none(arun: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> Any:
        async with Proxy("http", 9) as proxy:
            for name in ("HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            wire = HttpWire(proxy="none")
            try:
                return *await collect(target("nowhere.invalid", 443), wire=wire), proxy
            finally:
                await wire.aclose()

    _, failure, proxy = arun(ask())
    assert failure is not None
    assert (failure.code, proxy.asked) == ("dns", [])


def test_companies_roots_count_where_systems_keep_them(
    server: FakeServer, arun: Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truststore = pytest.importorskip("truststore")
    for system in ("win32", "darwin"):
        assert isinstance(http._verify(system), truststore.SSLContext)
    here = http._verify("linux")
    assert not isinstance(here, truststore.SSLContext)
    assert here.verify_mode is ssl.CERT_REQUIRED and here.check_hostname
    judged = http._verify("darwin")
    monkeypatch.setattr(http, "_verify", lambda: judged)
    _, failure = straight(arun, server, certificate, "localhost")
    assert failure is not None
    assert (failure.kind, failure.code) == (K.NETWORK, "tls")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="it is used there")
def test_elsewhere_it_is_not_even_loaded() -> None:
    code = "import sys; from providers import http; http._verify(); print('truststore' in sys.modules)"
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=BUILTIN.parent.parent)
    assert done.stdout.strip() == "False"
