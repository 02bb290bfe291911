"""The actions as the settings list them: groups, names, keys that stay as they are, who has which keys."""

from __future__ import annotations

from collections.abc import Mapping

from app.i18n import tr
from app.shortcuts import BETWEEN, parts
from ui.keys.actions import ACTIONS, meet
from ui.keys.in_force import resolved

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("window", ("new", "palette", "search", "settings", "quota", "sidebar", "editor", "quit")),
    (
        "chat",
        ("find", "find_next", "find_previous", "again", "compare", "keep_1", "keep_2", "keep_3", "keep_4",
         "quote", "version", "version_next", "attach", "rename"),
    ),
    ("settings", ("find_setting",)),
)  # fmt: skip
"""Every action once, under `shortcuts.group.<name>`."""

FIXED = (
    ("line", "Shift+Return"),
    ("stop", "Esc"),
    ("undo", "Ctrl+Z"),
    ("choose_all", "Ctrl+A"),
    ("delete", "Del"),
    ("delete_from", "Shift+Del"),
)
"""Keys that cannot be changed: the system or writing gives them their meaning. What sends is a setting."""


def name(action: str) -> str:
    """What an action is called."""
    head, _, number = action.partition("_")
    return tr("shortcut.keep", number=number) if head == "keep" else tr(f"shortcut.{action}")


def owner(action: str, keys: str, overrides: Mapping[str, str]) -> str | None:
    """The other action that has one of these keys where `action` would meet it; None when they are free."""
    for other, taken in resolved(overrides).items():
        if other != action and meet(action, other) and set(parts(taken)) & set(parts(keys)):
            return other
    return None


def given(action: str, keys: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """The user's choices once `action` has these keys (empty = none), taken from whoever had them."""
    after = {name: chosen for name, chosen in overrides.items() if name != action}
    if keys != ACTIONS[action][0]:
        after[action] = keys
    for other, chosen in overrides.items():
        if other == action or other not in ACTIONS or not meet(action, other):
            continue
        left = [one for one in parts(chosen) if one not in parts(keys)]
        if left != parts(chosen):
            after[other] = BETWEEN.join(left)
    return after
