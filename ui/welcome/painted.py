"""What the first-run page draws itself: the program's icon, the spend guard's sign, the bar at the foot."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.hairlines import rule
from ui.icons import app_icon, paint_icon
from ui.theme import Theme


class Logo(QWidget):
    """The program's icon beside the title."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(34, 36)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        app_icon().paint(painter, 0, 1, 34, 34)
        painter.end()


class Shield(QWidget):
    """The spend guard's sign."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(16, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, QRectF(self.rect()), "shield-check", self._theme, "accent")
        painter.end()


class Foot(QWidget):
    """The bar at the page's foot with a line above it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rule(painter, 0, 0, self.width(), 1, self._theme.color("line"))
        painter.end()
