"""`jieli --self-test`: whether this copy of the program has all it needs, told as a table.

Made for packages: every build runs it, and a user can when something is odd. It works in a folder of its
own that is thrown away, sends nothing beyond this machine, and never looks at the user's data or keys.
"""

from __future__ import annotations

import asyncio
import json
import platform
import ssl
import sys
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi

from app import i18n
from app.asking import Ask, ChatEvent, Finished
from app.clock import SystemClock
from app.core import Core, open_core
from app.errors import KnownError
from app.paths import locate
from app.relay.events import Switch
from app.search import parse
from app.secrets import choose_secrets, system_backend
from app.settings import SettingsFile, SettingsService
from app.store.database import sqlite_facts
from app.store.store import Store

PROBE = "zhipu"
"""Whose wire the loopback turn speaks; its requests go to this machine only."""

REPLY = "接力 self-test: 一二三"
SHIPPED = ("assistants", "icons", "i18n", "providers", "themes")
PATIENCE = 30.0  # seconds; one check that hangs must not hang the build


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was looked at, whether it is as it should be, and what was found."""

    name: str
    good: bool
    found: str


def told(name: str, check: Callable[[], str]) -> Row:
    """Run one check. It returns what it found, or raises with what is wrong."""
    try:
        return Row(name, True, check())
    except Exception as error:  # noqa: BLE001 - the table is where every trouble of a check belongs
        return Row(name, False, f"{type(error).__name__}: {error}")


async def told_later(name: str, check: Callable[[], AsyncGenerator[str, None]]) -> Row:
    """As `told`, for a check that waits; the last word it yields is what was found."""
    found = ""
    try:
        async with asyncio.timeout(PATIENCE), aclosing(check()) as words:
            async for word in words:
                found = word
    except Exception as error:  # noqa: BLE001 - as above
        return Row(name, False, f"{type(error).__name__}: {error}")
    return Row(name, True, found)


def plain_checks(resources: Path) -> Iterable[Row]:
    """What needs neither window nor loop."""
    yield told("system", lambda: f"{platform.platform()} {platform.machine()}")
    yield told("python", lambda: platform.python_version() + (" frozen" if _frozen() else ""))
    yield told("sqlite", _sqlite)
    yield told("tls roots", _roots)
    yield told("keyring", _keyring)
    yield told("translations", lambda: _translations(resources / "i18n"))
    yield told("resources", lambda: _resources(resources))


async def core_checks(resources: Path, version: str) -> list[Row]:
    """One turn over the practice relay and one over a server on this machine, in a profile of their own."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="jieli-self-test-") as home:
        async with _server() as url, _core(Path(home), resources, version, url) as core:
            rows.append(told("catalogue", lambda: _catalogue(core)))
            rows.append(await told_later("practice turn", lambda: _practice(core)))
            rows.append(await told_later("loopback turn", lambda: _loopback(core)))
            rows.append(await told_later("search", lambda: _search(core)))
        rows.append(told("ends cleanly", _leftovers))
    return rows


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned text."""
    rows = list(rows)
    width = max(len(row.name) for row in rows)
    return "\n".join(f"{'ok  ' if row.good else 'FAIL'} {row.name:<{width}}  {row.found}" for row in rows)


# the checks


def _frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def _sqlite() -> str:
    number, full_text = sqlite_facts()
    if not full_text:
        raise RuntimeError(f"SQLite {number} has no FTS5")
    return f"{number} with FTS5"


def _roots() -> str:
    context = ssl.create_default_context(cafile=certifi.where())
    count = len(context.get_ca_certs())
    if count < 50:
        raise RuntimeError(f"only {count} certificates")
    return f"{count} certificates, {ssl.OPENSSL_VERSION}"


def _keyring() -> str:
    """Whether this system's backend is in the package; whether a keychain runs here is another matter."""
    backend = system_backend()
    store, problem = choose_secrets()
    return f"{backend} is there; in use: {store.name if problem is None else 'none, keys last for the run'}"


def _translations(folder: Path) -> str:
    before = i18n.language()
    try:
        for language in ("zh", "en"):
            i18n.set_language(language)
            if i18n.tr("cli.about") == "cli.about":
                raise RuntimeError(f"no texts for {language}")
    finally:
        i18n.set_language(before)
    return f"{len(i18n.keys())} texts in {len(list(folder.glob('*.json')))} files"


def _resources(folder: Path) -> str:
    counts = {name: len(list((folder / name).iterdir())) for name in SHIPPED}
    if not all(counts.values()):
        raise RuntimeError(str(counts))
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _catalogue(core: Core) -> str:
    if core.catalogue.problems:
        raise RuntimeError(str(core.catalogue.problems[0]))
    return f"{len(core.catalogue.providers)} providers"


async def _practice(core: Core) -> AsyncGenerator[str, None]:
    passes, answer = 0, ""
    async with aclosing(core.chat.ask(Ask(text="self-test", practice=True))) as events:
        async for event in events:
            passes += isinstance(event, Switch)
            answer = _answer(event) or answer
    if not answer or not passes:
        raise RuntimeError(f"{passes} baton passes, {len(answer)} characters")
    yield f"{len(answer)} characters, {passes} baton passes"


async def _loopback(core: Core) -> AsyncGenerator[str, None]:
    answer = ""
    async with aclosing(core.chat.ask(Ask(text="self-test", chain=(PROBE,), spend="never"))) as events:
        async for event in events:
            answer = _answer(event) or answer
    if answer != REPLY:
        raise RuntimeError(f"answered {answer!r}")
    yield f"{len(answer)} characters"


async def _search(core: Core) -> AsyncGenerator[str, None]:
    """Two Chinese characters out of what was just answered."""
    found = await core.store.search.find(parse(REPLY[:2], 0.0))
    if not found.messages or not core.store.search.indexed:
        raise RuntimeError(f"{len(found.messages)} hits, indexed: {core.store.search.indexed}")
    yield f"{REPLY[:2]} found by the index"


def _answer(event: ChatEvent) -> str:
    return event.answer.text if isinstance(event, Finished) and event.answer.status == "done" else ""


def _leftovers() -> str:
    ours = [t.name for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    left = [name for name in ours if not name.startswith(("asyncio", "worker", "ThreadPool"))]
    if left:
        raise RuntimeError(f"still running: {', '.join(left)}")
    return "every thread of the core has ended"


# what the turns run on


@asynccontextmanager
async def _core(home: Path, resources: Path, version: str, url: str) -> AsyncGenerator[Core, None]:
    paths = locate(home, {})
    paths.ensure()
    clock = SystemClock()
    # Made up here: nobody's key, for a server that does not look at it.
    environ = {f"JIELI_KEY_{PROBE.upper()}": f"self-test-{id(clock):x}.0000000000000000"}
    core = await open_core(
        paths=paths,
        store=await Store.open(paths.database_file, clock, paths.locks, on_error=_raise),
        settings=SettingsService(SettingsFile(paths.settings_file)),
        clock=clock,
        environ=environ,
        builtin_providers=resources / "providers",
        endpoints={PROBE: url},
        version=version,
        on_error=_raise,
    )
    try:
        yield core
    finally:
        await core.close()


def _raise(error: BaseException) -> None:
    raise error


@asynccontextmanager
async def _server() -> AsyncGenerator[str, None]:
    """A server on this machine that streams `REPLY` to whoever asks; gives its base URL."""
    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [
                    line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                ]
                await reader.readexactly(int(lengths[0].partition(b":")[2]) if lengths else 0)
                body = _stream().encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            connections.discard(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for writer in list(connections):
            writer.close()


def _stream() -> str:
    chunks: list[dict[str, object]] = [{"choices": [{"index": 0, "delta": {"content": c}}]} for c in REPLY]
    chunks.append(
        {
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": len(REPLY), "total_tokens": 3 + len(REPLY)},
        }
    )
    lines = [f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks]
    return "".join(lines) + "data: [DONE]\n\n"


async def run_plain(resources: Path, version: str) -> list[Row]:
    """Everything that needs no window; for a machine without Qt's libraries."""
    try:
        return [*plain_checks(resources), *await core_checks(resources, version)]
    except KnownError as error:
        return [Row("core", False, str(error))]
