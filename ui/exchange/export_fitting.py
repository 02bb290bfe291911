"""Tables and code made smaller where they are wider than paper, as nothing scrolls there: words stay whole as
long as the letters can still be read."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextDocument, QTextOption

CODE = 12
"""Pixels of code's letters on paper."""

_LEAST = 8
"""Pixels of letters that can just be read."""

_MANY = 6
"""Columns that are narrow by their number."""

_SIZES = re.compile(r"(font-size|line-height):(\d+)px")
_CELL = 12
_PADDING = re.compile(rf"padding:2px {_CELL}px")


class Fitting:
    """Measures in one font, without hinting, as paper is laid out."""

    def __init__(self, font: QFont, mono: QFont) -> None:
        self._font = font
        self._mono = QFont(mono)
        self._mono.setPixelSize(CODE)
        self._metrics = QFontMetricsF(self._mono)

    def code(self, text: str, width: float) -> int:
        """The pixels of letters at which no line of this code is wider than `width`, if that can be read;
        else the usual ones, as it has to be wrapped anyway."""
        lines = text.expandtabs(8).split("\n")
        # The widest by its letters' cells, of which a Chinese one has two: few lines need measuring.
        widest = sorted(lines, key=lambda line: len(line.encode("gb18030", "replace")))[-3:]
        needed = max(self._metrics.horizontalAdvance(line) for line in widest)
        if needed <= width:
            return CODE
        size = int(CODE * width / needed)
        return size if size >= _LEAST else CODE

    def table(self, html: str, columns: int, width: float) -> str:
        """A table with letters and padding as small as it takes to break no word, and no smaller than can be
        read; sentences take several lines in any case. In few columns it is one long word that is too wide,
        and smaller letters would help nobody."""
        needed = self._width_of(html)
        if needed <= width:
            return html
        sizes = [int(found[2]) for found in _SIZES.finditer(html) if found[1] == "font-size"]
        least = _LEAST / min(sizes, default=_LEAST)
        # Padding and letters shrink alike, but each to whole pixels: what was measured counts.
        share = min(1.0, width / needed)
        made = html
        while share >= least:
            made = _scaled(html, share)
            if self._width_of(made) <= width:
                return made
            share -= 0.04
        return _scaled(html, least) if columns >= _MANY else html

    def _width_of(self, html: str) -> float:
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setUseDesignMetrics(True)
        document.setDocumentMargin(0)
        document.setDefaultFont(self._font)
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        document.setDefaultTextOption(option)
        document.setHtml(html)
        # The room that it takes although it has none: its longest words'.
        document.setTextWidth(1)
        return document.size().width()


def _scaled(html: str, share: float) -> str:
    smaller = _SIZES.sub(lambda found: f"{found[1]}:{max(1, int(int(found[2]) * share))}px", html)
    return _PADDING.sub(f"padding:2px {max(3, int(_CELL * share))}px", smaller)
