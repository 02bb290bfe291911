"""The only place that builds an HTTP client: proxies, TLS, timeouts, and network errors as failures.

Clients are kept for the program's life, one for each proxy in use. Building one takes about 40 ms (reading
the root certificates) and asking the system for its proxy may block, so both happen in a thread; after that
a request finds its client without a thread hop.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import sys
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpx

from providers.classify import prepare
from providers.failures import Failure, FailureKind
from providers.inflate import body_pieces
from providers.redact import one_line
from providers.urls import is_loopback

ERROR_BODY = 64 * 1024
_DECISION_LIFE = 60.0  # seconds; a proxy switched on meanwhile is noticed after this
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=120)
_SCHEMES = ("http", "https", "socks5", "socks5h")


class ProviderSetupError(Exception):
    """The surroundings keep any client from being built: a proxy or certificate setting is wrong.

    `reason` is `bad_proxy`, `proxy_scheme`, `socks_missing` or `cert_file`; `variable` names the environment
    variable or `proxy` for the app's own setting; `value` is what it says, without credentials.
    """

    def __init__(self, reason: str, variable: str, value: str) -> None:
        super().__init__(f"{reason}: {variable}={value}")
        self.reason = reason
        self.variable = variable
        self.value = value


Login = Callable[[str], Awaitable[str]]
"""Gives a proxy setting back with the password that goes with it."""


class Clients:
    """HTTP transports by proxy. `proxy` is `system`, `none`, or a proxy URL for everything but loopback;
    `login` is asked for its password when a request is about to go that way."""

    def __init__(self, proxy: str = "system", login: Login | None = None) -> None:
        self._setting = proxy.strip() or "system"
        self._login = login
        self._transports: dict[str, httpx.AsyncHTTPTransport] = {}
        self._decisions: dict[str, tuple[str, float]] = {}
        self._sources: dict[str, str] = {}
        self._building = asyncio.Lock()
        self._changed = object()
        self._prepared = False

    def ready(self, origin: str) -> httpx.AsyncHTTPTransport | None:
        """The transport for `scheme://host` if it is there and its proxy was decided lately."""
        decision = self._decisions.get(origin)
        if decision is None or decision[1] < time.monotonic():
            return None
        return self._transports.get(decision[0])

    async def get(self, origin: str) -> httpx.AsyncHTTPTransport:
        """The transport for `scheme://host`. Raises `ProviderSetupError`."""
        found = self.ready(origin)
        if found is not None:
            return found
        scheme, _, host = origin.partition("://")
        here = is_loopback(host)
        setting, changed = self._setting, self._changed
        if not here and self._login is not None:
            # Where passwords lie may ask for one itself: nobody else waits for that.
            setting = await self._login(setting)
            if changed is not self._changed:
                return await self.get(origin)
        async with self._building:
            if here:
                name, life = f"direct:{scheme}", float("inf")
            else:
                name, life = await asyncio.to_thread(self._decide, setting, scheme, host), _DECISION_LIFE
            transport = self._transports.get(name)
            if transport is None:
                if name == "direct:http":
                    transport = _build(None, tls=False)
                else:
                    proxy = name.partition(":")[2] if name.startswith("proxy:") else None
                    transport = await asyncio.to_thread(_build, proxy, tls=True)
                self._transports[name] = transport
            if changed is self._changed:
                self._decisions[origin] = (name, time.monotonic() + life)
        if not self._prepared:
            self._prepared = True
            threading.Thread(target=prepare, name="jieli-patterns", daemon=True).start()
        return transport

    def proxy_of(self, origin: str) -> str:
        """The setting that sends `origin` through a proxy, `HTTPS_PROXY=http://…`; empty when none does."""
        decision = self._decisions.get(origin)
        return self._sources.get(decision[0], "") if decision is not None else ""

    def check(self, url: str = "https://example.invalid") -> None:
        """Raise `ProviderSetupError` if no client could be built for `url`. Blocks; for a worker thread."""
        parts = urlsplit(url)
        _proxy_for(self._setting, parts.scheme, parts.hostname or "")
        _verify()

    def use_proxy(self, proxy: str) -> None:
        """Change the setting; running requests keep their connection."""
        self._setting = proxy.strip() or "system"
        self._changed = object()
        self._decisions.clear()

    async def aclose(self) -> None:
        """Close every connection."""
        transports, self._transports = list(self._transports.values()), {}
        self._decisions.clear()
        for transport in transports:
            await transport.aclose()

    def _decide(self, setting: str, scheme: str, host: str) -> str:
        found = _proxy_for(setting, scheme, host)
        if found is None:
            return f"direct:{scheme}"
        proxy, variable = found
        self._sources[f"proxy:{proxy}"] = f"{variable}={_public(proxy)}"
        return f"proxy:{proxy}"


def _build(proxy: str | None, *, tls: bool) -> httpx.AsyncHTTPTransport:
    try:
        return httpx.AsyncHTTPTransport(
            verify=_verify() if tls else False,
            proxy=httpx.Proxy(proxy) if proxy else None,
            limits=_LIMITS,
            http2=False,
            trust_env=False,
        )
    except ImportError:
        raise ProviderSetupError("socks_missing", "proxy", _public(proxy or "")) from None


def _verify(system: str = sys.platform) -> ssl.SSLContext:
    """What certificates are judged by: the file or folder the environment names, else the system's own
    judgement where companies put their roots (Windows, macOS), else certifi's list."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file and not Path(file).is_file():
        raise ProviderSetupError("cert_file", "SSL_CERT_FILE", file)
    if folder and not Path(folder).is_dir():
        raise ProviderSetupError("cert_file", "SSL_CERT_DIR", folder)
    try:
        if file or folder:
            return ssl.create_default_context(cafile=file, capath=folder)
        if system in ("win32", "darwin"):
            import truststore  # not there on other systems

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return ssl.create_default_context(cafile=certifi.where())
    except (OSError, ssl.SSLError):
        raise ProviderSetupError("cert_file", "SSL_CERT_FILE", file or folder or certifi.where()) from None


def _proxy_for(setting: str, scheme: str, host: str) -> tuple[str, str] | None:
    """The proxy's URL and the variable it comes from (`proxy` = the app's own setting), None = direct."""
    if setting == "none" or is_loopback(host):
        return None
    if setting != "system":
        return _checked(setting, "proxy"), "proxy"
    proxies = urllib.request.getproxies()
    name = next((n for n in (scheme, "all") if proxies.get(n)), None)
    if name is None or urllib.request.proxy_bypass(host):
        return None
    variable = _variable(name)
    return _checked(proxies[name], variable), variable


def _checked(value: str, variable: str) -> str:
    url = value.strip()
    if "://" not in url:
        url = f"http://{url}"
    scheme, rest = url.split("://", 1)
    scheme = scheme.lower()
    if scheme == "socks":
        scheme = "socks5"
    if scheme not in _SCHEMES:
        raise ProviderSetupError("proxy_scheme", variable, _public(value))
    url = f"{scheme}://{rest}"
    try:
        parts = urlsplit(url)
        _ = parts.port
        if not parts.hostname or any(c.isspace() for c in url):
            raise ValueError
        httpx.Proxy(url)
    except (ValueError, httpx.InvalidURL):
        raise ProviderSetupError("bad_proxy", variable, _public(value)) from None
    return url


def _variable(name: str) -> str:
    wanted = f"{name}_proxy"
    return next((v for v in os.environ if v.lower() == wanted and os.environ[v]), wanted.upper())


def _public(url: str) -> str:
    head, at, tail = url.rpartition("@")
    if not at:
        return url[:200]
    scheme, mark, _ = head.partition("://")
    return f"{scheme}{mark}•••@{tail}"[:200] if mark else f"•••@{tail}"[:200]


def setup_failure(error: ProviderSetupError) -> Failure:
    """The failure of a request for which no client could be built."""
    return Failure(
        FailureKind.NETWORK,
        code="proxy" if error.reason != "cert_file" else "tls",
        message=f"{error.variable}={error.value}",
        hint="network_cert_file" if error.reason == "cert_file" else "network_proxy",
    )


def network_failure(
    error: BaseException, *, started: bool, secrets: tuple[str, ...] = (), proxy: str = ""
) -> Failure:
    """The failure a transport error means. `started` = response headers had arrived; `proxy` says which
    setting sent the request through a proxy, and what it names."""
    code = _code(error, started=started)
    words = _words(error)
    if proxy and not started:
        words = f"{proxy}: {words}" if words else proxy
        if code in _UNREACHED:
            # It was the proxy that could not be reached; nobody asked the provider.
            code = "proxy"
    return Failure(FailureKind.NETWORK, code=code, message=one_line(words, secrets), hint=f"network_{code}")


_UNREACHED = ("refused", "dns", "unreachable")


def _code(error: BaseException, *, started: bool) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.ProxyError):
        return "proxy"
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "dns"
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, TimeoutError):
            return "timeout"
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return "refused"
        if isinstance(cause, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
            return "reset"
        if isinstance(cause, OSError) and cause.errno in (
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
            errno.ENETDOWN,
        ):
            return "unreachable"
    if started:
        return "reset" if isinstance(error, httpx.ReadError) else "cut"
    if isinstance(error, httpx.ConnectError):
        return "refused"
    return "reset"


def _words(error: BaseException) -> str:
    """What the system said. Where several addresses were tried, what is raised only counts them up."""
    told = (e for e in _causes(error) if isinstance(e, OSError) and e.errno is not None and e.strerror)
    return str(next(told, error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, its causes, and the members of groups (several addresses were tried)."""
    todo, seen = [error], set[int]()
    while todo and len(seen) < 50:
        current = todo.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            todo.extend(current.exceptions)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        todo.extend(e for e in (current.__cause__, current.__context__) if e is not None)


async def read_bounded(response: httpx.Response, limit: int = ERROR_BODY, seconds: float = 5.0) -> bytes:
    """At most `limit` bytes of the body, as far as they arrive in time; transport errors end it early."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in body_pieces(response):
                parts.append(chunk)
                size += len(chunk)
                if size >= limit:
                    break
    except (httpx.HTTPError, httpx.StreamError, TimeoutError):
        pass
    return b"".join(parts)[:limit]
