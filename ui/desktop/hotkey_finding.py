"""Which system offers a key for every program, and how."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from app.errors import KnownError
from ui.desktop.hotkey import COMMAND, Hotkey

if TYPE_CHECKING:
    from ui.desktop.bus import SessionBus


def find(
    pressed: Callable[[], object],
    bus: Callable[[], SessionBus],
    environ: Mapping[str, str] = os.environ,
    system: str = sys.platform,
    platform: str | None = None,
) -> Hotkey:
    """This system's way. Raises `KnownError` where there is none, saying why and what to do instead."""
    window_system = platform or QGuiApplication.platformName()
    if system == "win32":
        from ui.desktop.hotkey_windows import WindowsHotkey

        return WindowsHotkey(pressed)
    if system == "darwin":
        raise KnownError("desktop.no_keys_macos", command=COMMAND)
    if window_system.startswith("wayland") or environ.get("XDG_SESSION_TYPE") == "wayland":
        # Under Wayland an X11 program hears the keyboard only while X11 programs have it.
        from ui.desktop.hotkey_portal import PortalHotkey

        return PortalHotkey(bus(), pressed)
    if window_system == "xcb":
        from ui.desktop.hotkey_x11 import X11Hotkey

        return X11Hotkey(pressed)
    raise KnownError("desktop.no_keys", command=COMMAND)
