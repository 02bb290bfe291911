"""Selecting text across messages: each piece keeps its own selection, this keeps them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QTextBrowser

from ui.transcript.pieces import TextPiece
from ui.transcript.row import Row

_EDGE_MS = 33
_END = 1 << 30


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in the conversation: message index, piece within it, character within that."""

    index: int
    piece: int
    position: int


class Rows(Protocol):
    """What the selection needs to know of the view."""

    def index_of(self, row: Row) -> int: ...

    def alive(self) -> list[Row]: ...

    def hold(self, row: Row | None) -> None:
        """Keep the row that the mouse was pressed in until it is let go (None)."""
        ...

    def row_near(self, y: int) -> Row | None:
        """The living row nearest to `y` in the viewport."""
        ...

    def edge(self, y: int) -> int:
        """How far `y` is beyond the viewport: negative above, positive below, 0 inside."""
        ...

    def scroll_by(self, pixels: int) -> None: ...

    def to_viewport(self, where: QPoint) -> QPoint:
        """From screen to viewport coordinates."""
        ...


class Selection(QObject):
    """Hears of the mouse from every piece (`Pointer`). `changed` is called when the selection changes."""

    def __init__(self, rows: Callable[[], Rows], parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._anchor: Spot | None = None
        self._head: Spot | None = None
        self._dragging = False
        self._across = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EDGE_MS)
        self._timer.timeout.connect(self._pull)

    def moved_down(self, by: int) -> None:
        """Every message stands `by` further down in the conversation."""
        if self._anchor is not None:
            self._anchor = replace(self._anchor, index=self._anchor.index + by)
        if self._head is not None:
            self._head = replace(self._head, index=self._head.index + by)

    # the mouse

    def pressed(self, piece: QTextBrowser, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return event.button() == Qt.MouseButton.RightButton
        spot = self._spot(piece, event.position().toPoint())
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and self._anchor is not None
        self._dragging = True
        self._rows().hold(self._home(piece)[0])
        if extend:
            self._set_head(spot)
            return True
        self.clear()
        # Qt would drag what is selected, in a loop of its own that a row removed meanwhile does not survive.
        if isinstance(piece, TextPiece):
            piece.deselect()
        self._anchor = self._head = spot
        return False

    def moved(self, piece: QTextBrowser, event: QMouseEvent) -> bool:
        if not self._dragging or not event.buttons() & Qt.MouseButton.LeftButton or self._anchor is None:
            return False
        where = self._rows().to_viewport(event.globalPosition().toPoint())
        if self._rows().edge(where.y()):
            self._timer.start()
        else:
            self._timer.stop()
        spot = self._spot_at(event.globalPosition().toPoint())
        if spot is None:
            return False
        if not self._across and spot.index == self._anchor.index and spot.piece == self._anchor.piece:
            self._head = spot
            return False
        self._across = True
        self._set_head(spot)
        return True

    def released(self, piece: QTextBrowser, event: QMouseEvent) -> bool:
        self._timer.stop()
        was_dragging, self._dragging = self._dragging, False
        self._rows().hold(None)
        if not self._across:
            # A double click selects a word without our seeing it; its press is not told either.
            cursor = piece.textCursor()
            row, ordinal = self._home(piece)
            if row is not None and cursor.hasSelection():
                index = self._rows().index_of(row)
                self._anchor = Spot(index, ordinal, cursor.anchor())
                self._head = Spot(index, ordinal, cursor.position())
        return self._across and was_dragging

    def _pull(self) -> None:
        """The pointer is held beyond an edge: scroll, and select what comes into sight."""
        here = QCursor.pos()
        beyond = self._rows().edge(self._rows().to_viewport(here).y())
        if not beyond or not self._dragging:
            self._timer.stop()
            return
        self._rows().scroll_by(max(-120, min(120, beyond)))
        spot = self._spot_at(here)
        if spot is not None:
            self._across = True
            self._set_head(spot)

    # places

    def _home(self, piece: QTextBrowser) -> tuple[Row | None, int]:
        parent = piece.parentWidget()
        while parent is not None and not isinstance(parent, Row):
            parent = parent.parentWidget()
        if parent is None:
            return None, 0
        return parent, next((n for n, text in enumerate(parent.texts()) if text is piece), 0)

    def _spot(self, piece: QTextBrowser, where: QPoint) -> Spot | None:
        row, ordinal = self._home(piece)
        if row is None:
            return None
        return Spot(self._rows().index_of(row), ordinal, piece.cursorForPosition(where).position())

    def _spot_at(self, where: QPoint) -> Spot | None:
        """The place nearest to a point of the screen."""
        row = self._rows().row_near(self._rows().to_viewport(where).y())
        if row is None:
            return None
        texts = row.texts()
        index = self._rows().index_of(row)
        if not texts:
            return Spot(index, 0, 0)
        inside = row.mapFromGlobal(where)
        best, best_distance = 0, _END
        for i, piece in enumerate(texts):
            top = piece.mapTo(row, QPoint(0, 0)).y()
            distance = max(top - inside.y(), inside.y() - top - piece.height(), 0)
            if distance < best_distance:
                best, best_distance = i, distance
        piece = texts[best]
        return Spot(index, best, piece.cursorForPosition(piece.mapFromGlobal(where)).position())

    # state

    def _set_head(self, spot: Spot | None) -> None:
        self._head = spot
        for row in self._rows().alive():
            self.apply(row)

    @property
    def span(self) -> tuple[Spot, Spot] | None:
        """First and last place; None when nothing is selected."""
        if self._anchor is None or self._head is None or self._anchor == self._head:
            return None
        return min(self._anchor, self._head), max(self._anchor, self._head)

    def clear(self) -> None:
        """Select nothing."""
        if self._across or self.span is not None:
            for row in self._rows().alive():
                for piece in row.texts():
                    piece.deselect()
        self._anchor = self._head = None
        self._across = False

    def select_all(self, count: int) -> None:
        """Select the whole conversation, also what is not on the screen."""
        self._anchor, self._across = Spot(0, 0, 0), True
        self._set_head(Spot(max(0, count - 1), _END, _END))

    def apply(self, row: Row) -> None:
        """Give a row its share of the selection; one within a piece is Qt's while the mouse is held."""
        if self._anchor is None or self._head is None:
            return
        if not self._across and (self._dragging or self._anchor == self._head):
            return
        low, high = min(self._anchor, self._head), max(self._anchor, self._head)
        index = self._rows().index_of(row)
        for i, piece in enumerate(row.texts()):
            start = max(low, Spot(index, i, 0))
            end = min(high, Spot(index, i, _END))
            if start >= end:
                piece.deselect()
                continue
            piece.select(start.position, end.position)
