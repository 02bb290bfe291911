"""A line across an answer."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.hairlines import rule
from ui.render.style import RenderStyle


class RulePiece(QWidget):
    """A thematic break: one line; copied as nothing."""

    def __init__(self, style: RenderStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._colour = QColor(style.line)

    def fit(self, width: int) -> int:
        """Nine pixels, the line in their middle."""
        return 9

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, 4, self.width(), 1, self._colour)
