"""What a new conversation shows: one question, one line, nothing drawn."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.lettering import draw_line
from ui.theme import Theme


class EmptyState(QWidget):
    """`heading` 13/600 over `line` 12, in the middle or `set_lift` pixels above it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.heading = tr("transcript.empty")
        self.line = tr("transcript.empty_more")
        self._lift = 0
        self.setAccessibleName(f"{self.heading} {self.line}")

    def set_lift(self, pixels: int) -> None:
        """Make room below the words."""
        if pixels != self._lift:
            self._lift = pixels
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        middle = self.height() / 2 - self._lift
        for y, use, token, text in (
            (middle - 22, "control-bold", "ink", self.heading),
            (middle + 2, "caption", "ink-3", self.line),
        ):
            painter.setFont(self._theme.font(use))
            painter.setPen(self._theme.color(token))
            draw_line(painter, QRectF(0, y, self.width(), 20), text, "centre")
