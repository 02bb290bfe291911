"""A key that works in every program: which keys may be taken, and what a system must offer."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from app.errors import KnownError

COMMAND = "jieli --quick-ask"
"""What opens the small window from a desktop's own shortcuts."""

_HELD = (
    (Qt.KeyboardModifier.ControlModifier, "ctrl"),
    (Qt.KeyboardModifier.AltModifier, "alt"),
    (Qt.KeyboardModifier.ShiftModifier, "shift"),
    (Qt.KeyboardModifier.MetaModifier, "super"),
)
_NAMED = {
    Qt.Key.Key_Space: "space",
    Qt.Key.Key_Insert: "Insert",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_PageUp: "Page_Up",
    Qt.Key.Key_PageDown: "Page_Down",
    Qt.Key.Key_Pause: "Pause",
    Qt.Key.Key_QuoteLeft: "grave",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """One key with what is held: names as X11 calls them, `held` of `ctrl`, `alt`, `shift`, `super`."""

    held: frozenset[str]
    key: str


class Hotkey(Protocol):
    """One system's way. The key calls what the hotkey was made with, in the window's thread."""

    async def grab(self, keys: str) -> str:
        """Take the key (written as Qt does), giving back the one before. Returns what opens the window now,
        in the system's words; empty = `keys` itself. Raises `KnownError` when it cannot be had."""
        ...

    async def release(self) -> None:
        """Give the key back."""
        ...


def parse(text: str) -> Keys:
    """Read `Ctrl+Alt+J`. Raises `KnownError` for what no program can take for itself: several keys in a row,
    a letter without anything held, Esc, Enter and their like."""
    sequence = QKeySequence(text)
    if sequence.count() != 1:
        raise KnownError("desktop.keys_unfit", keys=text)
    pressed: QKeyCombination = sequence[0]  # pyright: ignore[reportIndexIssue] - missing in the stubs
    held = frozenset(name for flag, name in _HELD if pressed.keyboardModifiers() & flag)
    key = pressed.key()
    if Qt.Key.Key_F1 <= key <= Qt.Key.Key_F24:
        if held >= {"ctrl", "alt"} and sys.platform.startswith("linux"):
            # These change to a text console.
            raise KnownError("desktop.keys_unfit", keys=text)
        return Keys(held, f"F{key - Qt.Key.Key_F1 + 1}")
    if not held & {"ctrl", "alt", "super"}:
        raise KnownError("desktop.keys_unfit", keys=text)
    if Qt.Key.Key_A <= key <= Qt.Key.Key_Z or Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
        return Keys(held, chr(key).lower())
    name = _NAMED.get(key)
    if name is None:
        raise KnownError("desktop.keys_unfit", keys=text)
    return Keys(held, name)
