"""A global key under Wayland: the desktop portal asks the user and tells of each press.

https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.GlobalShortcuts.html (version 1):
a session is made, the shortcut bound in it, and the answer to each comes as a signal of a request object.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message

from app.errors import KnownError
from app.i18n import tr
from ui.desktop.bus import BusError, SessionBus
from ui.desktop.hotkey import COMMAND, Keys, parse

_DESKTOP = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_REQUEST = "org.freedesktop.portal.Request"
_ID = "quick-ask"
_HELD = {"ctrl": "CTRL", "alt": "ALT", "shift": "SHIFT", "super": "LOGO"}
_USER_MAY_TAKE = 300.0


class PortalHotkey:
    """`pressed` is called at each press. The desktop decides which key it is; `grab` says which."""

    def __init__(self, bus: SessionBus, pressed: Callable[[], object]) -> None:
        self._bus = bus
        self._pressed = pressed
        self._portal = DBusAddress(_PATH, bus_name=_DESKTOP, interface=_SHORTCUTS)
        self._session = ""
        self._listening = False
        self._answers: dict[str, asyncio.Future[tuple[int, dict[str, Any]]]] = {}

    async def grab(self, keys: str) -> str:
        wanted = parse(keys)
        await self.release()
        try:
            await self._listen()
            return await self._bind(wanted)
        except BusError as error:
            # A bus that is opened anew has to be listened to anew.
            self._listening = False
            raise KnownError("desktop.no_portal", command=COMMAND) from error
        except TimeoutError as error:
            raise KnownError("desktop.keys_declined") from error

    async def release(self) -> None:
        session, self._session = self._session, ""
        if session:
            closing = DBusAddress(session, bus_name=_DESKTOP, interface="org.freedesktop.portal.Session")
            try:
                await self._bus.call(closing, "Close")
            except BusError:
                # The desktop has closed it already.
                return

    async def _listen(self) -> None:
        if not self._listening:
            await self._bus.listen(MatchRule(type="signal", interface=_REQUEST), self._answered)
            await self._bus.listen(MatchRule(type="signal", interface=_SHORTCUTS), self._activated)
            self._listening = True

    async def _bind(self, keys: Keys) -> str:
        token = secrets.token_hex(8)
        made = await self._ask("CreateSession", "a{sv}", {"session_handle_token": ("s", f"jieli_{token}")})
        self._session = str(_value(made.get("session_handle"), ""))
        facts = {"description": ("s", tr("desktop.quick")), "preferred_trigger": ("s", trigger(keys))}
        shortcut = (_ID, facts)
        bound = await self._ask("BindShortcuts", "oa(sa{sv})sa{sv}", self._session, [shortcut], "", {})
        for name, told in _value(bound.get("shortcuts"), []):
            if name == _ID:
                return str(_value(told.get("trigger_description"), ""))
        raise KnownError("desktop.keys_declined")

    async def _ask(self, method: str, signature: str, *body: Any) -> dict[str, Any]:
        """Call a method whose answer comes later, as a signal of a request object."""
        token = f"jieli_{secrets.token_hex(8)}"
        *rest, options = body
        future: asyncio.Future[tuple[int, dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._answers[token] = future
        try:
            options = {**options, "handle_token": ("s", token)}
            await self._bus.call(self._portal, method, signature, *rest, options)
            code, results = await asyncio.wait_for(future, _USER_MAY_TAKE)
        finally:
            del self._answers[token]
        if code != 0:
            raise KnownError("desktop.keys_declined")
        return results

    def _answered(self, message: Message) -> None:
        token = str(message.header.fields.get(HeaderFields.path, "")).rpartition("/")[2]
        waiting = self._answers.get(token)
        match message.body:
            case (int(code), dict(results)) if waiting is not None and not waiting.done():
                waiting.set_result((code, results))
            case _:
                pass

    def _activated(self, message: Message) -> None:
        if message.header.fields.get(HeaderFields.member) != "Activated":
            return
        match message.body:
            case (str(session), str(name), _, dict(options)) if (session, name) == (self._session, _ID):
                if token := _value(options.get("activation_token"), ""):
                    # Qt hands it to the compositor with the next window that is activated.
                    os.environ["XDG_ACTIVATION_TOKEN"] = str(token)
                self._pressed()
            case _:
                pass


def trigger(keys: Keys) -> str:
    """The key as the shortcuts specification writes it: `CTRL+ALT+j`."""
    return "+".join([*(word for name, word in _HELD.items() if name in keys.held), keys.key])


def _value(variant: Any, otherwise: Any) -> Any:
    """What a variant holds."""
    return variant[1] if isinstance(variant, tuple) and len(variant) == 2 else otherwise
