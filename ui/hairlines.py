"""Lines of one logical pixel that are equally thick wherever they stand, at 125 % and 150 %, too."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget


def draw_lines(painter: QPainter, lines: Iterable[QRectF], colour: QColor) -> None:
    """Fill upright or level rectangles one logical pixel thick, moved onto the pixels of the screen.

    Left to Qt, such a line is one pixel of the screen thick at one place and two at the next. What lies under
    a line is covered wholly.
    """
    to_screen = painter.combinedTransform()
    back, there = to_screen.inverted()
    thick = math.ceil(to_screen.m11())
    for line in lines:
        box = to_screen.mapRect(line)
        left, top = math.floor(box.left()), math.floor(box.top())
        if line.width() > line.height():
            right, bottom = max(left + thick, math.ceil(box.right())), top + thick
        else:
            right, bottom = left + thick, max(top + thick, math.ceil(box.bottom()))
        on_screen = QRectF(left, top, right - left, bottom - top)
        painter.fillRect(back.mapRect(on_screen) if there else line, colour)


def rule(painter: QPainter, x: float, y: float, width: float, height: float, colour: QColor) -> None:
    """Fill one upright or level line between parts of a page: as thin as the screen's pixels allow, since the
    rounded borders beside it are no thicker than they need to be."""
    to_screen = painter.combinedTransform()
    back, there = to_screen.inverted()
    box = to_screen.mapRect(QRectF(x, y, width, height))
    left, top = math.floor(box.left() + 0.5), math.floor(box.top() + 0.5)
    thick = max(1, math.ceil(to_screen.m11() - 0.5))
    level = width > height
    on_screen = QRectF(left, top, box.width() if level else thick, thick if level else box.height())
    smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(back.mapRect(on_screen) if there else QRectF(x, y, width, height), colour)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)


def room_for_line(widget: QWidget) -> int:
    """Logical pixels that a line needs for itself. Where such a pixel is none of the screen's, a widget
    beside the line, or one as thick as the line, would hide a part of it."""
    return 1 if widget.devicePixelRatioF().is_integer() else 2
