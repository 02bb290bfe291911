"""Putting the legs of the relay strip in another order with the mouse.

Qt's own drag and drop spins an event loop of its own while the mouse is down; this does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from ui.leg_button import LegButton
from ui.theme import Theme


class LegDrag(QObject):
    """Watches the legs' buttons. Signals: `moved(leg_id, places)`, `changed` when the mark is elsewhere.

    `legs` gives every leg in order, hidden ones too; `allowed` says whether the order can be changed now.
    """

    moved = Signal(str, int)
    changed = Signal()

    def __init__(
        self, legs: Callable[[], Sequence[LegButton]], allowed: Callable[[], bool], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._legs = legs
        self._allowed = allowed
        self._pressed: tuple[LegButton, str, QPoint] | None = None
        self._gap: int | None = None

    @property
    def dragging(self) -> bool:
        """Whether a leg is on its way."""
        return self._gap is not None

    def watch(self, leg: LegButton) -> None:
        """Let this leg be dragged."""
        leg.installEventFilter(self)

    def paint(self, painter: QPainter, theme: Theme, height: int) -> None:
        """Draw the insertion mark."""
        if self._gap is None:
            return
        shown = [leg for leg in self._legs() if not leg.isHidden()]
        before = self._legs()[self._gap :]
        at = next((leg.x() for leg in before if leg in shown), None)
        x = shown[-1].geometry().right() + 1 if at is None and shown else at or 0
        painter.fillRect(max(0, x - 1), 2, 3, height - 4, theme.color("accent"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(watched, LegButton):
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress:
                assert isinstance(event, QMouseEvent)
                if event.button() == Qt.MouseButton.LeftButton and self._allowed():
                    self._pressed = (watched, watched.leg_id, event.position().toPoint())
            case QEvent.Type.MouseMove:
                assert isinstance(event, QMouseEvent)
                return self._move(watched, event.position().toPoint())
            case QEvent.Type.MouseButtonRelease:
                return self._release()
            case QEvent.Type.KeyPress:
                assert isinstance(event, QKeyEvent)
                if event.key() == Qt.Key.Key_Escape and self.dragging:
                    self._end()
                    return True
            case QEvent.Type.Hide:
                self._end()
            case _:
                pass
        return False

    def _move(self, leg: LegButton, at: QPoint) -> bool:
        if self._pressed is None or self._pressed[0] is not leg:
            return False
        if self._pressed[1] != leg.leg_id:
            # The chain was changed meanwhile, and the button stands for another leg now.
            self._end()
            return True
        if not self.dragging:
            if (at - self._pressed[2]).manhattanLength() < QApplication.startDragDistance():
                return True
            leg.setDown(False)
            leg.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._set_gap(self._gap_at(leg.x() + at.x()))
        return True

    def _release(self) -> bool:
        pressed, gap = self._pressed, self._gap
        self._end()
        if pressed is None or gap is None:
            return False
        legs = list(self._legs())
        if pressed[0] in legs and pressed[0].leg_id == pressed[1]:
            row = legs.index(pressed[0])
            places = (gap - 1 if gap > row else gap) - row
            if places:
                self.moved.emit(pressed[0].leg_id, places)
        return True

    def _end(self) -> None:
        if self._pressed is not None:
            self._pressed[0].unsetCursor()
        self._pressed = None
        self._set_gap(None)

    def _set_gap(self, gap: int | None) -> None:
        if gap != self._gap:
            self._gap = gap
            self.changed.emit()

    def _gap_at(self, x: int) -> int:
        legs = self._legs()
        last = 0
        for n, leg in enumerate(legs):
            if leg.isHidden():
                continue
            if x < leg.geometry().center().x():
                return n
            last = n + 1
        return last
