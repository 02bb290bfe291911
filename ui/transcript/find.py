"""Find in the conversation (Ctrl+F): counts in all messages, marks in those that live, a way from hit to hit.

The store counts, off this thread; what has no row yet is reached by jumping there first. A hit is a place in
a message's text; where the text shown has fewer (the word stands in a link's address), the last one counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QTextEdit

from app.i18n import tr
from ui.keys import in_force
from ui.render.code import utf16
from ui.transcript.find_bar import HEIGHT, FindBar
from ui.transcript.pieces import TextPiece
from ui.transcript.row import Row

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView

Counter = Callable[[str], Awaitable[Mapping[str, int]]]
"""How often a term occurs in the messages of the conversation shown: by message id, none left out."""

_PAUSE_MS = 150


class Finding(QObject):
    """`counter` is set by whoever knows the store. The bar is built when first asked for."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view
        self.counter: Counter | None = None
        self.bar: FindBar | None = None
        self.term = ""
        self._indices: list[int] = []
        self._before: list[int] = [0]
        self._current = -1
        self._from = 0
        self._pending = False
        self._staying = False
        self._lit = -1
        self._asked = 0
        self._marked: dict[TextPiece, tuple[str, tuple[int, int], int]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(lambda: self._search(self._view.anchor[0]))
        for action, act in (
            ("find", self.open),
            ("find_next", lambda: self.go(1)),
            ("find_previous", lambda: self.go(-1)),
        ):
            in_force.shortcut(action, view, act)
        view.pump.turned.connect(self.refresh)

    # the bar

    def open(self) -> None:
        """Show the bar, with what is selected when that is one short line; not over an empty page."""
        if not self._view.window_.ids:
            return
        bar = self._shown_bar()
        selected = self._selected_line()
        if selected:
            bar.field.setText(selected)
        bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        bar.field.selectAll()
        if bar.field.text() != self.term:
            self._typed(bar.field.text())

    def _selected_line(self) -> str:
        texts = [t for row in self._view.window_.rows for p in row.texts() if (t := p.selected())]
        line = texts[0] if len(texts) == 1 else ""
        return line if len(line) <= 80 and "\n" not in line else ""

    def close(self) -> None:
        """Hide the bar and its marks; the keyboard goes back to the conversation."""
        if self.bar is None or self.bar.isHidden():
            return
        self.bar.hide()
        self._view.set_strip(0)
        self._clear()
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Another conversation is shown."""
        if self.bar is not None:
            self.bar.hide()
            self._view.set_strip(0)
        self._clear()

    def held(self) -> str:
        """What is looked for while the bar is shown."""
        return self.term if self.bar is not None and not self.bar.isHidden() else ""

    def resume(self, term: str) -> None:
        """The same conversation is shown anew, with more or fewer messages: go on looking for `term`, and
        leave the reader where they are."""
        if not term or not self._view.window_.ids:
            return
        self._shown_bar()
        self.term = term
        self._staying = True
        self._search(self._view.anchor[0])

    def moved_down(self) -> None:
        """Messages came before all others: hits stand elsewhere, and there may be more."""
        if self.term and self.bar is not None and not self.bar.isHidden():
            self._search(self._view.anchor[0])

    def place(self) -> None:
        """Keep the bar in its corner."""
        if self.bar is not None and not self.bar.isHidden():
            port = self._view.viewport().geometry()
            self.bar.move(port.right() - self.bar.width() - 16, port.top() - HEIGHT - 2)

    def jump(self, message: str, term: str) -> None:
        """Go to the first place in a message where `term` stands, marked; the bar shows the term."""
        bar = self._shown_bar()
        bar.field.blockSignals(True)
        bar.field.setText(term)
        bar.field.blockSignals(False)
        self.term = term
        index = self._view.window_.index(message)
        if index is not None:
            self._search(index)

    def _shown_bar(self) -> FindBar:
        if self.bar is None:
            bar = self.bar = FindBar(self._view)
            bar.field.textChanged.connect(self._typed)
            bar.field.installEventFilter(self)
            bar.next.clicked.connect(lambda: self.go(1))
            bar.previous.clicked.connect(lambda: self.go(-1))
            bar.close_.clicked.connect(self.close)
        if self.bar.isHidden():
            self.bar.show()
            self._view.set_strip(HEIGHT + 8)
        self.bar.raise_()
        self.place()
        return self.bar

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            case Qt.Key.Key_Escape:
                self.close()
            case _:
                return False
        return True

    # searching

    def _typed(self, text: str) -> None:
        self.term = text
        self._timer.start()

    def _search(self, near: int) -> None:
        """Count anew; the current hit is the first one at or after the message `near`."""
        self._timer.stop()
        self._from = near
        self._asked += 1
        start, counter, term = self._view.pump.starter, self.counter, self.term
        if not term.strip() or start is None or counter is None:
            self._take({})
            return
        asked = self._asked

        async def ask() -> None:
            found = await counter(term)
            if asked == self._asked:
                self._take(found)

        start(ask(), "find in conversation")

    def _take(self, found: Mapping[str, int]) -> None:
        window = self._view.window_
        places = ((window.index(message), count) for message, count in found.items() if count)
        hits = sorted((index, count) for index, count in places if index is not None)
        self._indices = [index for index, _ in hits]
        self._before = list(accumulate((count for _, count in hits), initial=0))
        self._current = -1
        staying, self._staying = self._staying, False
        if hits:
            at = bisect_left(self._indices, self._from) % len(hits)
            self._current = self._before[at]
        if hits and not staying:
            self._select(self._current)
        else:
            self._show_count()
            self.refresh()

    @property
    def total(self) -> int:
        """How many hits there are."""
        return self._before[-1]

    def go(self, step: int) -> None:
        """To the next hit or the one before, round the ends."""
        if self._timer.isActive():
            self._search(self._view.anchor[0])
        elif self.total and self.term:
            self._shown_bar()
            self._select((self._current + step) % self.total)

    def _select(self, number: int) -> None:
        self._current = number
        index, _ = self._place()
        self._pending = True
        row = self._view.window_.row(index)
        if row is None or row.busy:
            self._view.show_message(self._view.window_.ids[index])
        self._show_count()
        self.refresh()

    def _place(self) -> tuple[int, int]:
        """Message and the hit's number within it."""
        at = bisect_right(self._before, self._current) - 1
        return self._indices[at], self._current - self._before[at]

    def _show_count(self) -> None:
        if self.bar is not None:
            shown = f"{self._current + 1:,} / {self.total:,}" if self.total else ""
            self.bar.set_count(shown if self.total or not self.term.strip() else tr("find.none"), self.total)

    # marks

    def refresh(self) -> None:
        """Mark what has come into sight, and finish going to a hit whose row had to be built."""
        if self.bar is None or self.bar.isHidden():
            return
        if self._pending:
            self._arrive()
        view, here = self._view, self._place() if self._current >= 0 else (-1, 0)
        visible = {index for index, _ in view.window_.between(*view.span())}
        for index, row in enumerate(view.window_.rows, view.window_.first):
            # A row out of sight is not marked anew, but must not keep the mark of the current hit.
            if not row.busy and (index in visible or index == self._lit):
                self._mark(row, here[1] if index == here[0] else -1)
        if here[0] in visible:
            self._lit = here[0]

    def _arrive(self) -> None:
        index, number = self._place()
        view = self._view
        row = view.window_.row(index)
        if row is None or row.busy:
            return
        self._pending = False
        spots = spots_in(row, self.term)
        if not spots:
            view.show_message(row.id)
            return
        piece, start, _ = spots[min(number, len(spots) - 1)]
        cursor = QTextCursor(piece.document())
        cursor.setPosition(start)
        rect = piece.cursorRect(cursor)
        y = piece.viewport().mapTo(view.viewport(), QPoint(0, rect.top())).y()
        height = view.viewport().height()
        if not 60 <= y <= height - 80:
            view.scroll_by(y - height // 3)
        bar = piece.horizontalScrollBar()
        if not 0 <= rect.left() <= piece.width() - 40:
            bar.setValue(bar.value() + rect.left() - piece.width() // 3)

    def _mark(self, row: Row, current: int) -> None:
        theme = self._view.context.theme
        seen = 0
        for piece in row.texts():
            revision = piece.age, piece.document().revision()
            key = (self.term, revision, current - seen if current >= 0 else -1)
            found = occurrences(piece.toPlainText(), self.term)
            if self._marked.get(piece) != key:
                marks: list[QTextEdit.ExtraSelection] = []
                for i, (start, end) in enumerate(found):
                    mark = QTextEdit.ExtraSelection()
                    cursor = QTextCursor(piece.document())
                    cursor.setPosition(start)
                    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                    is_current = seen + i == current
                    mark.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue]
                    mark.format.setBackground(theme.color("accent" if is_current else "mark-hit"))  # pyright: ignore[reportAttributeAccessIssue]
                    mark.format.setForeground(theme.color("on-accent" if is_current else "ink"))  # pyright: ignore[reportAttributeAccessIssue]
                    marks.append(mark)
                piece.setExtraSelections(marks)
                if piece not in self._marked:
                    piece.destroyed.connect(lambda _=None, p=piece: self._marked.pop(p, None))
                self._marked[piece] = key
            seen += len(found)

    def _clear(self) -> None:
        self._timer.stop()
        self._asked += 1
        self._pending = self._staying = False
        self._current = -1
        self._indices, self._before = [], [0]
        alive = {piece for row in self._view.window_.rows for piece in row.texts()}
        for piece in self._marked:
            if piece in alive:
                piece.setExtraSelections([])
        self._marked.clear()


def occurrences(text: str, term: str) -> list[tuple[int, int]]:
    """Where `term` stands in `text`, whatever the case: start and end as Qt counts, not overlapping."""
    if not term:
        return []
    low, wanted = text.lower(), term.lower()
    if len(low) != len(text):
        low, wanted = text, term
    found: list[tuple[int, int]] = []
    at = low.find(wanted)
    done = units = 0
    while at >= 0:
        units += utf16(text[done:at])
        length = utf16(text[at : at + len(wanted)])
        found.append((units, units + length))
        units += length
        done = at + len(wanted)
        at = low.find(wanted, done)
    return found


def spots_in(row: Row, term: str) -> list[tuple[TextPiece, int, int]]:
    """All places in a row, from top to bottom."""
    return [(p, start, end) for p in row.texts() for start, end in occurrences(p.toPlainText(), term)]
