"""What every test gets: a home of its own, no network beyond loopback, both languages loaded, event loops.

Fixtures: `run(coro)` runs a coroutine in a Qt event loop (qasync), `arun(coro)` in plain asyncio; both cancel
what is left over and fail when the loop's exception handler was called. `server` is a running
`tests.fakes.server.FakeServer`. `x11_env` is an environment in which a child process shows real windows.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

# Before any import of Qt: a widget test needs no screen unless it is marked `display`.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app import i18n
from app.memory import Garbage
from tests.fakes.server import FakeServer

ROOT = Path(__file__).resolve().parent.parent
Runner = Callable[..., Any]

PATIENCE = 6.0
"""What the time limits of scenarios are multiplied by: they end what hangs, and judge no busy machine."""

_REMOVED = ("JIELI_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_", "LC_", "LANG")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, what this environment cannot run."""
    no_display = sys.platform.startswith("linux") and (
        not os.environ.get("DISPLAY") or os.environ["QT_QPA_PLATFORM"] == "offscreen"
    )
    no_service = not os.environ.get("JIELI_TEST_SECRETSERVICE")
    for item in items:
        if no_display and item.get_closest_marker("display"):
            item.add_marker(pytest.mark.skip(reason="needs an X display: python3 dev.py test starts one"))
        if no_service and item.get_closest_marker("secretservice"):
            item.add_marker(pytest.mark.skip(reason="needs a Secret Service: python3 dev.py test starts one"))


@pytest.fixture(scope="session", autouse=True)
def _collected_here() -> Iterator[None]:
    """Garbage with Qt objects in it crashes Qt when another thread frees it; see `ui/collecting.py`."""
    gc.disable()
    gc.freeze()
    yield
    gc.enable()


_garbage = Garbage()


@pytest.fixture(autouse=True)
def _collected_now() -> Iterator[None]:
    yield
    _garbage.collect_due()


@pytest.fixture(scope="session")
def _texts() -> dict[str, dict[str, str]]:
    i18n.load(ROOT / "resources" / "i18n")
    return dict(i18n._texts)


@pytest.fixture(autouse=True)
def surroundings(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    _texts: dict[str, dict[str, str]],
) -> None:
    """A home of its own, no keys or proxies from outside, Chinese texts."""
    for name in list(os.environ):
        if name.upper().startswith(_REMOVED):
            monkeypatch.delenv(name)
    if request.node.get_closest_marker("secretservice") is None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    home = tmp_path / "home"
    runtime = home / "run"
    runtime.mkdir(parents=True, mode=0o700)
    for name, folder in {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "roaming",
        "LOCALAPPDATA": home / "local",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_RUNTIME_DIR": runtime,
        "JIELI_HOME": home / "jieli",
    }.items():
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setattr(i18n, "_texts", dict(_texts))
    monkeypatch.setattr(i18n, "_language", "zh")


class NetworkForbidden(BaseException):
    """A test tried to reach beyond this machine. Not an `Exception`, so that no handler can hide it."""


def _is_local(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else host
    if text is None or text in ("", "localhost", "::1", "0.0.0.0", "::"):
        return True
    return isinstance(text, str) and text.startswith("127.")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connections and look-ups beyond loopback fail the test; names under `.invalid` do not resolve."""
    attempts: list[str] = []
    getaddrinfo = socket.getaddrinfo

    def forbid(target: object) -> None:
        attempts.append(repr(target))
        raise NetworkForbidden(f"network beyond loopback: {target!r}")

    def guarded(name: str) -> Callable[..., Any]:
        original = getattr(socket.socket, name)

        def call(self: socket.socket, *args: Any) -> Any:
            address = args[-1]
            inet = self.family in (socket.AF_INET, socket.AF_INET6)
            if inet and isinstance(address, tuple) and not _is_local(address[0]):
                forbid(address)
            return original(self, *args)

        return call

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        if isinstance(text, str) and text.rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _is_local(host):
            forbid(host)
        return getaddrinfo(host, *args, **kwargs)

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded(name))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield
    assert not attempts, f"the test reached beyond loopback: {', '.join(attempts)}"


def _drive(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], timeout: float) -> Any:
    """Run `coro` to its end, take down everything it left, and fail on unhandled errors of the loop."""
    unhandled: list[str] = []

    def handler(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        unhandled.append(f"{context.get('message')}: {context.get('exception')!r}")

    loop.set_exception_handler(handler)
    asyncio.set_event_loop(loop)
    try:
        result = loop.run_until_complete(asyncio.wait_for(coro, timeout * PATIENCE))
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)
    assert not unhandled, f"the loop's exception handler was called: {unhandled}"
    return result


@pytest.fixture
def run(qapp: Any) -> Runner:
    """`run(coro, timeout=20)`: in a Qt event loop of its own, as the window's code runs.

    The time is what a calm machine needs at most; see `PATIENCE`.
    """
    import qasync

    def call(coro: Coroutine[Any, Any, Any], timeout: float = 20) -> Any:
        try:
            return _drive(qasync.QEventLoop(qapp), coro, timeout)
        finally:
            # The windows of this test go now, and not in the middle of another one.
            gc.collect()

    return call


@pytest.fixture
def arun() -> Runner:
    """`arun(coro, timeout=20)`: in plain asyncio, as the commands run."""

    def call(coro: Coroutine[Any, Any, Any], timeout: float = 20) -> Any:
        return _drive(asyncio.new_event_loop(), coro, timeout)

    return call


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A loopback server that plays any vendor, in a thread of its own."""
    with FakeServer() as running:
        yield running


@pytest.fixture
def x11_env() -> dict[str, str]:
    """The environment of a child process that shows real windows (for tests marked `display`)."""
    return {**os.environ, "QT_QPA_PLATFORM": "xcb" if sys.platform.startswith("linux") else ""}
