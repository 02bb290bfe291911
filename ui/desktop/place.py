"""Where a window was, and where it may be: on the screen it was on if that is still there, always in view."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QByteArray, QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

Shown = Literal["normal", "maximised", "fullscreen"]

_STATES = {
    "normal": Qt.WindowState.WindowNoState,
    "maximised": Qt.WindowState.WindowMaximized,
    "fullscreen": Qt.WindowState.WindowFullScreen,
}


@dataclass(frozen=True, slots=True)
class Display:
    """A screen: its name, all of it, and what panels leave free. Logical pixels."""

    name: str
    whole: QRect
    free: QRect


@dataclass(frozen=True, slots=True)
class Place:
    """A window without its frame, as it is when neither maximised nor full screen, and the screen it is on.

    `frame` is what the window manager draws round it.
    """

    window: QRect
    shown: Shown = "normal"
    screen: str = ""
    whole: QRect = field(default_factory=QRect)
    frame: QMargins = field(default_factory=QMargins)

    def written(self) -> str:
        """As text without spaces; `read` takes it back."""
        numbers = {
            "window": self.window.getRect(),
            "whole": self.whole.getRect(),
            "frame": (self.frame.left(), self.frame.top(), self.frame.right(), self.frame.bottom()),
        }
        text = json.dumps({"shown": self.shown, "screen": self.screen, **numbers}, separators=(",", ":"))
        # A screen's name may hold spaces.
        return text.replace(" ", "\\u0020")


def read(text: str) -> Place | None:
    """What `Place.written` gave; None for anything else."""
    try:
        found = json.loads(text)
        window, whole, frame = (_four(found[name]) for name in ("window", "whole", "frame"))
        shown, screen = found["shown"], str(found["screen"])
    except (ValueError, TypeError, KeyError):
        return None
    if shown not in _STATES or not QRect(*window).isValid():
        return None
    return Place(QRect(*window), shown, screen, QRect(*whole), QMargins(*frame))


def read_old(window: QWidget, text: str) -> Place | None:
    """What versions before wrote, in Qt's own form, which is tried on the window."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return place_of(window) if raw and window.restoreGeometry(QByteArray(raw)) else None


def _four(found: object) -> tuple[int, int, int, int]:
    match found:
        case [int(a), int(b), int(c), int(d)] if all(abs(n) < 1_000_000 for n in (a, b, c, d)):
            return a, b, c, d
    raise ValueError(found)


def fitted(place: Place, screens: Sequence[Display]) -> QRect:
    """Where the window may stand: as it stood if its screen is there with the same geometry, else on the
    nearest screen; wholly in view and no larger than that either way."""
    same = [one for one in screens if one.name == place.screen and one.whole == place.whole]
    screen = same[0] if same else min(screens, key=lambda one: _distance(one.whole, place.window))
    return within(place.window, screen.free, place.frame)


def within(window: QRect, free: QRect, frame: QMargins | None = None) -> QRect:
    """The window moved, and made smaller where it must be, so that it and its frame lie in `free`."""
    room = free.marginsRemoved(frame) if frame is not None else free
    if not room.isValid():
        room = free
    size = window.size().boundedTo(room.size())
    left = min(max(window.left(), room.left()), room.right() + 1 - size.width())
    top = min(max(window.top(), room.top()), room.bottom() + 1 - size.height())
    return QRect(QPoint(left, top), size)


def _distance(screen: QRect, window: QRect) -> int:
    """0 while the window's middle is on the screen, else how far away it is, squared."""
    middle = window.center()
    x = max(screen.left() - middle.x(), 0, middle.x() - screen.right())
    y = max(screen.top() - middle.y(), 0, middle.y() - screen.bottom())
    return x * x + y * y


def displays() -> list[Display]:
    """The screens there are now; the first is the primary one."""
    primary = QGuiApplication.primaryScreen()
    found = sorted(QGuiApplication.screens(), key=lambda one: one is not primary)
    return [Display(one.name(), one.geometry(), one.availableGeometry()) for one in found]


def place_of(window: QWidget) -> Place:
    """Where a window is now."""
    state = window.windowState()
    shown: Shown = "normal"
    if state & Qt.WindowState.WindowFullScreen:
        shown = "fullscreen"
    elif state & Qt.WindowState.WindowMaximized:
        shown = "maximised"
    now = window.geometry()
    normal = window.normalGeometry() if shown != "normal" else now
    outer = window.frameGeometry() if shown == "normal" else now
    frame = QMargins(
        now.left() - outer.left(), now.top() - outer.top(),
        outer.right() - now.right(), outer.bottom() - now.bottom(),
    )  # fmt: skip
    screen = window.screen()
    return Place(normal if normal.isValid() else now, shown, screen.name(), screen.geometry(), frame)


def put(window: QWidget, place: Place, least: QSize) -> None:
    """Bring a window there, before it is shown or after. It is at least `least` large where that fits."""
    screens = displays()
    if not screens:
        return
    rect = fitted(place, screens)
    free = next((one.free for one in screens if one.free.contains(rect.center())), screens[0].free)
    # Or Qt would make it larger than a small screen again.
    window.setMinimumSize(least.boundedTo(free.marginsRemoved(place.frame).size()))
    window.setGeometry(rect)
    keep = window.windowState() & Qt.WindowState.WindowMinimized
    window.setWindowState(_STATES[place.shown] | keep)


def put_first(window: QWidget, least: QSize) -> None:
    """A window nobody has placed yet: no larger than the screen it will open on."""
    screen = window.screen()
    free = screen.availableGeometry().size()
    window.setMinimumSize(least.boundedTo(free))
    window.resize(window.size().boundedTo(free))
