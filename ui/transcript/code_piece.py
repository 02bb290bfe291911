"""A code block: heading with language and copy button, code that scrolls sideways and never wraps.

Long code is inserted and coloured in slices, and code that still grows is only extended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
)
from PySide6.QtWidgets import QTextEdit, QWidget
from shiboken6 import isValid

from app.i18n import tr
from ui.controls import button
from ui.lettering import draw_line
from ui.render.code import LIMIT, Role, is_loaded, label, loaded, spans, utf16
from ui.transcript.context import Context
from ui.transcript.pieces import TextPiece

HEAD = 28
_PAD_X, _PAD_Y = 12, 8
_INSERT = 8_000
_SLICE = 0.002
_AT_ONCE = 240
"""Characters of growing code that are lexed at once, a millisecond or two; the lines behind follow soon."""


class CodeText(TextPiece):
    """The code itself, one line height a line."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(context, parent, use="code")
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.line_height = context.theme.line_height("code")
        lines = QTextBlockFormat()
        lines.setLineHeight(self.line_height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        QTextCursor(self.document()).setBlockFormat(lines)
        # A selected line break is painted behind the longest line, where Qt does not see that it has changed.
        self.selectionChanged.connect(self.viewport().update)

    def fit(self, width: int) -> int:
        height = self.document().blockCount() * self.line_height
        wide = self.document().idealWidth() > width
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if wide else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.horizontalScrollBarPolicy() != policy:
            self.setHorizontalScrollBarPolicy(policy)
        self._height = height + (10 if wide else 0)
        return self._height

    def extend(self, text: str) -> None:
        """Add text at the end without touching a selection."""
        own = self.textCursor()
        anchor, position = own.anchor(), own.position()
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        # The widget's own cursor goes along when it stood at the end, and Qt scrolls to it at the first show.
        if (own.anchor(), own.position()) != (anchor, position):
            self.select(anchor, position)


class CodePiece(QWidget):
    """The framed block. `step` does what is waiting, a few milliseconds at a time; `waits` is told when
    something has come to wait by itself."""

    def __init__(
        self, context: Context, parent: QWidget, waits: Callable[[CodePiece], None] = lambda _piece: None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._waits = waits
        self.text = CodeText(context, self)
        self._language = ""
        self._code = ""
        self._shown = 0
        self._closed = False
        self._tokens: Iterator[tuple[int, int, Role]] | None = None
        self._line: list[QTextLayout.FormatRange] = []
        self._block = 0
        # Where the lines begin that a growing block has yet to be coloured from, counted both ways.
        self._lit = self._lit_utf16 = 0
        self._lit_all = True
        self._coloured = False
        self._formats: dict[Role, QTextCharFormat] = {}
        self._copy = button(tr("transcript.copy"), "flat", "copy", size="small")
        self._copy.setParent(self)
        self._copy.setFont(context.theme.font("caption"))
        self._copy.setToolTip(tr("transcript.copy_code"))
        self._copy.setAccessibleName(tr("transcript.copy_code"))
        self._copy.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._copy.clicked.connect(lambda: context.wishes.copy.emit(self._code))
        self._copy.show()

    def set_code(self, code: str, language: str, *, closed: bool) -> bool:
        """Show this code; what only grew is only extended. False when nothing changed."""
        if code == self._code and language == self._language and closed == self._closed:
            return False
        if language != self._language:
            self._language = language
            self.update()
        if not code.startswith(self._code[: self._shown]):
            self.text.setPlainText("")
            self._shown = self._lit = self._lit_utf16 = 0
        self._code = code
        self._closed = closed
        self._tokens = None
        self._coloured = False
        if not is_loaded(language) and len(code) <= LIMIT:
            self._context.need_lexer(language, self._lexer_came)
        self._insert()
        if not closed:
            self._colour_end()
        return True

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""
        coloured = self._coloured if self._closed else self._lit_all
        return self._shown < len(self._code) or not coloured

    def step(self, seconds: float = _SLICE) -> None:
        """Insert or colour the next slice, of no more than about that long."""
        if self._shown < len(self._code):
            self._insert()
            return
        if not self._closed:
            self._colour_end()
            return
        if self._tokens is None:
            self._begin_colours()
        deadline = time.perf_counter() + min(_SLICE, seconds)
        for start, length, role in self._tokens or ():
            self._mark(start, length, role)
            if time.perf_counter() > deadline:
                return
        self._flush()
        self._tokens = None
        self._coloured = True

    def _insert(self) -> None:
        if self._shown >= len(self._code):
            return
        end = self._shown + _INSERT
        if end < len(self._code):
            newline = self._code.rfind("\n", self._shown, end) + 1
            end = newline if newline > self._shown else end
        self.text.extend(self._code[self._shown : end])
        self._shown = min(end, len(self._code))

    def _lexer_came(self) -> None:
        if not (isValid(self) and isValid(self._context.wishes)):
            # The window was built anew while the language was loaded.
            return
        self._coloured = False
        if not self._closed:
            self._colour_end()
        if self.busy:
            self._waits(self)
            self._context.wishes.resized.emit(self)

    def _begin_colours(self) -> None:
        with_lexer = loaded(self._language) if len(self._code) <= LIMIT else None
        self._tokens = spans(self._code, with_lexer) if with_lexer is not None else iter(())
        self._start_marking(0)

    def _colour_end(self) -> None:
        """While the code grows only its new lines are lexed; the whole is done once it is complete."""
        with_lexer = loaded(self._language) if len(self._code) <= LIMIT else None
        self._lit_all = True
        if with_lexer is None:
            return
        newline = self._code.find("\n", self._lit + _AT_ONCE, self._shown) + 1
        fresh = self._code[self._lit : newline or self._shown]
        self._start_marking(self._lit_utf16)
        for at, length, role in spans(fresh, with_lexer):
            self._mark(at + self._lit_utf16, length, role)
        self._flush()
        complete = fresh.rfind("\n") + 1
        self._lit += complete
        self._lit_utf16 += utf16(fresh[:complete])
        self._lit_all = not newline or newline == self._shown

    # Colours are layout formats, as syntax highlighters use them: the text itself stays plain.

    def _start_marking(self, offset: int) -> None:
        self._block = self.text.document().findBlock(offset).blockNumber()
        self._line = []

    def _mark(self, start: int, length: int, role: Role) -> None:
        document = self.text.document()
        while length > 0:
            block = document.findBlock(start)
            if not block.isValid():
                return
            if block.blockNumber() != self._block:
                self._flush()
                self._block = block.blockNumber()
            inside = start - block.position()
            room = block.length() - 1 - inside
            part = min(length, room)
            if part > 0:
                span = QTextLayout.FormatRange()
                span.start, span.length, span.format = inside, part, self._format(role)
                self._line.append(span)
            start += part + 1 if length > part else part
            length -= part + 1 if length > part else part

    def _flush(self) -> None:
        block = self.text.document().findBlockByNumber(max(0, self._block))
        if self._line and block.isValid():
            block.layout().setFormats(self._line)
            self.text.document().markContentsDirty(block.position(), block.length())
        self._line = []

    def _format(self, role: Role) -> QTextCharFormat:
        found = self._formats.get(role)
        if found is None:
            found = self._formats[role] = QTextCharFormat()
            found.setForeground(QColor(self._context.style.code[role]))
        return found

    # geometry and painting

    def fit(self, width: int) -> int:
        """Lay out in this width; returns the height needed."""
        inner = width - 2 * _PAD_X
        height = self.text.fit(inner)
        self.text.setGeometry(_PAD_X, HEAD + 1 + _PAD_Y, inner, height)
        hint = self._copy.sizeHint()
        self._copy.setGeometry(width - hint.width() - 6, 1, hint.width(), HEAD - 2)
        return HEAD + 1 + _PAD_Y + height + _PAD_Y

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._context.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line"))
        painter.setBrush(theme.color("bg-sunken"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(1, HEAD, self.width() - 2, 1, theme.color("line"))
        painter.setPen(theme.color("ink-3"))
        painter.setFont(theme.font("caption"))
        where = QRectF(_PAD_X, 0, self.width() - 120, HEAD)
        draw_line(painter, where, label(self._language))
