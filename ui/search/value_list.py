"""A list of values, each a row: what Ctrl+K and the search in the settings show their finds with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

VALUE_ROLE = Qt.ItemDataRole.UserRole + 1
"""Gives the value of an index."""

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ValueList(QAbstractListModel):
    """`words` gives what is read of a value, `spoken` what is said of it where that differs."""

    def __init__(
        self, words: Callable[[Any], str], parent: QObject, spoken: Callable[[Any], str] | None = None
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._spoken = spoken
        self.values: Sequence[Any] = ()

    def show(self, values: Sequence[Any]) -> None:
        """Show these in place of what is here."""
        self.beginResetModel()
        self.values = values
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.values)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        value = self.values[index.row()]
        if role == VALUE_ROLE:
            return value
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(value)
        if role == Qt.ItemDataRole.AccessibleTextRole and self._spoken is not None:
            return self._spoken(value)
        return None
