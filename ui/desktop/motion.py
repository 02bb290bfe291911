"""Whether the desktop wants less motion. Qt tells from 6.12 on; until then each system is asked itself.

Windows: `SPI_GETCLIENTAREAANIMATION` ("Animation effects" in its settings). macOS: NSWorkspace's
`accessibilityDisplayShouldReduceMotion`. Linux: the portal's settings, those of GNOME and those of KDE.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from ui.desktop.bus import SessionBus

_CLIENT_AREA_ANIMATION = 0x1042
_PORTAL = (
    ("org.freedesktop.appearance", "reduced-motion", lambda value: value == 1),
    ("org.gnome.desktop.interface", "enable-animations", lambda value: value is False),
    ("org.kde.kdeglobals.KDE", "AnimationDurationFactor", lambda value: str(value) in ("0", "0.0")),
)  # fmt: skip


async def less_motion(bus: Callable[[], SessionBus], system: str = sys.platform) -> bool:
    """Ask the system; False where it does not say."""
    hints: Any = QGuiApplication.styleHints()
    told = (
        getattr(hints.accessibility(), "motionPreference", None) if hasattr(hints, "accessibility") else None
    )
    if told is not None:
        return "Reduced" in str(told())
    if system == "win32":
        return _windows()
    if system == "darwin":
        return _macos()
    return await portal_wants_less(bus())


async def portal_wants_less(bus: SessionBus) -> bool:
    """What the portal's settings say."""
    from jeepney import DBusAddress

    from ui.desktop.bus import BusError

    portal = DBusAddress(
        "/org/freedesktop/portal/desktop",
        bus_name="org.freedesktop.portal.Desktop",
        interface="org.freedesktop.portal.Settings",
    )
    for namespace, name, still in _PORTAL:
        try:
            (found,) = await bus.call(portal, "Read", "ss", namespace, name)
        except BusError as error:
            if not error.name or error.name.endswith("ServiceUnknown"):
                return False
            # This desktop knows nothing of that setting.
            continue
        # `Read` wraps what it gives twice.
        value = found
        while isinstance(value, tuple) and len(value) == 2:
            value = value[1]
        if still(value):
            return True
    return False


def _windows() -> bool:
    animated = ctypes.c_int(1)
    user32: Any = ctypes.WinDLL("user32")  # pyright: ignore[reportAttributeAccessIssue] - there on Windows
    known = user32.SystemParametersInfoW(_CLIENT_AREA_ANIMATION, 0, ctypes.byref(animated), 0)
    return bool(known) and not animated.value


def _macos() -> bool:
    library = ctypes.util.find_library("objc")
    if library is None:
        return False
    objc = ctypes.CDLL(library)
    objc.objc_getClass.restype = objc.sel_registerName.restype = ctypes.c_void_p
    objc.objc_getClass.argtypes = objc.sel_registerName.argtypes = [ctypes.c_char_p]

    def send(kind: Any, to: int, name: bytes) -> Any:
        call = ctypes.CFUNCTYPE(kind, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", objc))
        return call(to, objc.sel_registerName(name))

    workspace = send(ctypes.c_void_p, objc.objc_getClass(b"NSWorkspace"), b"sharedWorkspace")
    return bool(workspace) and bool(send(ctypes.c_bool, workspace, b"accessibilityDisplayShouldReduceMotion"))
