"""The keyboard is taken from what is about to be hidden or thrown away, before Qt gives it to a stranger."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def let_go(part: QWidget) -> None:
    """Nothing in `part` has the keyboard any more; whoever hides it says where it goes.

    Qt would give it to whatever comes next, and a page would scroll there.
    """
    focused = part if part.hasFocus() else part.focusWidget()
    if focused is not None and focused.hasFocus():
        focused.clearFocus()
