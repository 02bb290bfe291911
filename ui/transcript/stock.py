"""Pieces that are there before they are wanted: making one takes some milliseconds of a frame."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.transcript.code_piece import CodePiece
from ui.transcript.context import Context
from ui.transcript.pieces import TextPiece


class Stock:
    """Pieces of prose and code for one part of an answer, hidden. `waits` is what code calls that waits for
    its colours."""

    def __init__(self, context: Context, parent: QWidget, waits: Callable[[CodePiece], None]) -> None:
        self._context = context
        self._parent = parent
        self._waits = waits
        self._texts: list[TextPiece] = []
        self._code: CodePiece | None = None

    def text(self) -> TextPiece:
        """A piece for prose."""
        return self._texts.pop() if self._texts else TextPiece(self._context, self._parent)

    def code(self) -> CodePiece:
        """A piece for code."""
        piece, self._code = self._code, None
        return piece or CodePiece(self._context, self._parent, self._waits)

    def keep(self, piece: TextPiece) -> None:
        """Take prose back that is wanted no more, to be filled again."""
        piece.hide()
        piece.forget()
        self._texts.append(piece)

    def prepare(self) -> None:
        """Make one piece that growing text will want."""
        if not self._texts:
            self._texts.append(TextPiece(self._context, self._parent))
            self._texts[-1].ensurePolished()
        elif self._code is None:
            self._code = CodePiece(self._context, self._parent, self._waits)
            self._code.ensurePolished()

    def close(self) -> None:
        """Nothing will grow any more: code is not filled again."""
        if self._code is not None:
            self._code.deleteLater()
            self._code = None
