"""What the user wants done to conversations, wherever it was said: row, menu, drag, bar or key."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Wishes(QObject):
    """Signals only; `ids` are lists of conversations.

    `renamed(id, title)`, `pinned(ids, on)`, `archived(ids, on)`, `moved(ids, folder or None)`,
    `tagged(ids, tags to add, tags to remove)`, `deleted(ids)`, `exported(ids)`,
    `folder_renamed(old, new; None dissolves it)`, `bin_opened()`, `undone()`,
    `imported(True = a whole folder)`: ask which.
    """

    renamed = Signal(str, str)
    pinned = Signal(list, bool)
    archived = Signal(list, bool)
    moved = Signal(list, object)
    tagged = Signal(list, list, list)
    deleted = Signal(list)
    exported = Signal(list)
    imported = Signal(bool)
    folder_renamed = Signal(str, object)
    bin_opened = Signal()
    undone = Signal()

    can_export = False
    """Set by whoever carries out `exported`: without it nothing offers an export."""
