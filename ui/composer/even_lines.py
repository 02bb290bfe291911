"""Lines of one height with the base line at one place, whatever is written in them.

A Chinese font reaches further up than the Latin one that stands before it: with its first Chinese letter a
line would move down, and all below it.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QTextBlock, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextDocumentLayout

_BOTH = "中Ag"


def measured(font: QFont) -> tuple[float, float]:
    """How far a line with both kinds of letters reaches above its base line, and its whole height."""
    layout = QTextLayout(_BOTH, font)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    return line.ascent(), float(math.ceil(line.height()))


class EvenLines(QPlainTextDocumentLayout):
    """Lays out as Qt does, then moves the lines of each block to their places."""

    def __init__(self, document: QTextDocument, font: QFont) -> None:
        super().__init__(document)
        self._ascent, self._height = measured(font)

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:  # noqa: N802 - Qt's spelling
        found = super().blockBoundingRect(block)
        layout = block.layout()
        count = layout.lineCount()
        if not block.isVisible() or not count:
            return found
        # Qt lays a block out from the top: the last line tells whether it did since.
        for number in range(count - 1, -1, -1):
            line = layout.lineAt(number)
            y = number * self._height + self._ascent - line.ascent()
            if number == count - 1 and line.y() == y:
                break
            line.setPosition(QPointF(line.x(), y))
        return QRectF(found.x(), found.y(), found.width(), count * self._height)
