"""The line over an answer that says who gave it: painted once for all answers that say the same."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.pictures import Pictures
from ui.theme import Theme
from ui.transcript.inks import InkLine, paint_inks

MOST = 24
"""Lines remembered for a view: a megabyte or two."""


class HeadLine(InkLine):
    """A line of inks on the transcript's ground."""

    def __init__(self, theme: Theme, pictures: Pictures, parent: QWidget, height: int) -> None:
        super().__init__(theme, parent, height)
        self._pictures = pictures

    def paintEvent(self, event: QPaintEvent) -> None:
        ground = self.palette().color(self.backgroundRole())

        def paint(painter: QPainter, rect: QRect) -> None:
            painter.fillRect(rect, ground)
            paint_inks(painter, QRectF(rect), self.inks, self._theme)

        size = QSize(min(self.width(), self.sizeHint().width()), self.height())
        if size.isEmpty():
            return
        # A line cut to fit shows what its width decides, so each width has a picture of its own.
        key = tuple(self.inks), size.width(), ground.rgba()
        self._pictures.draw_or_make(QPainter(self), QRect(QPoint(0, 0), size), key, paint)
