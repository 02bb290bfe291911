"""A field for a whole number, with chevrons to count."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QCursor,
    QEnterEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox, QWidget

from ui import theme as themes
from ui.icons import paint_icon

_STEPPER = 22
"""Pixels at the right that belong to the chevrons."""
_BEFORE, _BETWEEN = 400, 70
"""Milliseconds until a held chevron counts on, and from one step to the next."""


class Number(QSpinBox):
    """A whole number that the wheel leaves alone unless the field has the focus. Two chevrons at its right
    count up and down, faster while they are held; the arrow keys do the same."""

    def __init__(self, low: int, high: int, suffix: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setSuffix(suffix)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedWidth(92)
        self._step = 0
        self._pace = QTimer(self)
        self._pace.timeout.connect(self._again)
        # The field inside must not get a frame of its own from the application's style sheet.
        self.lineEdit().setProperty("flat", True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place()

    def _place(self) -> None:
        """Without buttons, a box with a style sheet leaves its field one pixel."""
        self.lineEdit().setGeometry(self.rect().adjusted(10, 2, -_STEPPER, -2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = QKeySequence.StandardKey
        field = self.lineEdit()
        typed = field.isUndoAvailable() and field.text() != self.textFromValue(self.value()) + self.suffix()
        if (event.matches(keys.Undo) or event.matches(keys.Redo)) and not typed:
            # What was typed is in force already: the key takes back the setting.
            event.ignore()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme, painter = themes.current(), QPainter(self)
        x, middle = self.width() - _STEPPER + 3.0, self.height() / 2
        here = self.mapFromGlobal(QCursor.pos())
        for step, name, top in ((1, "chevron-up", middle - 11), (-1, "chevron-down", middle)):
            over = self.underMouse() and self._step_at(here) == step
            token = "ink-off" if not self._possible(step) else "ink" if over else "ink-3"
            paint_icon(painter, QRectF(x, top, 12, 11), name, theme, token, 10)

    def _possible(self, step: int) -> bool:
        return self.isEnabled() and self.minimum() <= self.value() + step <= self.maximum()

    def _step_at(self, where: QPoint) -> int:
        """1 over the upper chevron, -1 over the lower one, else 0."""
        if where.x() < self.width() - _STEPPER or not self.rect().contains(where):
            return 0
        return 1 if where.y() < self.height() / 2 else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._step = self._step_at(event.position().toPoint())
        if not self._step or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.stepBy(self._step)
        self._pace.start(_BEFORE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pace.stop()
        super().mouseReleaseEvent(event)

    def _again(self) -> None:
        self._pace.setInterval(_BETWEEN)
        self.stepBy(self._step)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pace.stop()
        self.update()
