"""Clients: proxies, bad settings and their words, nothing loaded too early."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.base import ChatMessage, ChatRequest, Endpoint
from providers.catalogue import load_catalogue
from providers.failures import FailureKind, ProviderFailure
from providers.http import Clients, ProviderSetupError, network_failure
from providers.redact import redact
from providers.rules import BUILTIN
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply

Runner = Callable[..., Any]
SPEC = load_catalogue(BUILTIN).providers["zhipu"]
HELLO = ChatRequest((ChatMessage("user", "hi"),))


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("HTTPS_PROXY", "http://127.0.0.1:notaport", "bad_proxy"),
        ("https_proxy", "http://", "bad_proxy"),
        ("ALL_PROXY", "ftp://127.0.0.1:8080", "proxy_scheme"),
        ("ALL_PROXY", "http://user:word@bad host:1", "bad_proxy"),
    ],
)
def test_a_bad_proxy_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, arun: Runner, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ProviderSetupError) as caught:
        Clients().check()
    error = caught.value
    assert (error.reason, error.variable) == (reason, variable)
    assert "word" not in error.value

    async def ask() -> Any:
        wire = HttpWire()
        explained = await wire.explain_setup()
        assert isinstance(explained, ProviderSetupError)
        with pytest.raises(ProviderFailure) as failed:
            async for _ in wire.stream(
                Endpoint(SPEC, SPEC.models[0], "https://nowhere.invalid/v1", "k"), HELLO, connect_timeout=1
            ):
                pass
        await wire.aclose()
        return failed.value.failure

    failure = arun(ask())
    assert (failure.kind, failure.code, failure.hint) == (FailureKind.NETWORK, "proxy", "network_proxy")
    assert variable in failure.message


def test_no_proxy_at_all_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    Clients().check()
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:bad")
    Clients("none").check()
    monkeypatch.setenv("NO_PROXY", "example.invalid,[::1]")
    Clients().check()
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080/")
    Clients().check("https://other.invalid")


def test_a_missing_certificate_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(ProviderSetupError) as caught:
        Clients().check()
    assert (caught.value.reason, caught.value.variable) == ("cert_file", "SSL_CERT_FILE")
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    with pytest.raises(ProviderSetupError):
        Clients().check()


def test_loopback_bypasses_a_proxy(server: FakeServer, arun: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    server.on("zhipu", Reply.stream(["好"]))

    async def ask(proxy: str) -> list[object]:
        wire = HttpWire(proxy=proxy)
        target = Endpoint(SPEC, SPEC.models[0], server.url("zhipu"), "k")
        chunks = [c async for c in wire.stream(target, HELLO, connect_timeout=2)]
        await wire.warm(target)
        await wire.aclose()
        return list(chunks)

    assert arun(ask("system"))
    assert arun(ask("http://127.0.0.1:9"))


def test_a_proxy_is_used_for_the_rest(server: FakeServer, arun: Runner) -> None:
    async def ask() -> Any:
        wire = HttpWire(proxy=f"http://127.0.0.1:{server.port}")
        with pytest.raises(ProviderFailure) as failed:
            async for _ in wire.stream(
                Endpoint(SPEC, SPEC.models[0], "https://nowhere.invalid/v1", "k"), HELLO, connect_timeout=2
            ):
                pass
        await wire.aclose()
        return failed.value.failure

    failure = arun(ask())
    assert (failure.kind, failure.code) == (FailureKind.NETWORK, "proxy")
    assert [r.method for r in server.requests] == ["CONNECT"]


def test_a_password_that_is_waited_for_keeps_nobody_else_waiting(server: FakeServer, arun: Runner) -> None:
    """Where passwords lie may show a prompt; a proxy that is changed meanwhile counts at once."""
    base = server.url("x").removesuffix("/x/v1")
    asked = asyncio.Event()

    async def locked(setting: str) -> str:
        if "@" in setting:
            asked.set()
            await asyncio.Event().wait()
        return setting

    async def through() -> None:
        clients = Clients("http://li@127.0.0.1:9", locked)
        waiting = asyncio.create_task(clients.get("https://nowhere.invalid"))
        await asked.wait()
        assert await clients.get("http://127.0.0.1") is not None
        waiting.cancel()
        await clients.aclose()
        known = asyncio.Event()

        async def slow(setting: str) -> str:
            if "@" in setting:
                asked.set()
                await known.wait()
            return setting

        clients = Clients("http://li@127.0.0.1:9", slow)
        asked.clear()
        waiting = asyncio.create_task(clients.get("https://nowhere.invalid"))
        await asked.wait()
        clients.use_proxy(base)
        known.set()
        await waiting
        assert clients.proxy_of("https://nowhere.invalid") == f"proxy={base}"
        await clients.aclose()

    arun(through())


def test_nothing_heavy_is_loaded_with_the_package() -> None:
    code = (
        "import sys, providers, providers.wire, providers.catalogue; providers.wire.HttpWire();"
        "print([m for m in ('httpx', 'tomllib', 'certifi', 'email.utils', 'html') if m in sys.modules])"
    )
    folder = BUILTIN.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stdout.strip() == "[]"


def test_codes_of_network_errors() -> None:
    error = httpx.ConnectError("x")
    for cause, code in (
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "reset"),
        (OSError(101, "Network is unreachable"), "unreachable"),
        (ExceptionGroup("several", [OSError("a"), ConnectionRefusedError()]), "refused"),
    ):
        error.__cause__ = cause
        assert network_failure(error, started=False).code == code


def test_a_key_cut_in_the_middle_is_hidden_too() -> None:
    key = "0f1e2d3c-4b5a" * 3
    assert redact(f"the key {key[:20]}", [key]) == "the key •••"
    assert redact(f"{key} and {key[:7]}", [key]) == "••• and •••"
    assert redact("an ordinary end", [key]) == "an ordinary end"


def test_of_several_addresses_that_were_tried_one_is_told_with_what_the_system_said() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__cause__ = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 9)")
    assert "127.0.0.1" in network_failure(error, started=False).message


def test_what_a_proxy_refuses_is_not_the_providers_doing() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = ConnectionRefusedError()
    failure = network_failure(error, started=False, proxy="HTTPS_PROXY=http://127.0.0.1:9")
    assert (failure.code, failure.hint) == ("proxy", "network_proxy")
    assert failure.message == "HTTPS_PROXY=http://127.0.0.1:9: x"
    assert network_failure(error, started=True, proxy="HTTPS_PROXY=http://127.0.0.1:9").code != "proxy"
