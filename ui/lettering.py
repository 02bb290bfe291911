"""One line of text where the eye expects it: Chinese and Latin of a row on one baseline."""

from __future__ import annotations

from math import ceil
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter

Side = Literal["left", "right", "centre"]


def draw_line(painter: QPainter, box: QRect | QRectF, text: str, side: Side = "left") -> None:
    """Draw one line with the painter's font, in the middle of the height of `box`; nothing is cut.

    `QPainter.drawText` into a box centres the line by the tallest font in it: a title with one Chinese
    character would stand a pixel lower than the Latin time beside it. Here the font asked for decides, for
    all texts alike.
    """
    metrics = painter.fontMetrics()
    # Upwards: 12 and 13 px side by side stand on one line then, and ideographs in the middle.
    baseline = ceil(box.y() + box.height() / 2 + (metrics.ascent() - metrics.descent()) / 2)
    x = float(box.x())
    if side != "left":
        rest = box.width() - metrics.horizontalAdvance(text)
        x += rest if side == "right" else rest / 2
    painter.drawText(QPointF(x, baseline), text.replace("\n", " "))
