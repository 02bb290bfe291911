"""What a row of the conversation list shows, in one piece: the delegate asks once a row, not once a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt

FACE_ROLE = Qt.ItemDataRole.UserRole + 11
"""Gives the `Face` of an index."""


@dataclass(frozen=True, slots=True)
class Face:
    """`mark` is a state that is drawn before the title, `when` a time as text, `tagged` whether there are
    tags, `within` whether the row stands under a folder's heading. `folded` and `count` are a folder's."""

    title: str
    kind: Literal["conversation", "heading", "folder"] = "conversation"
    mark: str = ""
    when: str = ""
    tagged: bool = False
    within: bool = False
    folded: bool = False
    count: int = 0
