"""The deleted conversations as rows, the latest deletion first."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.byte_words import byte_text
from app.i18n import tr
from app.store.records import Conversation

ID_ROLE = Qt.ItemDataRole.UserRole + 1
NOTE_ROLE = Qt.ItemDataRole.UserRole + 2

PAGE = 300
"""Rows shown at first and added at each scroll to the end."""

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a conversation holds: messages, and bytes of texts and attachments together."""

    messages: int
    size: int


class BinModel(QAbstractListModel):
    """Rows in two lines: the title, and when it was deleted, how long it stays and how much it is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Conversation] = []
        self._shown = 0
        self._extents: Mapping[str, Extent] = {}
        self._now = self._kept = 0.0

    def show(self, conversations: Sequence[Conversation], now: float, kept: float) -> None:
        """Show these as of `now`; each stays `kept` seconds after its deletion."""
        self.beginResetModel()
        self._all, self._now, self._kept = list(conversations), now, kept
        self._shown = min(len(self._all), max(PAGE, self._shown))
        self.endResetModel()

    def set_extents(self, extents: Mapping[str, Extent]) -> None:
        """Tell how much each conversation holds, once that is counted."""
        self._extents = extents
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(self._shown - 1), [NOTE_ROLE])

    def ids(self) -> list[str]:
        """Every conversation in the bin."""
        return [c.id for c in self._all]

    def fetch_all(self) -> None:
        """Let every row appear."""
        self._appear(len(self._all) - self._shown)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._shown

    def canFetchMore(self, parent: _Index = _NOWHERE) -> bool:
        return not parent.isValid() and self._shown < len(self._all)

    def fetchMore(self, parent: _Index = _NOWHERE) -> None:
        if not parent.isValid():
            self._appear(min(PAGE, len(self._all) - self._shown))

    def _appear(self, more: int) -> None:
        if more <= 0:
            return
        self.beginInsertRows(QModelIndex(), self._shown, self._shown + more - 1)
        self._shown += more
        self.endInsertRows()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._all[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.title or tr("sidebar.untitled")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.title or tr('sidebar.untitled')}{tr('sidebar.comma')}{self._note(row)}"
            case Qt.ItemDataRole.ToolTipRole:
                return row.title or None
            case _ if role == ID_ROLE:
                return row.id
            case _ if role == NOTE_ROLE:
                return self._note(row)
            case _:
                return None

    def _note(self, row: Conversation) -> str:
        at = row.deleted_at or self._now
        days = max(0, math.ceil((at + self._kept - self._now) / _DAY))
        parts = [
            tr("bin.deleted_at", day=time.strftime("%Y-%m-%d", time.localtime(at))),
            tr("bin.days_left", n=days),
        ]
        extent = self._extents.get(row.id)
        if extent is not None:
            parts += [tr("bin.messages", n=extent.messages), byte_text(extent.size)]
        return " · ".join(parts)
