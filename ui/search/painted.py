"""Rows of results painted ahead, a few at a time: showing a new answer costs its frame next to nothing.

A row with new words is shaped, cut and marked, and its characters are drawn for the first time. Twenty such
rows take longer than a frame, and a new answer brings twenty with every key that is typed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter

from ui.pictures import Pictures
from ui.search.rows import Row

Ground = Literal["plain", "select", "hover"]
"""What lies behind a row."""

SLICE = 0.004
"""Seconds of painting ahead at a stretch."""

MOST = 40
"""Rows whose pictures are kept: more than a tall window shows."""


class PaintedRows:
    """`paint` paints one row into a rectangle, `height` is what it needs, `colour` what the list is filled
    with. Rows that were not painted ahead are painted when they are drawn."""

    def __init__(
        self,
        paint: Callable[[QPainter, QRect, Row, Ground], None],
        height: Callable[[Row], int],
        colour: QColor,
    ) -> None:
        self._paint = paint
        self._height = height
        self._pictures = Pictures(MOST, colour)

    def make(self, rows: Sequence[tuple[Row, Ground]], top: int, size: QSize, ratio: float) -> Iterator[None]:
        """Paint what will be seen of `rows` at `size` when scrolled to `top` pixels; a turn a slice."""
        end = time.perf_counter() + SLICE
        y = -top
        for row, ground in rows:
            height = self._height(row)
            if y >= size.height():
                break
            box = QSize(size.width(), height)
            if y + height > 0 and not self._pictures.has((row, ground), box, ratio):
                if time.perf_counter() >= end:
                    yield
                    end = time.perf_counter() + SLICE
                self._pictures.make((row, ground), box, ratio, partial(self._painted, row, ground))
            y += height

    def _painted(self, row: Row, ground: Ground, painter: QPainter, rect: QRect) -> None:
        self._paint(painter, rect, row, ground)

    def draw(self, painter: QPainter, rect: QRect, row: Row, ground: Ground) -> None:
        """Draw a row, which was best painted ahead."""
        if not self._pictures.draw(painter, rect, (row, ground)):
            self._paint(painter, rect, row, ground)
