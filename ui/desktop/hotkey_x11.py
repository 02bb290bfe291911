"""A global key under X11: `XGrabKey` on a connection of our own, through libxcb, which Qt needs anyway.

python-xlib was looked at (no release since 2022); libX11 would end the process over a key that is taken. What
libxcb answers to one request comes back from that request.
"""

from __future__ import annotations

import asyncio
import ctypes
import struct
import sys
from collections.abc import Callable

from app.errors import KnownError
from ui.desktop.hotkey import COMMAND, Keys, parse

_MASKS = {"shift": 1, "ctrl": 4, "alt": 8, "super": 64}
# Caps Lock and Num Lock count as held; the key is taken with and without them.
_LOCKS = (0, 2, 16, 18)
_FUNCTION_KEYS = 0xFFBE
_KEYSYMS = {
    "space": 0x20, "grave": 0x60, "Insert": 0xFF63, "Delete": 0xFFFF, "Home": 0xFF50, "End": 0xFF57,
    "Page_Up": 0xFF55, "Page_Down": 0xFF56, "Pause": 0xFF13,
}  # fmt: skip
_ASYNC = 1
_KEY_PRESS, _CLIENT_MESSAGE, _MAPPING_CHANGED = 2, 33, 34
_TO_WINDOW_MANAGER = 0x0018_0000


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _Roots(ctypes.Structure):
    _fields_ = (("root", ctypes.POINTER(ctypes.c_uint32)), ("left", ctypes.c_int), ("index", ctypes.c_int))


class X11Hotkey:
    """`pressed` is called at each press."""

    def __init__(self, pressed: Callable[[], object]) -> None:
        self._pressed = pressed
        self._link: _Link | None = None
        self._keys: Keys | None = None

    async def grab(self, keys: str) -> str:
        wanted = parse(keys)
        await self.release()
        # Connecting may wait for a server on another computer.
        link = await asyncio.to_thread(_connected)
        if not link.grab(wanted):
            link.close()
            raise KnownError("desktop.keys_taken", keys=keys)
        self._link, self._keys = link, wanted
        asyncio.get_running_loop().add_reader(link.descriptor, self._read)
        self._read()
        return ""

    async def release(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            asyncio.get_running_loop().remove_reader(link.descriptor)
            link.close()

    def bring(self, window: int) -> None:
        """Give a window of ours the keyboard: window managers deny it to programs nobody has just used, and
        Qt knows nothing of the key."""
        if self._link is not None and self._link.pressed_at:
            self._link.bring(window)

    def _read(self) -> None:
        link = self._link
        if link is None:
            return
        # Asking for a key reads what has come meanwhile: the descriptor would not tell of it again.
        while kinds := link.events():
            if _MAPPING_CHANGED in kinds and self._keys is not None:
                # Another keyboard or layout: the same letter may lie on another key.
                link.grab(self._keys)
            for _ in range(kinds.count(_KEY_PRESS)):
                self._pressed()
        if link.broken():
            asyncio.get_running_loop().remove_reader(link.descriptor)
            link.close()
            self._link = None


def _connected() -> _Link:
    try:
        return _Link()
    except OSError as error:
        raise KnownError("desktop.no_keys", command=COMMAND) from error


class _Link:
    """One connection to the display in `DISPLAY`. Raises `OSError` when there is none."""

    def __init__(self) -> None:
        self._xcb = xcb = ctypes.CDLL("libxcb.so.1")
        self._syms = syms = ctypes.CDLL("libxcb-keysyms.so.1")
        self._c = ctypes.CDLL(None)
        self._c.free.argtypes = [ctypes.c_void_p]
        link, byte, short, long = ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32
        for name, result, arguments in (
            ("xcb_connect", link, [ctypes.c_char_p, ctypes.c_void_p]),
            ("xcb_connection_has_error", ctypes.c_int, [link]),
            ("xcb_disconnect", None, [link]),
            ("xcb_get_setup", ctypes.c_void_p, [link]),
            ("xcb_setup_roots_iterator", _Roots, [ctypes.c_void_p]),
            ("xcb_get_file_descriptor", ctypes.c_int, [link]),
            ("xcb_grab_key_checked", _Cookie, [link, byte, long, short, byte, byte, byte]),
            ("xcb_ungrab_key", _Cookie, [link, byte, long, short]),
            ("xcb_request_check", ctypes.c_void_p, [link, _Cookie]),
            ("xcb_poll_for_event", ctypes.POINTER(ctypes.c_uint8), [link]),
            ("xcb_flush", ctypes.c_int, [link]),
            ("xcb_intern_atom", _Cookie, [link, byte, short, ctypes.c_char_p]),
            ("xcb_intern_atom_reply", ctypes.POINTER(ctypes.c_uint32), [link, _Cookie, ctypes.c_void_p]),
            ("xcb_send_event", _Cookie, [link, byte, long, long, ctypes.c_char_p]),
        ):
            function = getattr(xcb, name)
            function.restype, function.argtypes = result, arguments
        syms.xcb_key_symbols_alloc.restype = ctypes.c_void_p
        syms.xcb_key_symbols_alloc.argtypes = [link]
        syms.xcb_key_symbols_free.argtypes = [ctypes.c_void_p]
        syms.xcb_key_symbols_get_keycode.restype = ctypes.POINTER(ctypes.c_uint8)
        syms.xcb_key_symbols_get_keycode.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        self._link = ctypes.c_void_p(xcb.xcb_connect(None, None))
        if self.broken():
            xcb.xcb_disconnect(self._link)
            raise OSError("the display does not answer")
        self._root = int(xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(self._link)).root[0])
        self.pressed_at = 0
        self.descriptor = int(xcb.xcb_get_file_descriptor(self._link))

    def grab(self, keys: Keys) -> bool:
        """Take a key in place of what was taken before; False when another program has it or no keyboard."""
        self._xcb.xcb_ungrab_key(self._link, 0, self._root, 0x8000)
        mask = sum(_MASKS[name] for name in keys.held)
        codes = self._codes(keys.key)
        for code in codes:
            for lock in _LOCKS:
                asked = self._xcb.xcb_grab_key_checked(
                    self._link, 1, self._root, mask | lock, code, _ASYNC, _ASYNC
                )
                if error := self._xcb.xcb_request_check(self._link, asked):
                    self._c.free(error)
                    return False
        return bool(codes)

    def _codes(self, key: str) -> list[int]:
        symbol = _KEYSYMS.get(key)
        if symbol is None:
            symbol = ord(key) if len(key) == 1 else _FUNCTION_KEYS + int(key[1:]) - 1
        table = ctypes.c_void_p(self._syms.xcb_key_symbols_alloc(self._link))
        found = self._syms.xcb_key_symbols_get_keycode(table, symbol)
        codes: list[int] = []
        if found:
            while found[len(codes)]:
                codes.append(int(found[len(codes)]))
            self._c.free(found)
        self._syms.xcb_key_symbols_free(table)
        return list(dict.fromkeys(codes))

    def events(self) -> list[int]:
        """The kinds of all events that have come; `pressed_at` is the server's time of the last press."""
        kinds: list[int] = []
        while event := self._xcb.xcb_poll_for_event(self._link):
            kinds.append(event[0] & 0x7F)
            if kinds[-1] == _KEY_PRESS:
                self.pressed_at = int.from_bytes(bytes(event[4:8]), sys.byteorder)
            self._c.free(event)
        return kinds

    def bring(self, window: int) -> None:
        """Ask the window manager to give a window the keyboard, in the name of the key that was pressed."""
        name = b"_NET_ACTIVE_WINDOW"
        asked = self._xcb.xcb_intern_atom(self._link, 0, len(name), name)
        reply = self._xcb.xcb_intern_atom_reply(self._link, asked, None)
        if not reply:
            return
        atom = int(reply[2])
        self._c.free(reply)
        # xcb_client_message_event_t; the source 2 stands for the user's own wish.
        message = struct.pack("=BBHII5I", _CLIENT_MESSAGE, 32, 0, window, atom, 2, self.pressed_at, 0, 0, 0)
        self._xcb.xcb_send_event(self._link, 0, self._root, _TO_WINDOW_MANAGER, message)
        self._xcb.xcb_flush(self._link)

    def broken(self) -> bool:
        """Whether the server is gone."""
        return bool(self._xcb.xcb_connection_has_error(self._link))

    def close(self) -> None:
        """Disconnect; the server gives the key back."""
        self._xcb.xcb_disconnect(self._link)
