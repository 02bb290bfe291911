"""Every action that has a shortcut: its name, the keys it comes with, and where it applies.

Read before the first paint, so this is data and nothing else; names and explanations are translations
(`shortcut.<name>`), groups and rules stand in `ui/keys/listing.py`.
"""

from __future__ import annotations

from typing import Literal

Scope = Literal["window", "chat", "settings"]
"""`window` = everywhere; the others only where they say. Two actions may share keys if they never meet."""

ACTIONS: dict[str, tuple[str, Scope]] = {
    "new": ("Ctrl+N", "window"),
    "palette": ("Ctrl+K", "window"),
    "search": ("Ctrl+Shift+F", "window"),
    "settings": ("Ctrl+,", "window"),
    "quota": ("Ctrl+Shift+E", "window"),
    "sidebar": ("Ctrl+B", "window"),
    "editor": ("Ctrl+L", "window"),
    "quit": ("Ctrl+Q", "window"),
    "rename": ("F2", "window"),
    "again": ("Ctrl+R", "window"),
    "compare": ("Ctrl+D", "window"),
    "attach": ("Ctrl+U", "chat"),
    "quote": ("Alt+Q", "chat"),
    "find": ("Ctrl+F", "chat"),
    "find_next": ("F3; Ctrl+G", "chat"),
    "find_previous": ("Shift+F3; Ctrl+Shift+G", "chat"),
    "version": ("Alt+Left", "chat"),
    "version_next": ("Alt+Right", "chat"),
    "keep_1": ("Alt+1", "chat"),
    "keep_2": ("Alt+2", "chat"),
    "keep_3": ("Alt+3", "chat"),
    "keep_4": ("Alt+4", "chat"),
    "find_setting": ("Ctrl+F", "settings"),
}
"""By name: the keys as Qt writes them on every system, several parted by `; `, and the scope."""


def meet(one: str, other: str) -> bool:
    """Whether two actions can be wanted in the same place, so that they cannot have the same keys."""
    first, second = ACTIONS[one][1], ACTIONS[other][1]
    return first == second or "window" in (first, second)
