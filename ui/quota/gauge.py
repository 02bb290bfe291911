"""The gauge of a grant: what is left, what of it will lapse, and whether it is metered at all."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import Theme

WIDTH, HEIGHT = 216, 10


@dataclass(frozen=True, slots=True)
class Level:
    """`fraction` of the whole that is left (None = nobody knows), `lapsing` the share of the whole that will
    lapse unused; `used_up` = nothing is left."""

    fraction: float | None
    lapsing: float = 0.0
    used_up: bool = False


def paint_gauge(painter: QPainter, rect: QRectF, level: Level, theme: Theme) -> None:
    """Draw a gauge into `rect`."""
    painter.save()
    if level.fraction is None:
        pen = QPen(theme.color("accent"), 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1.5, 1.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right(), rect.center().y()))
        painter.restore()
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    frame = QPainterPath()
    frame.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
    painter.setPen(QPen(theme.color("line-strong"), 1))
    painter.setBrush(theme.color("bg-sunken"))
    painter.drawPath(frame)
    painter.setClipPath(frame)
    width = rect.width() * min(1.0, max(0.0, level.fraction))
    token = "cool-mark" if level.lapsing > 0 else "accent"
    full = QRectF(rect.left(), rect.top(), width, rect.height())
    if 0 < width < 2:
        full.setWidth(2)
    lapsing = min(width, rect.width() * level.lapsing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("parked-mark" if level.used_up else token))
    painter.drawRect(full.adjusted(lapsing, 0, 0, 0))
    if lapsing > 0:
        hatched = QRectF(full.left(), full.top(), lapsing, full.height())
        painter.setClipRect(hatched, Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(theme.color(token), 1.2))
        x = hatched.left() - hatched.height()
        while x < hatched.right():
            painter.drawLine(QPointF(x, hatched.bottom()), QPointF(x + hatched.height(), hatched.top()))
            x += 4
    painter.restore()


class Gauge(QWidget):
    """A gauge alone; its owner says in words what it shows. `whole` = as wide as there is room."""

    def __init__(self, theme: Theme, *, whole: bool = False) -> None:
        super().__init__()
        self._whole = whole
        self._theme = theme
        self._level = Level(None)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_level(self, level: Level) -> None:
        """Show this."""
        if level != self._level:
            self._level = level
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        width = self.width() if self._whole else min(self.width(), WIDTH)
        paint_gauge(QPainter(self), QRectF(0, 0, width, HEIGHT), self._level, self._theme)
