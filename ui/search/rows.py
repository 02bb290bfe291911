"""One row of the search's results, as the model keeps it and the delegate paints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt

from app.store.search import Hit

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""Gives the `Row` of an index."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a heading or a note with only a text, else a hit with its date as text."""

    kind: Literal["heading", "title", "message", "note"]
    text: str = ""
    hit: Hit | None = None
    when: str = ""
