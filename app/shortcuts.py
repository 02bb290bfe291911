"""What may be written as a keyboard shortcut: `Ctrl+Shift+E`, several parted by `; `. Knows no window.

The names are those Qt writes on every system (`QKeySequence`, portable text); on macOS `Ctrl` is Command.
"""

from __future__ import annotations

from typing import Literal

Refusal = Literal["plain", "moving", "editing", "system", "input"]

BETWEEN = "; "
"""Parts the shortcuts of one action from each other."""

MOST = 4
"""So many shortcuts of one action are read."""

_MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")
_NAMED = {
    name.lower(): name
    for name in (
        "Esc", "Tab", "Backtab", "Backspace", "Return", "Enter", "Ins", "Del", "Pause", "Print", "Home",
        "End", "Left", "Up", "Right", "Down", "PgUp", "PgDown", "Space", "Menu", "Help",
        *(f"F{n}" for n in range(1, 25)),
    )
}  # fmt: skip
_FUNCTION = {f"F{n}" for n in range(1, 25)}
_MOVING = {"Esc", "Tab", "Backtab", "Return", "Enter", "Menu"}
_CURSOR = {"Left", "Right", "Up", "Down", "Home", "End", "PgUp", "PgDown", "Backspace", "Del", "Ins"}
_EDITING = {
    *(f"Ctrl+{letter}" for letter in "ACVXYZ"),
    "Ctrl+Shift+Z", "Ctrl+Shift+V", "Ctrl+Shift+C", "Alt+Backspace",
}  # fmt: skip
_SYSTEM = {"Alt+F4", "Alt+Space", "Ctrl+Alt+Del", "Ctrl+Alt+Backspace"}
_INPUT = {"Ctrl+Space", "Shift+Space", "Ctrl+Shift+Space", "Ctrl+."}


def chord(text: str) -> tuple[frozenset[str], str]:
    """Modifiers and key of one shortcut. Raises `ValueError` for anything else."""
    rest, held = text.strip(), list[str]()
    while True:
        head, plus, tail = rest.partition("+")
        found = next((name for name in _MODIFIERS if name.lower() == head.strip().lower()), None)
        if not plus or found is None or not tail.strip():
            break
        if found in held:
            raise ValueError(text)
        held.append(found)
        rest = tail.strip()
    key = _NAMED.get(rest.lower(), rest.upper() if len(rest) == 1 else "")
    if not key or not key.isprintable() or len(key) > 8:
        raise ValueError(text)
    # Lone surrogates, which JSON can hold and no file can, raise a ValueError here.
    key.encode()
    return frozenset(held), key


def written(text: str) -> str:
    """One shortcut as it is always written: `shift+ctrl+e` → `Ctrl+Shift+E`. Raises `ValueError`."""
    held, key = chord(text)
    return "+".join([*(name for name in _MODIFIERS if name in held), key])


def parts(text: str) -> list[str]:
    """The single shortcuts of a text; none in an empty one."""
    return [part for part in text.split(BETWEEN) if part]


def read_keys(value: object) -> str:
    """The shortcuts of an action from JSON, empty = none. Raises `ValueError` for what is none, and for
    keys that writing or the system needs."""
    if not isinstance(value, str):
        raise ValueError(value)
    found = [part for part in value.split(";") if part.strip()]
    if len(found) > MOST:
        raise ValueError(value)
    keys = [written(part) for part in found]
    if any(refused(one) for one in keys):
        raise ValueError(value)
    return BETWEEN.join(dict.fromkeys(keys))


def refused(keys: str) -> Refusal | None:
    """Why a well-formed shortcut cannot be given to an action; None when it can.

    `plain` = it writes text; `moving` = it moves the keyboard or confirms; `editing` = text fields need it;
    `system` = the system keeps it; `input` = it switches the input method (Ctrl+Space and its kin do on
    Windows, macOS and with fcitx and ibus).
    """
    keys = written(keys)
    held, key = chord(keys)
    if keys in _SYSTEM or "Meta" in held:
        return "system"
    if keys in _INPUT:
        return "input"
    if key in _MOVING or keys in ("Shift+F10", "Alt+Up", "Alt+Down"):
        return "moving"
    if keys in _EDITING or ("Ctrl" in held and "Alt" not in held and key in _CURSOR):
        return "editing"
    if not held - {"Shift"} and key not in _FUNCTION:
        return "plain"
    return None
