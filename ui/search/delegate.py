"""Paints rows of search results, and the sentence that stands in their place."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.i18n import tr
from app.search_text import Snippet
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.search.painted import Ground, PaintedRows
from ui.search.rows import ROW_ROLE, Row
from ui.theme import Theme
from ui.tips import fits, tell

_HEIGHTS = {"heading": 28, "title": 32, "message": 64, "note": 44}
_LINES = 2
_HALF = 8
"""Pixels that the words of a message stand lower whose snippet is one line: in the middle of their row."""
_NARROWEST = 2.0
"""Pixels that any other character takes at least, on the average."""
_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def height(row: Row) -> int:
    """Pixels a row is high."""
    return _HEIGHTS[row.kind]


class ResultDelegate(QStyledItemDelegate):
    """A message is three lines: title and date, then two of its snippet, with marks behind what was found."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self.painted = PaintedRows(self._paint, height, theme.color("bg-side"))

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, height(index.data(ROW_ROLE)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: Row = index.data(ROW_ROLE)
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
        self.painted.draw(painter, rect, row, self._ground(option, index))

    def _paint(self, painter: QPainter, rect: QRect, row: Row, ground: Ground) -> None:
        theme = self._theme
        painter.save()
        if row.hit is None:
            bold = row.kind == "heading"
            painter.setFont(theme.font("caption-bold" if bold else "caption"))
            painter.setPen(theme.color("ink-3"))
            flags = _LEFT if bold else _LEFT | Qt.TextFlag.TextWordWrap
            painter.drawText(rect.adjusted(16, 4, -16, 0), flags, row.text)
            painter.restore()
            return
        if ground != "plain":
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(f"bg-{ground}"))
            painter.drawRoundedRect(QRectF(rect).adjusted(8, 1, -8, -1), 6, 6)
        if row.kind == "message" and fits(row.hit.snippet.text, theme.font("caption"), rect.width() - 32):
            rect = rect.translated(0, _HALF)
        line = QRect(rect.left() + 16, rect.top(), rect.width() - 32, 32 if row.kind == "title" else 28)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-3"))
        draw_line(painter, line, row.when, "right")
        line.setRight(line.right() - painter.fontMetrics().horizontalAdvance(row.when) - 10)
        if row.kind == "title":
            draw_marked(painter, line, row.hit.title, theme, theme.font("control"), 1, "ink")
        else:
            if row.hit.role == "user":
                paint_icon(
                    painter, QRectF(line.left() - 1, line.top(), 14, line.height()), "edit", theme, "ink-3"
                )
                line.setLeft(line.left() + 18)
            painter.setFont(theme.font("control"))
            painter.setPen(theme.color("ink"))
            title = row.hit.title.text or tr("sidebar.untitled")
            title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, line.width())
            draw_line(painter, line, title)
            text = QRect(rect.left() + 16, rect.top() + 26, rect.width() - 32, 34)
            draw_marked(painter, text, row.hit.snippet, theme, theme.font("caption"), _LINES, "ink-2")
        painter.restore()

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        row: Row = index.data(ROW_ROLE)
        if row.hit is None:
            return super().helpEvent(event, view, option, index)
        asked = row.kind != "title" and row.hit.role == "user"
        when = QFontMetrics(self._theme.font("caption")).horizontalAdvance(row.when) + 10
        room = view.visualRect(index).width() - 32 - when - 18 * asked
        title = row.hit.title.text
        return tell(event, view, index, "" if fits(title, self._theme.font("control"), room) else title)

    def _ground(self, option: QStyleOptionViewItem, index: _Index) -> Ground:
        if index.row() == self._view.currentIndex().row():
            return "select"
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue] - as above
        return "hover" if state & QStyle.StateFlag.State_MouseOver else "plain"


def draw_marked(
    painter: QPainter, rect: QRect, piece: Snippet, theme: Theme, font: QFont, lines: int, token: str
) -> None:
    """Draw at most so many lines of a text, with a tint behind its marks; what is too long ends in `…`."""
    text = _enough(piece.text or tr("sidebar.untitled"), font, rect.width() * lines)
    if lines == 1:
        text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    layout = _laid_out(text, piece.marks, theme, font, rect.width(), lines)
    painter.setPen(theme.color(token))
    top = float(rect.top())
    if lines == 1 and layout.lineCount():
        top += (rect.height() - layout.lineAt(0).height()) / 2
    last = layout.lineAt(layout.lineCount() - 1)
    start, end = last.textStart(), last.textStart() + last.textLength()
    if end >= len(text) or lines == 1:
        layout.draw(painter, QPointF(rect.left(), top))
        return
    for n in range(layout.lineCount() - 1):
        layout.lineAt(n).draw(painter, QPointF(rect.left(), top))
    # Only the line that is cut is laid out once more: this is done for every row at every key typed.
    short = QFontMetrics(font).elidedText(text[start:], Qt.TextElideMode.ElideRight, rect.width())
    marks = tuple((left - start, right - start) for left, right in piece.marks if right > start)
    rest = _laid_out(short, marks, theme, font, rect.width(), 1)
    rest.draw(painter, QPointF(rect.left(), top + last.y()))


def _enough(text: str, font: QFont, room: int) -> str:
    """The beginning of a text that surely fills so many pixels; all of it when that is not sure.

    Shaping characters that are cut away would take most of the time of painting a row.
    """
    ideograph = _advance(font.key())
    used = 0.0
    for n, char in enumerate(text):
        if used > room:
            # A little more, for the word at the edge.
            return text[: n + 12]
        used += ideograph if "\u3400" <= char <= "\u9fff" else _NARROWEST
    return text


@lru_cache(maxsize=16)
def _advance(font: str) -> int:
    """How wide an ideograph is at least."""
    made = QFont()
    made.fromString(font)
    return QFontMetrics(made).horizontalAdvance("一")


def _laid_out(
    text: str, marks: tuple[tuple[int, int], ...], theme: Theme, font: QFont, width: int, lines: int
) -> QTextLayout:
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats(_formats(text, marks, theme))
    layout.beginLayout()
    y = 0.0
    for _ in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += max(line.height(), 17)
    layout.endLayout()
    return layout


def _formats(text: str, marks: tuple[tuple[int, int], ...], theme: Theme) -> list[QTextLayout.FormatRange]:
    found: list[QTextLayout.FormatRange] = []
    for left, right in marks:
        span = QTextLayout.FormatRange()
        span.start = max(0, left)
        span.length = min(right, len(text)) - span.start
        style = QTextCharFormat()
        style.setBackground(theme.color("mark-hit"))
        style.setForeground(theme.color("ink"))
        span.format = style
        if span.length > 0:
            found.append(span)
    return found


def paint_nothing(painter: QPainter, width: int, theme: Theme, title: str, text: str) -> None:
    """One bold line and one small one, as in every empty list."""
    top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
    painter.setFont(theme.font("control-bold"))
    painter.setPen(theme.color("ink"))
    box = QRectF(16, 40, width - 32, 60)
    used = painter.boundingRect(box, top | Qt.TextFlag.TextWrapAnywhere, title)
    painter.drawText(box, top | Qt.TextFlag.TextWrapAnywhere, title)
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.color("ink-3"))
    painter.drawText(
        QRectF(16, min(used.bottom(), 100) + 4, width - 32, 54), top | Qt.TextFlag.TextWordWrap, text
    )
