"""One real loopback HTTP/1.1 server that plays any vendor, also a badly behaved one.

In a test (thread of its own, usable from any loop; the `server` fixture gives a running one):

    with FakeServer() as server:
        server.on("alibaba", [Reply.error(403, {...}), Reply.stream(["你", "好"], usage=(9, 2))])
        base_url = server.url("alibaba")            # http://127.0.0.1:PORT/alibaba/v1
        ...
        assert server.requests_for("alibaba")[0].json["model"] == "qwen-plus"

In a coroutine: `async with FakeServer() as server`. As a process:
`python -m tests.fakes.server --script FILE --port 0` prints its port on the first line; FILE is JSON,
`{"alibaba": [REPLY, …]}` with replies as in `Reply.from_json`. A running process answers
`GET /_control/requests` (what it was asked), `POST /_control/script` (a new script) and
`POST /_control/gate/NAME`.

A provider's replies are used one after the other; the last one repeats unless `repeat=False`, after which
the server answers 500 `script_exhausted`. Scripts for one `model` or `key` win over general ones.
A provider without a script answers 404 `no_script`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.connection import Connection, Request
from tests.fakes.replies import Act, Reply

__all__ = ["FakeServer", "Reply", "Request", "closed_port"]


@dataclass(slots=True)
class _Script:
    provider: str
    replies: list[Reply]
    model: str | None
    key: str | None
    path: str | None
    repeat: bool
    used: int = 0

    def fits(self, request: Request) -> bool:
        return (
            self.provider == request.provider
            and (self.model is None or self.model == request.model)
            and (self.key is None or self.key == request.key)
            and (request.path.endswith(self.path) if self.path else request.method != "GET")
        )

    def rank(self) -> int:
        return sum(x is not None for x in (self.model, self.key, self.path))

    def next(self) -> Reply:
        self.used += 1
        if self.used <= len(self.replies):
            return self.replies[self.used - 1]
        if self.repeat and self.replies:
            return self.replies[-1]
        return Reply.error(500, {"error": {"code": "script_exhausted", "message": "no reply is left"}})


class FakeServer:
    """The server; see the module's first lines."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.requests: list[Request] = []
        self.connections = 0
        self._scripts: list[_Script] = []
        self._gates: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # -- what it plays --------------------------------------------------------------------------------------

    def on(
        self,
        provider: str,
        replies: Reply | Sequence[Reply],
        *,
        model: str | None = None,
        key: str | None = None,
        path: str | None = None,
        repeat: bool = True,
    ) -> None:
        """Play `replies` for a provider's POSTs (for other methods give `path`, such as `/models`).

        A second call with the same provider, model, key and path replaces the first.
        """
        given = [replies] if isinstance(replies, Reply) else list(replies)
        same = (provider, model, key, path)
        kept = [s for s in self._scripts if (s.provider, s.model, s.key, s.path) != same]
        self._scripts = [*kept, _Script(provider, given, model, key, path, repeat)]

    def load(self, script: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Play a script as read from a file."""
        for provider, replies in script.items():
            self.on(provider, [Reply.from_json(r) for r in replies])

    def open_gate(self, name: str) -> None:
        """Let replies waiting at the gate `name` go on, now and later. Any thread may call it."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._gate(name).set)

    def url(self, provider: str) -> str:
        """The base URL of a provider."""
        return f"http://127.0.0.1:{self.port}/{provider}/v1"

    def requests_for(self, provider: str) -> list[Request]:
        """What a provider was asked, in order."""
        return [r for r in self.requests if r.provider == provider]

    def usage(self, provider: str) -> tuple[int, int]:
        """Prompt and completion tokens the provider counted; a broken answer counts its pieces sent."""
        counted = [
            r.reply.tokens(r.pieces, r.outcome == "sent") for r in self.requests_for(provider) if r.reply
        ]
        return sum(prompt for prompt, _ in counted), sum(completion for _, completion in counted)

    # -- its life -------------------------------------------------------------------------------------------

    async def start(self) -> FakeServer:
        """Listen on loopback, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def aclose(self) -> None:
        """Stop listening and drop every connection."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def __aenter__(self) -> FakeServer:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __enter__(self) -> FakeServer:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="fake-server")
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None and self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        self._stop = asyncio.Event()
        await self.start()
        ready.set()
        await self._stop.wait()
        await self.aclose()

    # -- one connection -------------------------------------------------------------------------------------

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        connection = Connection(reader, writer, self.connections)
        try:
            await self._talk(connection)
        except (ConnectionError, asyncio.CancelledError):
            # A cancelled handler would be reported as an error of the stream protocol; the server is closing.
            pass
        finally:
            await connection.close()
            self._tasks.discard(task)

    async def _talk(self, connection: Connection) -> None:
        while (request := await connection.request()) is not None:
            if request.provider == "_control":
                reply = self._control(request)
            else:
                self.requests.append(request)
                reply = request.reply = self._choose(request)
            try:
                on = await self._play(connection, request, reply)
            finally:
                request.outcome = request.outcome or "left"
                request.over_event.set()
            if not on:
                return

    def _choose(self, request: Request) -> Reply:
        fitting = sorted((s for s in self._scripts if s.fits(request)), key=_Script.rank)
        if fitting:
            return fitting[-1].next()
        message = f"no script for {request.method} {request.path}"
        return Reply.error(404, {"error": {"code": "no_script", "message": message}})

    async def _play(self, connection: Connection, request: Request, reply: Reply) -> bool:
        """Do the reply's acts; True when the connection can take another request."""
        value = request.json
        stream = not isinstance(value, dict) or value.get("stream") is not False
        if isinstance(value, dict) and "stream" not in value and reply.content is not None:
            stream = False
        acts = reply.acts(model=request.model, stream=stream)
        act = Act("send", b"")
        while True:
            following = next(acts, Act("close"))
            # Counted before the bytes go, so that a client that has read them finds them counted.
            request.pieces += act.piece
            if following.do in ("end", "close") and following.arg is None:
                request.outcome = "sent"
            if not await self._act(connection, act):
                request.outcome = "left"
                return False
            if following.do == "end":
                request.outcome = following.arg or "sent"
                return request.headers.get("connection", "").lower() != "close"
            if following.do == "close":
                request.outcome = following.arg or "sent"
                return False
            if following.do == "reset":
                request.outcome = "reset"
                await connection.reset()
                return False
            act = following

    async def _act(self, connection: Connection, act: Act) -> bool:
        """Do one act; False when the client has gone."""
        match act.do:
            case "send":
                return not act.arg or await connection.send(act.arg)
            case "sleep":
                return await connection.idle(asyncio.sleep(act.arg))
            case "gate":
                return await connection.idle(self._gate(act.arg).wait())
            case "stall":
                return await connection.idle(asyncio.Event().wait())
        return True

    def _control(self, request: Request) -> Reply:
        what = request.path.removeprefix("/_control/")
        if what == "requests":
            return Reply.json([_told(r) for r in self.requests])
        if what == "script":
            self.load(request.json)
            return Reply.json({"ok": True})
        if what.startswith("gate/"):
            self._gate(what.removeprefix("gate/")).set()
            return Reply.json({"ok": True})
        return Reply.error(404, {"error": {"code": "no_control"}})


def _told(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "provider": request.provider,
        "headers": request.headers,
        "json": request.json,
        "connection": request.connection,
        "outcome": request.outcome,
        "pieces": request.pieces,
    }


def closed_port() -> int:
    """A loopback port where nobody listens: connections are refused."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def _main(script: Mapping[str, Any], port: int) -> None:
    async with FakeServer(port) as server:
        server.load(script)
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Play vendors on loopback.")
    parser.add_argument("--script", type=Path)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        played = json.loads(options.script.read_text(encoding="utf-8")) if options.script else {}
        asyncio.run(_main(played, options.port))
