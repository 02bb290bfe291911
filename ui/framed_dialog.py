"""A dialog that can be told from the window behind it, whatever draws windows on this desktop."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog

from ui import theme as themes
from ui.hairlines import draw_lines


class FramedDialog(QDialog):
    """Has an edge of its own: some desktops give dialogs none, and light on light has no end then."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        width, height = self.width(), self.height()
        edges = (
            QRectF(0, 0, width, 1),
            QRectF(0, height - 1, width, 1),
            QRectF(0, 0, 1, height),
            QRectF(width - 1, 0, 1, height),
        )
        draw_lines(QPainter(self), edges, themes.current().color("line-strong"))
