"""Plain text as a column of pieces, a slice at a time: questions and thinking, however long."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtWidgets import QWidget

from ui.transcript.context import Context
from ui.transcript.pieces import TextPiece

_CHUNK = 1_500


def chunks(text: str) -> list[str]:
    """Cut text at line ends into parts of about `_CHUNK` characters; a long line is cut inside."""
    out: list[str] = []
    at = 0
    while len(text) - at > _CHUNK:
        end = text.rfind("\n", at + _CHUNK // 2, at + _CHUNK)
        if end < 0:
            end = at + _CHUNK
            if "\ud800" <= text[end - 1] <= "\udbff":
                end += 1
            out.append(text[at:end])
            at = end
        else:
            out.append(text[at:end])
            at = end + 1
    out.append(text[at:])
    return out


class PlainColumn(QWidget):
    """Shows text exactly as it was written. `step` builds the next piece."""

    def __init__(self, context: Context, parent: QWidget, use: str, token: str, line_height: int) -> None:
        super().__init__(parent)
        self._context = context
        self._use, self._token, self._line_height = use, token, line_height
        self._chunks: list[str] = []
        self.pieces: list[TextPiece] = []
        self.natural_width = 0

    def set_text(self, text: str) -> None:
        """Show this text; pieces whose text stays are left alone."""
        fresh = chunks(text)
        same = 0
        for old, new in zip(self._chunks, fresh, strict=False):
            if old != new:
                break
            same += 1
        self._chunks = fresh
        if same < len(self.pieces) and same < len(fresh):
            self._fill(same)
            same += 1
        for piece in self.pieces[same:]:
            piece.hide()
            piece.deleteLater()
        del self.pieces[same:]

    @property
    def busy(self) -> bool:
        """Whether there is more to build."""
        return len(self.pieces) < len(self._chunks)

    def step(self) -> None:
        """Build one more piece."""
        if self.busy:
            piece = TextPiece(self._context, self, use=self._use, token=self._token)
            self.pieces.append(piece)
            self._fill(len(self.pieces) - 1)
            piece.show()

    def _fill(self, index: int) -> None:
        text = escape(self._chunks[index])
        style = f"margin-top:0;margin-bottom:0;white-space:pre-wrap;line-height:{self._line_height}px"
        self.pieces[index].set_html(f'<p style="{style}">{text}</p>')

    def fit(self, width: int) -> int:
        """Lay out in this width; returns the height. `natural_width` is then what the text really uses."""
        y = 0
        natural = 1.0
        for piece in self.pieces:
            height = max(piece.fit(width), self._line_height)
            natural = max(natural, piece.document().idealWidth())
            piece.setGeometry(0, y, width, height)
            y += height
        self.natural_width = math.ceil(natural) + 1
        return max(y, self._line_height)
