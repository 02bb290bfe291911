"""Lines of one logical pixel that are equally thick wherever they stand, at 125 % and 150 %, too."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter


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
    """Fill one upright or level line between parts of a page: whole pixels of the screen, never
    more than it asks for. So a widget one pixel wide has room for it, and nothing beside it hides a part."""
    to_screen = painter.combinedTransform()
    back, there = to_screen.inverted()
    box = to_screen.mapRect(QRectF(x, y, width, height))
    left, top = math.floor(box.left() + 0.5), math.floor(box.top() + 0.5)
    thick = max(1, math.floor(to_screen.m11()))
    level = width > height
    on_screen = QRectF(left, top, box.width() if level else thick, thick if level else box.height())
    smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(back.mapRect(on_screen) if there else QRectF(x, y, width, height), colour)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
