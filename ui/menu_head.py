"""A heading in a menu: a line to be read, never chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QWidgetAction

from ui.controls import label


def add_head(menu: QMenu, text: str, *, marked: bool = False) -> None:
    """Put a heading over the entries that follow; `marked` = they have marks or icons before their words.

    It is a label: an entry that cannot be chosen is paler than words to be read may be.
    """
    words = label(text, "caption", "ink-3")
    words.setContentsMargins(24 if marked else 10, 6, 20, 2)
    row = QWidgetAction(menu)
    row.setDefaultWidget(words)
    row.setEnabled(False)
    row.setText(text)
    menu.addAction(row)
