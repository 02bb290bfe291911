"""A list view whose rows the user puts in another order, by mouse or with Alt+arrow.

Qt's own drag and drop spins an event loop of its own while the mouse is down; this does not.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QListView, QWidget

from ui.theme import Theme


class ReorderView(QListView):
    """`moved(row, to)` asks that `row` be row `to` afterwards; `removed(row)` follows Delete.

    `movable` tells which rows take part: a row stays within them.
    """

    moved = Signal(int, int)
    removed = Signal(int)

    def __init__(self, theme: Theme, movable: Callable[[], range], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._movable = movable
        self._pressed: tuple[int, QPoint] | None = None
        self._gap: int | None = None
        self.setUniformItemSizes(False)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row = self.indexAt(event.position().toPoint()).row()
        if event.button() == Qt.MouseButton.LeftButton and row in self._movable():
            self._pressed = (row, event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        at = event.position().toPoint()
        if self._gap is None and (at - self._pressed[1]).manhattanLength() < QApplication.startDragDistance():
            return
        self._set_gap(self._gap_at(at.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, gap = self._pressed, self._gap
        self._pressed = None
        self._set_gap(None)
        super().mouseReleaseEvent(event)
        if pressed is not None and gap is not None:
            self._emit(pressed[0], gap - 1 if gap > pressed[0] else gap)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Escape if self._gap is not None:
                self._pressed = None
                self._set_gap(None)
            case Qt.Key.Key_Up if alt:
                self._emit(row, row - 1)
            case Qt.Key.Key_Down if alt:
                self._emit(row, row + 1)
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace if row >= 0:
                self.removed.emit(row)
            case _:
                super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap is None:
            return
        painter = QPainter(self.viewport())
        painter.fillRect(
            8, self._y_of(self._gap) - 1, self.viewport().width() - 16, 2, self._theme.color("accent")
        )
        painter.end()

    def _emit(self, row: int, to: int) -> None:
        movable = self._movable()
        if row in movable and to in movable and row != to:
            self.moved.emit(row, to)

    def _set_gap(self, gap: int | None) -> None:
        if gap != self._gap:
            self._gap = gap
            self.viewport().update()

    def _gap_at(self, y: int) -> int:
        rows = self._movable()
        for row in rows:
            if y < self.visualRect(self.model().index(row, 0)).center().y():
                return row
        return rows.stop

    def _y_of(self, gap: int) -> int:
        rows = self._movable()
        if gap in rows:
            return self.visualRect(self.model().index(gap, 0)).top()
        return self.visualRect(self.model().index(rows.stop - 1, 0)).bottom() + 1
