"""The legs of a relay chain as rows that can be added, moved and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.i18n import tr
from ui.settings.values import ChainEntry

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ROOT = QModelIndex()


class ChainModel(QAbstractListModel):
    """`edited(tuple of specs)` is emitted after each change by the user; `replace` is silent."""

    edited = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ChainEntry] = []

    @property
    def specs(self) -> tuple[str, ...]:
        """The chain as settings keep it."""
        return tuple(entry.spec for entry in self._rows)

    def replace(self, entries: Sequence[ChainEntry]) -> None:
        """Show these legs; rows are updated in place when the chain is the same."""
        new = list(entries)
        if [e.spec for e in new] == [e.spec for e in self._rows]:
            self._rows = new
            if new:
                self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._rows = new
        self.endResetModel()

    def entry(self, row: int) -> ChainEntry | None:
        """The leg in a row, None outside."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def add(self, entry: ChainEntry) -> None:
        """Put a leg at the end, unless it is in the chain already."""
        if entry.spec in self.specs:
            return
        self.beginInsertRows(ROOT, len(self._rows), len(self._rows))
        self._rows.append(entry)
        self.endInsertRows()
        self.edited.emit(self.specs)

    def remove(self, row: int) -> None:
        """Take the leg in a row out."""
        if self.entry(row) is None:
            return
        self.beginRemoveRows(ROOT, row, row)
        del self._rows[row]
        self.endRemoveRows()
        self.edited.emit(self.specs)

    def move(self, row: int, to: int) -> None:
        """Put the leg of `row` where it is row `to` afterwards."""
        if row == to or self.entry(row) is None or self.entry(to) is None:
            return
        # Qt counts the destination before the row is taken out.
        self.beginMoveRows(ROOT, row, row, ROOT, to + 1 if to > row else to)
        self._rows.insert(to, self._rows.pop(row))
        self.endMoveRows()
        self.edited.emit(self.specs)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        entry = self.entry(index.row()) if index.isValid() else None
        if entry is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.name
            case Qt.ItemDataRole.AccessibleTextRole:
                leg = tr("settings.chain.leg", n=index.row() + 1)
                parts = [leg, entry.name, entry.problem or entry.note]
                return tr("settings.comma").join(p for p in parts if p)
            case Qt.ItemDataRole.ToolTipRole:
                return entry.problem or entry.spec
            case _ if role == ENTRY_ROLE:
                return entry
            case _:
                return None
