"""A global key under Windows: `RegisterHotKey`, whose messages a thread of its own waits for.

Qt's native event filter would do, too, but has Python look at every message of the window.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from typing import Any

from app.errors import KnownError
from ui.desktop.hotkey import Keys, parse

_MODIFIERS = {"alt": 1, "ctrl": 2, "shift": 4, "super": 8}
_NO_REPEAT = 0x4000
_HOTKEY, _QUIT = 0x0312, 0x0012
_NUMBER = 1
_F1 = 0x70
_CODES = {
    "space": 0x20, "grave": 0xC0, "Insert": 0x2D, "Delete": 0x2E, "Home": 0x24, "End": 0x23,
    "Page_Up": 0x21, "Page_Down": 0x22, "Pause": 0x13,
}  # fmt: skip


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_long), ("y", ctypes.c_long))


class Msg(ctypes.Structure):
    """`MSG` of winuser.h."""

    _fields_ = (
        ("window", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("wparam", ctypes.c_size_t),
        ("lparam", ctypes.c_ssize_t),
        ("time", ctypes.c_uint32),
        ("point", _Point),
    )


class WindowsHotkey:
    """`pressed` is called at each press. `user32` and `kernel32` are the system's."""

    def __init__(self, pressed: Callable[[], object], user32: Any = None, kernel32: Any = None) -> None:
        self._pressed = pressed
        self._user32 = user32 if user32 is not None else _library("user32")
        self._kernel32 = kernel32 if kernel32 is not None else _library("kernel32")
        self._thread: threading.Thread | None = None
        self._number = 0

    async def grab(self, keys: str) -> str:
        wanted = parse(keys)
        await self.release()
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bool] = loop.create_future()
        serving = threading.Thread(target=self._serve, args=(wanted, loop, taken), name="hotkey", daemon=True)
        serving.start()
        self._thread = serving
        if not await taken:
            self._thread = None
            raise KnownError("desktop.keys_taken", keys=keys)
        return ""

    async def release(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._user32.PostThreadMessageW(self._number, _QUIT, 0, 0)
            await asyncio.to_thread(thread.join)

    def _serve(self, keys: Keys, loop: asyncio.AbstractEventLoop, taken: asyncio.Future[bool]) -> None:
        """The thread: a key belongs to the thread that registered it, and is told to that one's queue."""
        user32 = self._user32
        self._number = self._kernel32.GetCurrentThreadId()
        held = sum(_MODIFIERS[name] for name in keys.held) | _NO_REPEAT
        got = bool(user32.RegisterHotKey(None, _NUMBER, held, code(keys.key)))
        loop.call_soon_threadsafe(_settle, taken, got)
        if not got:
            return
        message = Msg()
        while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            if message.message == _HOTKEY:
                loop.call_soon_threadsafe(self._pressed)
        user32.UnregisterHotKey(None, _NUMBER)


def code(key: str) -> int:
    """The virtual key code: letters and digits are their own, in capitals."""
    if key in _CODES:
        return _CODES[key]
    return ord(key.upper()) if len(key) == 1 else _F1 + int(key[1:]) - 1


def _library(name: str) -> Any:
    return ctypes.WinDLL(name)  # pyright: ignore[reportAttributeAccessIssue] - there on Windows


def _settle(taken: asyncio.Future[bool], got: bool) -> None:
    if not taken.done():
        taken.set_result(got)
