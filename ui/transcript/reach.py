"""What the selection asks of the transcript (`selection.Rows`): which rows there are and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from ui.transcript.row import Row

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView


class Reach:
    """The view as far as the selection reaches into it."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view

    def index_of(self, row: Row) -> int:
        """The row's place in the conversation."""
        return self._view.index_of(row)

    def alive(self) -> list[Row]:
        """The rows that exist."""
        return self._view.window_.rows

    def hold(self, row: Row | None) -> None:
        """Keep the row that the mouse was pressed in until it is let go (None)."""
        self._view.window_.hold(row)

    def row_near(self, y: int) -> Row | None:
        """The living row nearest to `y` in the viewport."""
        view, window = self._view, self._view.window_
        if not window.rows:
            return None
        return window.rows[max(0, min(len(window.rows) - 1, view.index_at(y) - window.first))]

    def edge(self, y: int) -> int:
        """How far `y` is beyond the viewport: negative above, positive below, 0 inside."""
        return y if y < 0 else max(0, y - self._view.viewport().height())

    def scroll_by(self, pixels: int) -> None:
        """Scroll as a reader would."""
        self._view.scroll_by(pixels)

    def to_viewport(self, where: QPoint) -> QPoint:
        """From screen to viewport coordinates."""
        return self._view.viewport().mapFromGlobal(where)
