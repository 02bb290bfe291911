"""The keys in force: what comes with the program, changed by what the user chose; applied at once everywhere.

Like theme and language this is one thing for the whole program: whoever shows or obeys a shortcut names its
action (`ui/keys/actions.py`) and follows every change while it lives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.shortcuts import BETWEEN, parts
from ui.keys.actions import ACTIONS, meet

_NATIVE = QKeySequence.SequenceFormat.NativeText


class _Keys(QObject):
    changed = Signal()


def resolved(overrides: Mapping[str, str]) -> dict[str, str]:
    """The keys of every action. What the user chose goes before what comes with the program; keys that two
    actions want which can meet go to the first of them, so that no key is without effect."""
    found: dict[str, str] = {}
    for chosen in (True, False):
        for action, (default, _scope) in ACTIONS.items():
            if (action in overrides) is not chosen:
                continue
            wanted = parts(overrides.get(action, default))
            taken = {one for other, keys in found.items() if meet(action, other) for one in parts(keys)}
            found[action] = BETWEEN.join(one for one in wanted if one not in taken)
    return found


_keys = _Keys()
_in_force = resolved({})


def choose(overrides: Mapping[str, str]) -> None:
    """Put the user's choices in force; what shows or obeys a shortcut follows at once."""
    now = resolved(overrides)
    if now != _in_force:
        _in_force.update(now)
        _keys.changed.emit()


def keys(action: str) -> str:
    """The keys of an action in portable text; empty = none."""
    return _in_force[action]


def native(action: str) -> str:
    """The first shortcut of an action as this system writes it, for menus and tooltips; empty = none."""
    first = parts(_in_force[action])[:1]
    return shown(first[0]) if first else ""


def spaced(action: str) -> str:
    """The same for the grey hints in buttons and fields: `Ctrl N`."""
    return native(action).replace("+", " ")


def shown(keys: str) -> str:
    """Portable text as this system writes it: `Ctrl+N`, on macOS its symbols."""
    return BETWEEN.join(QKeySequence(one).toString(_NATIVE) for one in parts(keys))


def hits(action: str, event: QKeyEvent) -> bool:
    """Whether a key press is meant for an action that is not a `QShortcut`."""
    combined = event.keyCombination().toCombined() & ~Qt.KeyboardModifier.KeypadModifier.value
    pressed = QKeySequence(combined)
    return any(QKeySequence(one) == pressed for one in parts(_in_force[action]))


class _Follower(QObject):
    """Calls `show` after every change, as long as the object it belongs to lives."""

    def __init__(self, of: QObject, show: Callable[[], object]) -> None:
        super().__init__(of)
        self._show = show
        _keys.changed.connect(self.follow)

    def follow(self) -> None:
        self._show()


def follow(of: QObject, show: Callable[[], object]) -> None:
    """Call `show` now and after every change, until `of` is gone."""
    show()
    _Follower(of, show)


def shortcut(action: str, parent: QWidget, act: Callable[..., object]) -> QShortcut:
    """A shortcut that has the action's keys, now and after every change."""
    made = QShortcut(parent)
    follow(made, lambda: made.setKeys([QKeySequence(one) for one in parts(_in_force[action])]))
    made.activated.connect(act)
    return made


def tip(widget: QWidget, text: str, action: str) -> None:
    """A tooltip that ends in the action's keys."""

    def show() -> None:
        own = native(action)
        widget.setToolTip(f"{text} ({own})" if own else text)

    follow(widget, show)
