"""The marks of lists: small ones in the middle of small letters and ideographs alike.

Qt draws discs a third of a line thick, at a place that suits no script. So the renderer asks Qt for none and
says by `PREFIX` in the list's format that there are to be some.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTextDocument, QTextListFormat

from ui.render.style import BULLET

_UP = 0.33
"""The middle over the baseline, in em: between that of small letters (0.27) and that of ideographs (0.38)."""
_BEFORE = 0.8
_RADIUS = 0.15


class Bullet(NamedTuple):
    """A mark before a block, by its number; `level` 1 = not within another list."""

    block: int
    level: int


def bullets_of(document: QTextDocument) -> list[Bullet]:
    """The blocks that a mark is to stand before."""
    found: list[Bullet] = []
    levels: dict[int, int] = {}
    block = document.begin()
    number = 0
    while block.isValid():
        key = block.blockFormat().objectIndex()
        if key >= 0:
            if key not in levels:
                inside = block.textList()
                shape = inside.format() if inside is not None else QTextListFormat()
                levels[key] = shape.indent() if shape.numberPrefix() == BULLET else 0
            if levels[key]:
                found.append(Bullet(number, levels[key]))
        block = block.next()
        number += 1
    return found


def paint_bullets(
    painter: QPainter, document: QTextDocument, bullets: Iterable[Bullet], seen: QRectF, colour: QColor
) -> None:
    """Draw those that `seen`, in the document's coordinates, has a part of: a disc, within lists a ring."""
    layout = document.documentLayout()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for one in bullets:
        block = document.findBlockByNumber(one.block)
        box = layout.blockBoundingRect(block)
        if box.bottom() + box.height() < seen.top():
            continue
        if box.top() > seen.bottom():
            break
        inside = block.layout()
        if not inside.lineCount():
            continue
        line = inside.lineAt(0)
        em = document.defaultFont().pixelSize()
        # The box begins where the block does, which its lines count from; it is not put around them.
        origin = box.topLeft()
        words = line.naturalTextRect()
        if block.textDirection() == Qt.LayoutDirection.RightToLeft:
            x = origin.x() + words.right() + _BEFORE * em
        else:
            x = origin.x() + words.left() - _BEFORE * em
        middle = QPointF(x, origin.y() + line.y() + line.ascent() - _UP * em)
        if one.level % 2:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
        else:
            painter.setPen(QPen(colour, 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, _RADIUS * em, _RADIUS * em)
