"""Pictures of rows that were painted before, so that painting them again costs next to nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

Paint = Callable[[QPainter, QRect], object]


class Pictures:
    """Keeps the `most` pictures used last, each under all that decides what it shows; `ground` fills what is
    not painted. Rows whose edges lie between two dots of the screen have none and are painted as ever."""

    def __init__(self, most: int, ground: QColor) -> None:
        self._most = most
        self._ground = ground
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()

    def has(self, key: Hashable, size: QSize, ratio: float) -> bool:
        """Whether there is a picture of this size for a screen with so many dots a pixel."""
        made = self._kept.get(key)
        return made is not None and made.devicePixelRatio() == ratio and made.size() == size * ratio

    def make(self, key: Hashable, size: QSize, ratio: float, paint: Paint) -> None:
        """Take a picture."""
        if not (size.height() * ratio).is_integer():
            return
        made = QPixmap(size * ratio)
        made.setDevicePixelRatio(ratio)
        # Filled, so that letters are smoothed as they are on the list itself.
        made.fill(self._ground)
        painter = QPainter(made)
        paint(painter, QRect(QPoint(0, 0), size))
        painter.end()
        self._kept[key] = made
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def draw(self, painter: QPainter, rect: QRect, key: Hashable) -> bool:
        """Draw the picture if there is one that fits."""
        device = painter.device()
        if device is None or not self.has(key, rect.size(), device.devicePixelRatio()):
            return False
        self._kept.move_to_end(key)
        painter.drawPixmap(rect.topLeft(), self._kept[key])
        return True

    def draw_or_make(self, painter: QPainter, rect: QRect, key: Hashable, paint: Paint) -> None:
        """Draw the picture; take it first if there is none."""
        if self.draw(painter, rect, key):
            return
        device = painter.device()
        if device is not None:
            self.make(key, rect.size(), device.devicePixelRatio(), paint)
        if not self.draw(painter, rect, key):
            paint(painter, rect)
