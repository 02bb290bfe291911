"""One client connection of the played vendor, and what a client asked on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.replies import Reply

_BODY_LIMIT = 64 * 1024 * 1024


@dataclass(slots=True, eq=False)
class Request:
    """What a client sent and what became of it.

    `outcome`: None while it is being answered, then `sent`, `cut`, `reset`, or `left` (the client went away
    first). `pieces` counts the pieces of visible text sent. Header names are in lower case.
    """

    method: str
    path: str
    provider: str
    headers: dict[str, str]
    body: bytes
    connection: int
    at: float
    outcome: str | None = None
    pieces: int = 0
    reply: Reply | None = field(default=None, repr=False)
    over_event: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def key(self) -> str | None:
        """The API key sent, wherever it stood."""
        bearer = self.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            return bearer[7:]
        return bearer or self.headers.get("api-key") or self.headers.get("x-api-key")

    @property
    def model(self) -> str:
        """The model asked for, or the empty string."""
        value = self.json
        return str(value.get("model", "")) if isinstance(value, dict) else ""

    def wait(self, timeout: float = 10) -> str | None:
        """Block until the request is over; its outcome."""
        self.over_event.wait(timeout)
        return self.outcome

    async def over(self, timeout: float = 10) -> str | None:
        """The same for coroutines."""
        await asyncio.get_running_loop().run_in_executor(None, self.over_event.wait, timeout)
        return self.outcome


class Connection:
    """One client connection: parsed requests in, bytes out, and it notices when the client leaves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self._reader = reader
        self._writer = writer
        self._number = number
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._left = asyncio.Event()
        self._pump_task = asyncio.create_task(self._pump())

    async def _pump(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.read(65536):
                self._buffer += data
                self._news.set()
        self._left.set()
        self._news.set()

    async def _more(self) -> bool:
        self._news.clear()
        if self._left.is_set():
            return False
        await self._news.wait()
        return True

    async def request(self) -> Request | None:
        """The next request, or None when the client has nothing more to ask."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if not await self._more():
                return None
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0"))
        assert size <= _BODY_LIMIT
        while len(self._buffer) < end + 4 + size:
            if not await self._more():
                return None
        body = bytes(self._buffer[end + 4 : end + 4 + size])
        del self._buffer[: end + 4 + size]
        path = path.partition("?")[0]
        provider = path.split("/")[1] if "/" in path else ""
        return Request(method, path, provider, headers, body, self._number, time.monotonic())

    async def send(self, data: bytes) -> bool:
        if self._left.is_set():
            return False
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError:
            return False
        await asyncio.sleep(0)
        return True

    async def idle(self, waiting: Coroutine[Any, Any, Any]) -> bool:
        """Wait; False when the client left meanwhile."""
        wait = asyncio.ensure_future(waiting)
        left = asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait((wait, left), return_when=asyncio.FIRST_COMPLETED)
            return wait.done()
        finally:
            wait.cancel()
            left.cancel()

    async def reset(self) -> None:
        """RST instead of FIN. The short wait lets the client read what was sent before."""
        await asyncio.sleep(0.01)
        sock: socket.socket | None = self._writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        self._pump_task.cancel()
        self._writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await self._writer.wait_closed()
