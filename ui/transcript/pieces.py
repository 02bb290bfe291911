"""The pieces an answer is made of: text and tables, each as tall as its content."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, QUrl
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextCursor,
    QTextDocument,
    QTextLength,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from ui.hairlines import draw_lines
from ui.render.inline import FORMULA
from ui.render.style import BULLET
from ui.transcript.bullets import Bullet, bullets_of, paint_bullets
from ui.transcript.context import Context
from ui.transcript.formulas import Drawn, on_line
from ui.transcript.grid import lines_of

if TYPE_CHECKING:
    from ui.render.markdown import Block

FORMULA_SCHEME = "jieli-formula"
_SCROLL_KEYS = {
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Space,
}

LIST_INDENT = 24
"""Pixels that the text of a list stands further in than the text around it."""


class TextPiece(QTextBrowser):
    """Read-only text without frame or background, as tall as it is long. The wheel and scrolling keys go to
    the transcript; nothing is ever fetched, whatever the text asks for."""

    def __init__(self, context: Context, parent: QWidget, *, use: str = "body", token: str = "ink") -> None:
        super().__init__(parent)
        self._context = context
        self._html: str | None = None
        self._caret = False
        self._height = 0
        self._bullets: Sequence[Bullet] = ()
        self._lines: Sequence[QRectF] | None = ()
        self._formulas: dict[str, str] = {}
        self._drawn: dict[str, Drawn] = {}
        self._blocks: Sequence[Block] = ()
        self.when_changed: Callable[[], None] | None = None
        self.age = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        if token != "ink":
            palette = self.palette()
            palette.setColor(QPalette.ColorRole.Text, context.theme.color(token))
            self.setPalette(palette)
        document = self.document()
        document.setDocumentMargin(0)
        document.setIndentWidth(LIST_INDENT)
        document.setDefaultFont(context.theme.font(use))
        self.anchorClicked.connect(self._clicked)
        self.highlighted.connect(self._hovered)

    # content

    def set_html(self, html: str) -> bool:
        """Show this; a selection is kept. False when it was shown already."""
        if html == self._html:
            return False
        self._html = html
        cursor = self.textCursor()
        anchor, position = cursor.anchor(), cursor.position()
        self.setHtml(html)
        self._bullets = bullets_of(self.document()) if BULLET in html else ()
        self._lines = None if "<table" in html else ()
        if anchor != position:
            self.select(anchor, position)
        has_links = "<a href" in html
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if has_links else Qt.FocusPolicy.ClickFocus)
        return True

    def set_blocks(self, blocks: Sequence[Block]) -> bool:
        """Show rendered blocks; the room above the first one is left out."""
        self._blocks = blocks
        joined = blocks[0].joined
        room = "margin-top:8px" if joined is None else f"margin-top:{joined}px"
        html = "".join(b.html for b in blocks).replace(room, "margin-top:0", 1)
        self._formulas = {key: source for b in blocks for key, source in b.formulas}
        if self._formulas:
            html = self._with_formulas(html)
        changed = self.set_html(self._shaped(html))
        if changed and self._formulas:
            hangs = {f"{FORMULA_SCHEME}:{key}": drawn.hang for key, drawn in self._drawn.items()}
            on_line(self.document(), hangs, self.document().defaultFont())
        if changed and (self._formulas or self.accessibleName()):
            self.setAccessibleName(self.plain() if self._formulas else "")
        return changed

    def _shaped(self, html: str) -> str:
        """The HTML as it is to be laid out here."""
        return html

    def _with_formulas(self, html: str) -> str:
        """The HTML with pictures for the formulas that are drawn; the others are asked for."""
        for key, source in self._formulas.items():
            drawn = self._context.formulas.drawn(source)
            if drawn is None:
                self._context.formulas.need(source, self._formula_came)
            elif self._drawn.get(key) is not drawn:
                self._drawn[key] = drawn
                name = QUrl(f"{FORMULA_SCHEME}:{key}")
                self.document().addResource(QTextDocument.ResourceType.ImageResource, name, drawn.image)
        return FORMULA.sub(self._picture, html) if self._drawn else html

    def _picture(self, found: re.Match[str]) -> str:
        drawn = self._drawn.get(found[1])
        if drawn is None:
            return found[0]
        return f'<img src="{FORMULA_SCHEME}:{found[1]}" width="{drawn.width}" height="{drawn.height}">'

    def _formula_came(self) -> None:
        try:
            shown = self.set_blocks(self._blocks)
        except RuntimeError:
            return  # the piece is gone
        if shown:
            if self.when_changed is not None:
                self.when_changed()
            self._context.wishes.resized.emit(self)

    def _sources(self, text: str, start: int, end: int) -> str:
        """`text`, which stands from `start` to `end`, with each picture as the formula it shows."""
        if "\ufffc" not in text:
            return text
        document, cursor = self.document(), QTextCursor(self.document())
        found: list[str] = []
        for at in range(start, end):
            if document.characterAt(at) == "\ufffc":
                cursor.setPosition(at + 1)
                key = cursor.charFormat().toImageFormat().name().removeprefix(f"{FORMULA_SCHEME}:")
                found.append(self._formulas.get(key, "\ufffc"))
        sources = iter(found)
        return "".join(next(sources, c) if c == "\ufffc" else c for c in text)

    def fit(self, width: int) -> int:
        """Lay out in this width; returns the height needed."""
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)
            self._lines = None if self._lines else self._lines
        self._height = math.ceil(self.document().size().height())
        return self._height

    def plain(self) -> str:
        """The whole content as plain text."""
        text = self.toPlainText().replace("\xa0", " ")
        return self._sources(text, 0, self.document().characterCount())

    def forget(self) -> None:
        """Keep nothing of what was done with the content, before another one is shown. `age` counts it."""
        self.age += 1
        self._html = None
        self.set_caret(False)
        self.deselect()
        if self.extraSelections():
            self.setExtraSelections([])

    @property
    def has_formulas(self) -> bool:
        """Whether pictures are in it, or will be."""
        return bool(self._formulas)

    # selection

    def select(self, anchor: int, position: int) -> None:
        """Select from `anchor` to `position`; both are clipped to the content."""
        last = self.document().characterCount() - 1
        cursor = self.textCursor()
        cursor.setPosition(max(0, min(anchor, last)))
        cursor.setPosition(max(0, min(position, last)), QTextCursor.MoveMode.KeepAnchor)
        self._put(cursor)

    def _put(self, cursor: QTextCursor) -> None:
        """Take a cursor without scrolling to it, as Qt would."""
        bar = self.horizontalScrollBar()
        left = bar.value()
        self.setTextCursor(cursor)
        bar.setValue(left)

    def deselect(self) -> None:
        """Drop the selection, if there is one."""
        cursor = self.textCursor()
        if cursor.hasSelection():
            cursor.clearSelection()
            self._put(cursor)

    def selected(self) -> str:
        """The selected text, plain."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return ""
        text = cursor.selection().toPlainText().replace("\xa0", " ")
        return self._sources(text, cursor.selectionStart(), cursor.selectionEnd())

    # caret

    def set_caret(self, shown: bool) -> None:
        """Show or hide the still block at the end of a growing answer."""
        if shown != self._caret:
            self._caret = shown
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._bullets or self._lines is None or self._lines:
            self._paint_marks(QRectF(event.rect()))
        if self._caret:
            end = self.textCursor()
            end.movePosition(QTextCursor.MoveOperation.End)
            rect = self.cursorRect(end)
            painter = QPainter(self.viewport())
            height = min(18, rect.height())
            top = rect.y() + (rect.height() - height) / 2
            painter.fillRect(QRectF(rect.x() + 1, top, 8, height), self._context.theme.color("accent"))

    def _paint_marks(self, seen: QRectF) -> None:
        """What Qt would draw too large or unevenly: bullets, and the lines of tables."""
        left = self.horizontalScrollBar().value()
        seen.translate(left, 0)
        painter = QPainter(self.viewport())
        painter.translate(-left, 0)
        if self._lines is None:
            self._lines = lines_of(self.document())
        near = [line for line in self._lines if line.intersects(seen)]
        draw_lines(painter, near, self._context.theme.color("line"))
        if self._bullets:
            colour = self.palette().color(QPalette.ColorRole.Text)
            paint_bullets(painter, self.document(), self._bullets, seen, colour)

    # Qt

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing: a picture fetched from a model's text could tell a stranger what was said."""
        return None

    def setSource(self, name: QUrl | str, type: Any = None) -> None:  # noqa: N802 - Qt's spelling
        """Never follows anything."""

    def _clicked(self, url: QUrl) -> None:
        self._context.wishes.link.emit(url.toString())

    def _hovered(self, url: QUrl) -> None:
        self._context.wishes.hovered.emit(url.toString())

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.horizontalScrollBar()
        sideways = event.angleDelta().x() or (
            event.angleDelta().y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
        )
        if sideways and bar.maximum() > 0:
            bar.setValue(bar.value() - sideways // 2)
            event.accept()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._context.pointer.pressed(self, event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._context.pointer.moved(self, event):
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._context.pointer.released(self, event):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain_keys = event.key() in _SCROLL_KEYS and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if (
            plain_keys
            or event.matches(QKeySequence.StandardKey.Copy)
            or event.matches(QKeySequence.StandardKey.SelectAll)
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(100, max(1, self._height))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class TablePiece(TextPiece):
    """A table. One with many columns keeps them readable and scrolls sideways."""

    COLUMN = 96

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(context, parent, use="table")
        self._columns = 1
        self.before: TablePiece | None = None
        """The piece whose table this one continues, to stand in the same columns."""
        self._taken: list[float] = []

    def set_blocks(self, blocks: Sequence[Block]) -> bool:
        self._columns = max(1, blocks[0].columns)
        return super().set_blocks(blocks)

    def _shaped(self, html: str) -> str:
        """With the columns of the table it continues: laid out once rather than twice."""
        self._taken = self.before.widths() if self.before is not None else []
        row, end, rest = html.partition("</tr>")
        cells = row.split("<td ")
        if not self._taken or len(cells) != len(self._taken) + 1:
            self._taken = []
            return html
        wide = [f'width="{w}" {cell}' for w, cell in zip(self._taken, cells[1:], strict=True)]
        return "<td ".join([cells[0], *wide]) + end + rest

    def _table(self) -> QTextTable | None:
        return next((f for f in self.document().rootFrame().childFrames() if isinstance(f, QTextTable)), None)

    def widths(self) -> list[float]:
        """How wide the columns are, padding included."""
        table, layout = self._table(), self.document().documentLayout()
        if table is None:
            return []
        cells = [table.cellAt(0, c).firstCursorPosition().block() for c in range(table.columns())]
        left = [layout.blockBoundingRect(cell).x() for cell in cells]
        inner = [b - a - 1 for a, b in pairwise(left)]
        return [*inner, layout.frameBoundingRect(table).width() - sum(inner) - len(inner) - 2]

    def _line_up(self) -> None:
        table = self._table()
        widths = self.before.widths() if self.before is not None else []
        if table is not None and widths and widths != self._taken and len(widths) == table.columns():
            self._taken = widths
            fixed = QTextLength.Type.FixedLength
            shape = table.format().toTableFormat()
            shape.setColumnWidthConstraints([QTextLength(fixed, w) for w in widths])
            table.setFormat(shape)
            self._lines = None

    def fit(self, width: int) -> int:
        if self.before is not None:
            self._line_up()
        height = super().fit(max(width, self._columns * self.COLUMN))
        wide = math.ceil(self.document().idealWidth()) > width
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if wide else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.horizontalScrollBarPolicy() != policy:
            self.setHorizontalScrollBarPolicy(policy)
        self._height = height + (12 if wide else 0)
        return self._height
