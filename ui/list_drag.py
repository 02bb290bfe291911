"""Dragging rows of the conversation list into folders, by mouse.

Qt's own drag and drop spins an event loop of its own while the mouse is down; this does not.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QApplication, QListView

from app.i18n import tr
from ui.models.conversations import FOLDER_ROLE, HEADING_ROLE, ID_ROLE, PINNED_ROLE, WITHIN_ROLE
from ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex
_EDGE = 28
_STEP = 12


class RowDrag:
    """One drag after another. `carried` gives what a press on a row takes along; `drop(ids, folder)`."""

    def __init__(
        self,
        view: QListView,
        theme: Theme,
        carried: Callable[[str], list[str]],
        drop: Callable[[list[str], str | None], None],
    ) -> None:
        self._view = view
        self._theme = theme
        self._carried = carried
        self._drop = drop
        self._pressed: tuple[str, QPoint] | None = None
        self._ids: list[str] = []
        self._at = QPoint()
        self._scroll = QTimer(view)
        self._scroll.setInterval(30)
        self._scroll.timeout.connect(self._creep)

    @property
    def active(self) -> bool:
        """Whether something is on its way."""
        return bool(self._ids)

    def press(self, conversation: str, at: QPoint) -> None:
        """The left button went down on a row."""
        self._pressed = (conversation, at)

    def move(self, at: QPoint) -> bool:
        """The mouse moved with the button down; whether that is a drag."""
        if self._pressed is None:
            return False
        if not self.active:
            if (at - self._pressed[1]).manhattanLength() < QApplication.startDragDistance():
                return False
            self._ids = self._carried(self._pressed[0])
            self._view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self._at = at
        edge = at.y() < _EDGE or at.y() > self._view.viewport().height() - _EDGE
        if edge != self._scroll.isActive():
            (self._scroll.start if edge else self._scroll.stop)()
        self._view.viewport().update()
        return True

    def release(self) -> bool:
        """The button went up; whether that ended a drag."""
        ids, target = self._ids, self.target()
        self.end()
        if ids and target is not None:
            self._drop(ids, target[0])
        return bool(ids)

    def end(self) -> None:
        """Give up."""
        if self.active:
            self._view.viewport().unsetCursor()
            self._view.viewport().update()
        self._scroll.stop()
        self._pressed = None
        self._ids = []

    def target(self) -> tuple[str | None] | None:
        """The folder under the mouse (None inside the pair: out of any); None = nothing can be dropped."""
        if not self.active or not self._view.viewport().rect().contains(self._at):
            return None
        index = self._view.indexAt(self._at)
        if not index.isValid():
            return (None,)
        folder = index.data(FOLDER_ROLE) or index.data(WITHIN_ROLE)
        if folder:
            return (folder,)
        return None if index.data(PINNED_ROLE) or (index.data(HEADING_ROLE) and index.row() == 0) else (None,)

    def paint(self, painter: QPainter) -> None:
        """Frame what would take the rows, and tell beside the mouse how many they are."""
        if not self.active:
            return
        theme, view = self._theme, self._view
        target = self.target()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if target is not None and target[0] is not None:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            area = QRectF(view.visualRect(self._heading(target[0])))
            painter.drawRoundedRect(area.adjusted(9, 1, -9, -1), 6, 6)
        text = tr("sidebar.carried", n=len(self._ids))
        if target is not None:
            name = target[0]
            text = tr("sidebar.carried.into", n=len(self._ids), name=name) if name else text
        painter.setFont(theme.font("caption"))
        room = view.viewport().width() - 16
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room - 20)
        width = painter.fontMetrics().horizontalAdvance(text) + 20
        x = min(max(8, self._at.x() + 12), room + 8 - width)
        y = min(self._at.y() + 14, view.viewport().height() - 30)
        painter.setPen(QPen(theme.color("line-strong"), 1))
        painter.setBrush(theme.color("bg-page"))
        box = QRectF(x + 0.5, y + 0.5, width, 24)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(theme.color("ink"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _heading(self, folder: str) -> QModelIndex:
        index = self._view.indexAt(self._at)
        while index.isValid() and index.data(FOLDER_ROLE) != folder:
            index = index.siblingAtRow(index.row() - 1) if index.row() else QModelIndex()
        return index

    def _creep(self) -> None:
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + (-_STEP if self._at.y() < _EDGE else _STEP))
        self._view.viewport().update()


def carries(index: _Index) -> str | None:
    """The conversation that a press on a row would carry."""
    return index.data(ID_ROLE) if index.isValid() else None
