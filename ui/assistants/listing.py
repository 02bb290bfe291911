"""The library as a list: rows, and how they are painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from app.assistants import Listed
from app.i18n import tr
from ui.settings.lists import RowDelegate, has, rect_of

Index = QModelIndex | QPersistentModelIndex
LISTED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ROW = 44
_NOWHERE = QModelIndex()


class AssistantModel(QAbstractListModel):
    """The assistants in their order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Listed] = []

    def replace(self, rows: Sequence[Listed]) -> None:
        """Show these; rows stay rows where only their content changed."""
        same = [one.id for one in rows] == [one.id for one in self.rows]
        if same:
            self.rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def row_of(self, assistant: str) -> int:
        """Where an assistant stands; -1 = nowhere."""
        return next((i for i, one in enumerate(self.rows) if one.id == assistant), -1)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        one = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{one.name}, {origin(one)}"
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return one.note
            case _ if role == LISTED_ROLE:
                return one
            case _:
                return None


def origin(one: Listed) -> str:
    """Where an assistant comes from, in a word."""
    if one.changed:
        return tr("assistants.changed")
    return tr("assistants.shipped" if one.shipped else "assistants.own")


class AssistantDelegate(RowDelegate):
    """Name over one line, the origin at the right, a grip at the left."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        one: Listed = index.data(LISTED_ROLE)
        painter.save()
        rect = QRectF(rect_of(option)).adjusted(4, 1, -4, -1)
        self.ground(painter, option, rect)
        self.grip(painter, rect.left() + 12, rect.center().y())
        word = origin(one)
        painter.setFont(self.theme.font("caption"))
        wide = painter.fontMetrics().horizontalAdvance(word)
        self.text(
            painter,
            QRectF(rect.right() - 12 - wide, rect.top(), wide + 2, rect.height()),
            word,
            "caption",
            "ink-3",
        )
        room = rect.width() - 24 - 12 - wide - 24
        name = "control-bold" if has(option, QStyle.StateFlag.State_Selected) else "control"
        self.text(painter, QRectF(rect.left() + 24, rect.top() + 3, room, 20), one.name, name, "ink")
        self.text(painter, QRectF(rect.left() + 24, rect.top() + 22, room, 17), one.note, "caption", "ink-3")
        painter.restore()
