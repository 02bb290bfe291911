"""The session bus of a Linux desktop, for notifications and the portal. Opened when first used.

jeepney speaks the protocol in plain Python; it is there for the keyring anyway, and every value has the type
its signature names (PySide's QtDBus sends each whole number as an `i`, which no notification server takes).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, MatchRule, Message, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection
from jeepney.io.common import RouterClosed
from jeepney.wrappers import unwrap_msg

PATIENCE = 10.0
"""Seconds for an answer. What waits for the user (a portal's question) comes as a signal instead."""


class BusError(Exception):
    """The bus is not there, or refused. `name` is the D-Bus error's, empty when there is no bus."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"{name} {detail}".strip())
        self.name = name


class SessionBus:
    """One connection. `gone` is called once when the bus hangs up."""

    def __init__(self, gone: Callable[[], object] = lambda: None) -> None:
        self._gone = gone
        self._opening = asyncio.Lock()
        self._closed = False
        self._connection: DBusConnection | None = None
        self._router: DBusRouter | None = None
        self._listeners: list[asyncio.Task[None]] = []

    async def call(self, to: DBusAddress, method: str, signature: str = "", *body: Any) -> tuple[Any, ...]:
        """Call a method and return what it gives. Raises `BusError`."""
        router = await self._ready()
        message = new_method_call(to, method, signature or None, body)
        return await self._answer(router.send_and_get_reply(message))

    async def listen(self, rule: MatchRule, heard: Callable[[Message], object]) -> None:
        """Have `heard` called with every message that matches from now on. Raises `BusError`."""
        router = await self._ready()
        queue: asyncio.Queue[Message] = asyncio.Queue()
        handle = router.filter(rule, queue=queue)

        async def serve() -> None:
            try:
                while True:
                    heard(await queue.get())
            finally:
                handle.close()

        self._listeners.append(asyncio.create_task(serve(), name="bus listener"))
        try:
            async with asyncio.timeout(PATIENCE):
                await Proxy(message_bus, router).AddMatch(rule)
        # A timeout is an OSError, too.
        except (DBusErrorResponse, RouterClosed, OSError, EOFError) as error:
            raise BusError("", str(error)) from error

    @property
    def name(self) -> str:
        """Our own name on the bus, such as `:1.42`; empty before the first call."""
        return (self._connection.unique_name or "") if self._connection is not None else ""

    async def close(self) -> None:
        """Hang up for good: later calls raise `BusError`."""
        self._closed = True
        await self._hang_up()

    async def _hang_up(self) -> None:
        for task in self._listeners:
            task.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)
        self._listeners.clear()
        if self._router is not None:
            with contextlib.suppress(OSError, EOFError):
                await self._router.__aexit__(None, None, None)
            self._router = None
        if self._connection is not None:
            with contextlib.suppress(OSError):
                await self._connection.close()
            self._connection = None

    async def _ready(self) -> DBusRouter:
        async with self._opening:
            if self._closed:
                raise BusError("", "closed")
            if self._router is None:
                try:
                    async with asyncio.timeout(PATIENCE):
                        self._connection = await open_dbus_connection("SESSION")
                # An address that is missing, of another kind or not an address at all; nobody at it.
                except (KeyError, RuntimeError, ValueError, OSError, EOFError) as error:
                    raise BusError("", str(error)) from error
                self._router = DBusRouter(self._connection)
            return self._router

    async def _answer(self, reply: Any) -> tuple[Any, ...]:
        try:
            async with asyncio.timeout(PATIENCE):
                return unwrap_msg(await reply)
        except DBusErrorResponse as error:
            detail = error.data[0] if error.data else ""
            raise BusError(error.name, str(detail)) from error
        except TimeoutError as error:
            raise BusError("", "no answer") from error
        except (RouterClosed, OSError, EOFError) as error:
            # The bus ended with the session or was started anew; the next call opens another connection.
            await self._hang_up()
            self._gone()
            raise BusError("", str(error)) from error
