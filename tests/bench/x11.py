"""An X client that watches windows from outside: are they mapped, what do their pixels show; and a hand.

Only libX11 (which Qt's own platform plugin needs) and, for the hand, libXtst.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import time
from dataclasses import dataclass

from tests.bench.measure import Unavailable

_ALL_PLANES = ctypes.c_ulong(-1).value
_Z_PIXMAP = 2
_VIEWABLE = 2


class _Attributes(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("klass", "bit_gravity", "win_gravity", "backing_store")),
        ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("all_event_masks", "your_event_mask", "do_not_propagate")),
        ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    )


class _Image(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("width", "height", "xoffset", "format")),
        ("data", ctypes.c_void_p),
        *((name, ctypes.c_int) for name in ("byte_order", "unit", "bit_order", "pad", "depth")),
        ("bytes_per_line", ctypes.c_int),
        ("bits_per_pixel", ctypes.c_int),
    )


class _ClientMessage(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),  # an XEvent is as large as the largest
    )


_ErrorHandler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


@_ErrorHandler
def _ignore_error(_display: int, _event: int) -> int:
    """Windows come and go between two calls; the calls' results say so too."""
    return 0


@dataclass(frozen=True, slots=True)
class Window:
    """A mapped top-level window."""

    id: int
    x: int
    y: int
    width: int
    height: int


class Screen:
    """One connection to the display in `DISPLAY`."""

    def __init__(self) -> None:
        library = ctypes.util.find_library("X11")
        if library is None or not os.environ.get("DISPLAY"):
            raise Unavailable("needs an X display (python3 dev.py bench starts Xvfb where it is installed)")
        self._x = x = ctypes.CDLL(library)
        x.XOpenDisplay.restype = ctypes.c_void_p
        x.XDefaultRootWindow.restype = ctypes.c_ulong
        x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        x.XGetImage.restype = ctypes.POINTER(_Image)
        x.XGetImage.argtypes = [
            ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_ulong, ctypes.c_int,
        ]  # fmt: skip
        x.XDestroyImage.argtypes = [ctypes.POINTER(_Image)]
        x.XGetWindowAttributes.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(_Attributes)]
        x.XQueryTree.argtypes = [ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_void_p] * 4]
        x.XFree.argtypes = [ctypes.c_void_p]
        x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        x.XCloseDisplay.argtypes = [ctypes.c_void_p]
        x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        x.XStringToKeysym.argtypes = [ctypes.c_char_p]
        x.XStringToKeysym.restype = ctypes.c_ulong
        display = x.XOpenDisplay(None)
        if not display:
            raise Unavailable(f"the display {os.environ['DISPLAY']} does not answer")
        self._display = ctypes.c_void_p(display)
        x.XSetErrorHandler(_ignore_error)
        self._root = x.XDefaultRootWindow(self._display)
        self._test: ctypes.CDLL | None = None

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)

    def windows(self, least: tuple[int, int] = (300, 200)) -> list[Window]:
        """The mapped windows directly below the root at least so large; usually that of a main window."""
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        children, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        references = (ctypes.byref(v) for v in (root, parent, children, count))
        if not self._x.XQueryTree(self._display, self._root, *references):
            return []
        ids = children[: count.value]
        if children:
            self._x.XFree(children)
        found = []
        for window in ids:
            a = _Attributes()
            if not self._x.XGetWindowAttributes(self._display, window, ctypes.byref(a)):
                continue
            if a.map_state == _VIEWABLE and a.width >= least[0] and a.height >= least[1]:
                found.append(Window(window, a.x, a.y, a.width, a.height))
        return found

    def rows(self, window: Window, x: int, y: int, width: int, height: int) -> list[bytes]:
        """The pixels of a part of a window, four bytes each, a row at a time; empty when it is gone."""
        image = self._x.XGetImage(self._display, window.id, x, y, width, height, _ALL_PLANES, _Z_PIXMAP)
        if not image:
            return []
        try:
            line = image.contents.bytes_per_line
            assert image.contents.bits_per_pixel == 32
            data = ctypes.string_at(image.contents.data, line * height)
            return [data[i * line : i * line + width * 4] for i in range(height)]
        finally:
            self._x.XDestroyImage(image)

    # -- the hand -------------------------------------------------------------------------------------------

    def focus(self, window: Window) -> None:
        """Give the keyboard to a window, as a window manager would."""
        self._x.XSetInputFocus(self._display, ctypes.c_ulong(window.id), 2, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def _hand(self) -> ctypes.CDLL:
        if self._test is None:
            library = ctypes.util.find_library("Xtst")
            if library is None:
                raise Unavailable("needs libXtst (Debian: libxtst6)")
            self._test = ctypes.CDLL(library)
            for name in ("XTestFakeMotionEvent", "XTestFakeButtonEvent", "XTestFakeKeyEvent"):
                getattr(self._test, name).argtypes = None
        return self._test

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Press and release a mouse button at a place of the screen (4 and 5 are the wheel)."""
        hand, now = self._hand(), ctypes.c_ulong(0)
        hand.XTestFakeMotionEvent(self._display, ctypes.c_int(-1), ctypes.c_int(x), ctypes.c_int(y), now)
        for down in (1, 0):
            hand.XTestFakeButtonEvent(self._display, ctypes.c_uint(button), ctypes.c_int(down), now)
        self._x.XSync(self._display, 0)

    def key(self, name: str, times: int = 1, *, held: str | None = None) -> None:
        """Press and release a key by its X name (`Prior` is page up), perhaps with another one held down."""
        if held is not None:
            self._press(held, 1)
        for _ in range(times):
            self._press(name, 1)
            self._press(name, 0)
        if held is not None:
            self._press(held, 0)
        self._x.XSync(self._display, 0)

    def chord(self, *names: str) -> None:
        """Press these keys one after the other, and let them go."""
        for name in names:
            self._press(name, 1)
        for name in reversed(names):
            self._press(name, 0)
        self._x.XSync(self._display, 0)

    def ask_to_close(self, window: Window) -> None:
        """What a window manager sends when the cross in the title bar is clicked."""
        atom = self._x.XInternAtom
        atom.restype, atom.argtypes = ctypes.c_ulong, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        message = _ClientMessage(type=33, window=window.id, format=32)
        message.message_type = atom(self._display, b"WM_PROTOCOLS", 0)
        message.data[0] = atom(self._display, b"WM_DELETE_WINDOW", 0)
        send = self._x.XSendEvent
        send.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        send(self._display, window.id, 0, 0, ctypes.byref(message))
        self._x.XSync(self._display, 0)

    def _press(self, name: str, down: int) -> None:
        code = self._x.XKeysymToKeycode(self._display, self._x.XStringToKeysym(name.encode()))
        hand = self._hand()
        hand.XTestFakeKeyEvent(self._display, ctypes.c_uint(code), ctypes.c_int(down), ctypes.c_ulong(0))


def inked_lines(rows: list[bytes]) -> int:
    """How many separate lines of something stand on the flat ground of these rows of pixels."""
    inked = [row != row[:4] * (len(row) // 4) for row in rows]
    return sum(a and not b for a, b in zip(inked, [False, *inked], strict=False))


def list_part(window: Window) -> tuple[int, int, int, int]:
    """Where the conversation list stands: a strip through the beginnings of its titles."""
    return 24, 92, 60, window.height - 160


def transcript_pixels(screen: Screen, window: Window) -> bytes:
    """What the middle of the transcript shows."""
    left = 300
    return b"".join(screen.rows(window, left, 60, window.width - left - 40, window.height - 260))


def open_first_conversation(screen: Screen, window: Window) -> None:
    """Click the first conversation of the list; a click on the heading above it would fold its group."""
    left, top, width, height = list_part(window)
    inked = [row != row[:4] * width for row in screen.rows(window, left, top, width, height)]
    starts = [y for y, (a, b) in enumerate(zip(inked, [False, *inked], strict=False)) if a and not b]
    before = transcript_pixels(screen, window)
    for line in starts[1:4]:
        screen.click(window.x + left + 40, window.y + top + line + 6)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            time.sleep(0.1)
            if transcript_pixels(screen, window) != before:
                return
