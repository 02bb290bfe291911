"""The line over an answer that says who gave it: painted once for all answers that say the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from ui.theme import Theme
from ui.transcript.inks import Ink, InkLine, paint_inks

_MOST = 24
"""Lines remembered for a view: a megabyte or two."""

_Key = tuple[tuple[Ink, ...], int, int, float, int]


class Pictures:
    """Painted lines, those asked for last."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._kept: OrderedDict[_Key, QPixmap] = OrderedDict()

    def line(self, inks: Sequence[Ink], size: QSize, ratio: float, ground: QColor) -> QPixmap:
        """The line as a picture of that many logical pixels, on an opaque ground: letters are smoothed
        against it as they are anywhere else."""
        key = tuple(inks), size.width(), size.height(), ratio, ground.rgba()
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = QPixmap(
                max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio))
            )
            found.setDevicePixelRatio(ratio)
            found.fill(ground)
            painter = QPainter(found)
            paint_inks(painter, QRectF(0, 0, size.width(), size.height()), inks, self._theme)
            painter.end()
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found


class HeadLine(InkLine):
    """A line of inks on the transcript's ground."""

    def __init__(self, theme: Theme, pictures: Pictures, parent: QWidget, height: int) -> None:
        super().__init__(theme, parent, height)
        self._pictures = pictures

    def paintEvent(self, event: QPaintEvent) -> None:
        size = QSize(min(self.width(), self.sizeHint().width()), self.height())
        ground = self.palette().color(self.backgroundRole())
        picture = self._pictures.line(self.inks, size, self.devicePixelRatioF(), ground)
        QPainter(self).drawPixmap(0, 0, picture)
