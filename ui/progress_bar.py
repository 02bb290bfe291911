"""How far something is, in the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar

from ui.theme import Theme


class ProgressBar(QProgressBar):
    """A thin bar without words; `name` is what a screen reader calls it."""

    def __init__(self, theme: Theme, name: str, most: int = 100) -> None:
        super().__init__()
        self._theme = theme
        self.setRange(0, most)
        self.setTextVisible(False)
        self.setFixedHeight(6)
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(whole, 3, 3)
        done = whole.width() * self.value() / max(1, self.maximum())
        if done > 0:
            painter.setBrush(self._theme.color("accent"))
            painter.drawRoundedRect(QRectF(0, 0, max(done, 6), whole.height()), 3, 3)
        painter.end()
