"""The text of an answer as a column of pieces: rendered in slices, extended while it streams.

Blocks are grouped into pieces by a rule that looks only backwards, so that a streamed answer and one read
from disk end as the same pieces. A seam splits the text; each part is rendered for itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.render.stream import BlockStream, Update
from ui.transcript.code_piece import CodePiece
from ui.transcript.context import Context
from ui.transcript.grouping import grouped, is_full
from ui.transcript.pieces import LIST_INDENT, TablePiece, TextPiece
from ui.transcript.rule_piece import RulePiece
from ui.transcript.stock import Stock

if TYPE_CHECKING:
    from ui.render.markdown import Block

Piece = TextPiece | CodePiece | RulePiece

_LONG = 0.0015
"""Seconds of work on a growing answer after which the rest of it waits for the turn that follows."""

_WORTH = 6
"""Pieces of a part that is kept: few are quickly hidden, and hold little."""

_QUOTE_INSET = 14
_INNER = 40
"""Pixels that Qt sets a quotation within something in."""
_NARROWEST_CODE = 240


class Part(QWidget):
    """One stretch of an answer between seams. `opener` is the fence the stretch before left open."""

    def __init__(self, context: Context, parent: QWidget, opener: str = "") -> None:
        super().__init__(parent)
        # What has grown paints only what is new; `fit` sees to the lines beside quotations.
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self._context = context
        self._stream = BlockStream(context.markdown)
        self._opener = opener
        self._source: list[str] = []
        self.pieces: list[Piece] = []
        self._kinds: list[str] = []
        self._frozen = 0
        self._final: list[Block] = []
        self._joined: list[int | None] = []
        self._insets: list[int] = []
        self._quoted: list[bool] = []
        self._had_quotes = False
        self._fitted: list[int] = []
        self._dirty = 0
        self._width = 0
        self._caret = False
        self._ended = False
        self._end_asked = False
        self._last: Block | None = None
        self._plain_code: list[CodePiece] = []
        self._caret_in: TextPiece | None = None
        self.stock = Stock(context, self, self._uncoloured)
        self._leaving: list[Piece] = []
        self._parsed: Update | None = None
        self.total = 0
        if opener:
            self._stream.push(opener)

    def push(self, text: str) -> None:
        """Take more text; nothing is rendered yet."""
        self._source.append(text)
        self._stream.push(text)

    @property
    def reusable(self) -> bool:
        """Whether it is small and whole, and worth keeping for another text."""
        return not self.busy and not self._opener and len(self.pieces) <= _WORTH

    def restart(self) -> None:
        """Show nothing, to take another text. Pieces of prose are kept to be filled again."""
        for piece, kind in zip(self.pieces, self._kinds, strict=True):
            if isinstance(piece, TextPiece) and kind == "prose" and not piece.has_formulas:
                self.stock.keep(piece)
            else:
                piece.hide()
                piece.deleteLater()
        for kept in (self.pieces, self._kinds, self._fitted, self._joined, self._insets, self._quoted):
            kept.clear()
        for waiting in (self._source, self._final, self._plain_code):
            waiting.clear()
        self._stream = BlockStream(self._context.markdown)
        self._frozen = self._dirty = self._width = self.total = 0
        self._ended = self._end_asked = self._caret = False
        self._last = self._caret_in = self._parsed = None

    @property
    def text(self) -> str:
        """All text pushed so far."""
        if len(self._source) > 1:
            self._source = ["".join(self._source)]
        return self._source[0] if self._source else ""

    @property
    def open_fence(self) -> str:
        """The opening line of the fence this part ends in, if it does."""
        block = self._last
        if block is None or block.kind != "code" or block.closed or block.indent or block.quoted:
            return ""
        return f"{block.markup}{block.language}\n" if block.markup else ""

    def end(self) -> None:
        """No more text will come."""
        self._end_asked = True
        self.stock.close()

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""
        unshown = self._stream.behind or self._end_asked != self._ended or (self._ended and bool(self._final))
        return unshown or self.colouring

    @property
    def colouring(self) -> bool:
        """Whether code is waiting to be inserted or coloured; true of a growing answer, too."""
        while self._plain_code and not self._plain_code[0].busy:
            self._plain_code.pop(0)
        return bool(self._plain_code)

    @property
    def behind(self) -> bool:
        """Whether more has been pushed than `flush` has shown."""
        return self._stream.behind or self._parsed is not None

    def flush(self) -> None:
        """Show what has streamed in, its unfinished end included. What took long to parse is shown the next
        time, as is what stands behind pieces that took long to lay out: all would not fit into one frame."""
        begun = time.perf_counter()
        if self._parsed is None and self._stream.behind:
            self._parsed = self._stream.advance()
            if time.perf_counter() - begun > _LONG:
                return
        if self._parsed is not None:
            tail = self._parsed.tail
            self._final.extend(self._parsed.final)
            self._parsed = Update([], tail)
            while self._sync([], most=1):
                if time.perf_counter() - begun > _LONG:
                    return
            self._parsed = None
            self._sync(tail, begun + _LONG)

    def _keep_parsed(self) -> None:
        """Whatever comes next begins with the blocks that were parsed and not shown."""
        if self._parsed is not None:
            self._final.extend(self._parsed.final)
            self._parsed = None

    def step(self, seconds: float) -> None:
        """Render for about that long."""
        deadline = time.perf_counter() + seconds
        if not self.colouring:
            self._keep_parsed()
        while self.busy and time.perf_counter() < deadline:
            if self.colouring:
                self.colour(deadline - time.perf_counter())
            elif self._sync([], most=1):
                continue
            elif self._stream.behind:
                self._keep_parsed()
                self._final.extend(self._stream.advance().final)
            elif not self._ended:
                self._finish()
            else:
                return

    def colour(self, seconds: float) -> None:
        """Insert or colour code for about that long: all that is left to do while an answer grows."""
        deadline = time.perf_counter() + seconds
        while self.colouring and time.perf_counter() < deadline:
            code = self._plain_code[0]
            code.step(deadline - time.perf_counter())
            self._dirty = min(self._dirty, self.pieces.index(code))

    def _finish(self) -> None:
        self._keep_parsed()
        rest = self._stream.finish()
        if rest is None:
            # A link was defined after its use: the one case that needs the whole text again.
            markdown, text = self._context.markdown, self._opener + self.text
            self._stream = BlockStream(markdown, markdown.references(text))
            self._stream.push(text)
            self._final.clear()
            self._frozen = 0
            return
        self._ended = True
        self._final.extend(rest)
        self._cut(self._frozen + len(grouped(self._final)))

    def _sync(self, tail: Sequence[Block], until: float = math.inf, most: int | None = None) -> bool:
        """Make the pieces after the frozen ones show the blocks after the frozen ones. With `most`, only that
        many, and only such as will not change any more; returns whether any became frozen. Pieces that would
        be new after `until` wait in `_parsed`."""
        final = len(self._final)
        blocks = [*self._final, *tail]
        if blocks:
            self._last = blocks[-1]
        groups = grouped(blocks)
        seen = settled = settled_blocks = 0
        for i, group in enumerate(groups):
            seen += len(group)
            followed = i + 1 < len(groups) and seen < final
            fixed = seen <= final and (self._ended or followed or is_full(group))
            if most is not None and (not fixed or i >= most):
                groups = groups[:i]
                break
            changed = self._show(self._frozen + i, group)
            if fixed and settled == i:
                settled, settled_blocks = i + 1, seen
            # Only where no piece of before stands below, which would be seen twice.
            at_end = self._frozen + i + 1 >= len(self.pieces)
            if changed and at_end and i + 1 < len(groups) and time.perf_counter() > until:
                self._parsed = Update([], list(tail))
                groups = groups[: i + 1]
                break
        if most is None:
            self._cut(self._frozen + len(groups))
        self._frozen += settled
        del self._final[:settled_blocks]
        self._place_caret()
        return settled > 0

    def _show(self, index: int, group: list[Block]) -> bool:
        kind = group[0].kind
        if index < len(self.pieces) and self._kinds[index] != kind:
            self._cut(index)
        if index == len(self.pieces):
            self._add(kind)
        piece = self.pieces[index]
        self._quoted[index] = kind == "quote" or group[0].quoted
        inset = _QUOTE_INSET * self._quoted[index] + LIST_INDENT * group[0].indent + _INNER * group[0].inner
        if (self._joined[index], self._insets[index]) != (group[0].joined, inset):
            self._joined[index], self._insets[index] = group[0].joined, inset
            self._dirty = min(self._dirty, index)
        match piece:
            case CodePiece():
                closed = group[-1].closed or self._ended
                code = "".join(block.text for block in group)
                changed = piece.set_code(code, group[0].language, closed=closed)
                self._uncoloured(piece)
            case TextPiece():
                above = self.pieces[index - 1] if index and group[0].joined is not None else None
                if isinstance(piece, TablePiece) and isinstance(above, TablePiece):
                    piece.before = above
                changed = piece.set_blocks(group)
            case RulePiece():
                changed = False
        if changed:
            self._dirty = min(self._dirty, index)
        return changed

    def _add(self, kind: str) -> None:
        piece: Piece
        match kind:
            case "code":
                piece = self.stock.code()
            case "table":
                piece = TablePiece(self._context, self)
            case "rule":
                piece = RulePiece(self._context.style, self)
            case "quote":
                piece = TextPiece(self._context, self, token="ink-2")
            case _:
                piece = self.stock.text()
        if isinstance(piece, TextPiece):
            piece.when_changed = lambda: self._touched(piece)
        self.pieces.append(piece)
        self._kinds.append(kind)
        self._joined.append(None)
        self._insets.append(0)
        self._quoted.append(False)
        self._fitted.append(0)
        self._dirty = min(self._dirty, len(self.pieces) - 1)

    def _uncoloured(self, code: CodePiece) -> None:
        """Code may have something to insert or colour, also long after it came: once its lexer is loaded."""
        if code.busy and code in self.pieces and code not in self._plain_code:
            self._plain_code.append(code)

    def _touched(self, piece: Piece) -> None:
        if piece in self.pieces:
            self._dirty = min(self._dirty, self.pieces.index(piece))

    def _cut(self, count: int) -> None:
        for piece in self.pieces[count:]:
            if isinstance(piece, CodePiece) and piece in self._plain_code:
                self._plain_code.remove(piece)
            if self._caret_in is (piece.text if isinstance(piece, CodePiece) else piece):
                self._caret_in = None
            # Seen until what comes in its place has one.
            self._leaving.append(piece)
        del self.pieces[count:], self._kinds[count:], self._fitted[count:]
        del self._joined[count:], self._insets[count:], self._quoted[count:]
        self._dirty = min(self._dirty, count)

    # caret

    def set_caret(self, shown: bool) -> None:
        """Show the block caret at the end of the text, or hide it."""
        self._caret = shown
        if shown and not self.pieces:
            self._add("prose")
        self._place_caret()

    def _place_caret(self) -> None:
        last = self.pieces[-1] if self.pieces else None
        text = last.text if isinstance(last, CodePiece) else last
        wanted = text if self._caret and isinstance(text, TextPiece) else None
        if wanted is not self._caret_in:
            if self._caret_in is not None:
                self._caret_in.set_caret(False)
            if wanted is not None:
                wanted.set_caret(True)
            self._caret_in = wanted

    # geometry

    def texts(self) -> list[TextPiece]:
        """The selectable pieces in order."""
        return [
            p.text if isinstance(p, CodePiece) else p
            for p in self.pieces
            if isinstance(p, CodePiece | TextPiece)
        ]

    def _places(self, start: int, width: int) -> Iterator[tuple[int, int, int, int]]:
        """Index, inset, top and height of the pieces from `start` on."""
        y = self._fitted[start - 1] if start else 0
        for i in range(start, len(self.pieces)):
            y += self._gap(i) if i else 0
            inset = min(self._insets[i], max(_QUOTE_INSET, width - _NARROWEST_CODE))
            height = self.pieces[i].fit(width - inset)
            yield i, inset, y, height
            y += height

    def growth(self) -> int:
        """By how much `fit` is going to change the height, in the width as it is."""
        ends = [self.total, *(y + h for _, _, y, h in self._places(self._dirty, self._width))]
        return ends[-1] - self.total

    def fit(self, width: int) -> int:
        """Place the pieces in this width; only those from the first changed one on are touched."""
        if width != self._width:
            self._width, self._dirty = width, 0
        start = min(self._dirty, len(self.pieces))
        for i, inset, y, height in self._places(start, width):
            self.pieces[i].setGeometry(inset, y, width - inset, height)
            self.pieces[i].show()
            self._fitted[i] = y + height
        self._dirty = len(self.pieces)
        for piece in self._leaving:
            piece.hide()
            piece.deleteLater()
        self._leaving.clear()
        self.total = self._fitted[-1] if self.pieces else 0
        quoted = any(self._quoted)
        if quoted or self._had_quotes:
            # The lines beside quotations are this part's own, and so is what they leave behind.
            top = self._fitted[start - 1] if start else 0
            self.update(0, top, _QUOTE_INSET, max(self.total, self.height()) - top)
            self._had_quotes = quoted
        return self.total

    def _gap(self, index: int) -> int:
        """The room above a piece."""
        joined = self._joined[index]
        if joined is not None and self._kinds[index] == self._kinds[index - 1]:
            return joined
        return 12 if {self._kinds[index], self._kinds[index - 1]} & {"code", "table"} else 8

    def paintEvent(self, event: QPaintEvent) -> None:
        if not any(self._quoted):
            return
        painter, colour = QPainter(self), self._context.theme.color("line-strong")
        for i, piece in enumerate(self.pieces):
            if self._quoted[i]:
                rect = piece.geometry()
                above = self._fitted[i - 1] if self._goes_on(i) else rect.y()
                painter.fillRect(0, above, 2, rect.y() + rect.height() - above, colour)

    def _goes_on(self, index: int) -> bool:  # One line beside a quotation whose code is a piece of its own.
        return index > 0 and self._quoted[index - 1] and self._joined[index] is not None
