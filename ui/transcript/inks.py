"""One line made of marks, tiles, arrows and words, painted with the ends kept and the middle elided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.lettering import draw_line
from ui.marks import paint_baton, paint_mark, paint_tile
from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Mark:
    """A relay state's shape."""

    state: str
    share: float = 0.65


@dataclass(frozen=True, slots=True)
class Tile:
    """A provider's tile."""

    glyph: str
    colour: str
    size: int = 16


@dataclass(frozen=True, slots=True)
class Baton:
    """The arrow of a baton pass."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text; `shrinks` marks what is elided first when room is short, `brief` is said before any is elided."""

    text: str
    use: str = "caption"
    token: str = "ink-3"
    shrinks: bool = False
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Dashes:
    """A dashed line to the end of the row."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Room between words that are no one sentence."""


Ink = Mark | Tile | Baton | Words | Dashes | Apart

_GAP = 7
_SPACE = 4
"""Before words that begin with a dot: a space in a caption, as behind the dot."""
_MARK = 11
_BATON = 26
_LEAST = 12
"""Pixels that words keep."""
_DASHES = 20
"""A line of dashes that would be shorter is not drawn."""


def spoken(inks: Sequence[Ink]) -> str:
    """The line as a sentence, for screen readers and tooltips."""
    return " ".join(ink.text for ink in inks if isinstance(ink, Words))


def _width(ink: Ink, theme: Theme) -> int:
    match ink:
        case Mark():
            return _MARK
        case Tile(size=size):
            return size
        case Baton():
            return _BATON
        case Words(text=text, use=use):
            return QFontMetrics(theme.font(use)).horizontalAdvance(text)
        case Dashes() | Apart():
            return 0


def _gaps(inks: Sequence[Ink]) -> list[int]:
    """The room behind each ink."""
    dotted = [isinstance(ink, Words) and ink.text.startswith("·") for ink in inks]
    return [*(_SPACE if after else _GAP for after in dotted[1:]), 0][: len(inks)]


def natural_width(inks: Sequence[Ink], theme: Theme) -> int:
    """Width that shows everything."""
    return sum(_width(ink, theme) for ink in inks) + sum(_gaps(inks))


def briefly(inks: Sequence[Ink], room: int, theme: Theme) -> Sequence[Ink]:
    """The line with as many of its words brief as make it fit `room`: those first that shrink first."""
    said = list(inks)
    places = [i for i, ink in enumerate(inks) if isinstance(ink, Words) and ink.brief]
    for i in sorted(places, key=lambda i: not getattr(inks[i], "shrinks", False)):
        if natural_width(said, theme) <= room:
            break
        ink = said[i]
        if isinstance(ink, Words):
            said[i] = replace(ink, text=ink.brief)
    return said


def fitting(inks: Sequence[Ink], room: int, theme: Theme) -> list[int]:
    """How wide each ink is where the line may be as wide as `room`."""
    widths = [_width(ink, theme) for ink in inks]
    short = natural_width(inks, theme) - room
    words = [(i, ink.shrinks) for i, ink in enumerate(inks) if isinstance(ink, Words)]
    soft = [i for i, shrinks in words if shrinks]
    total = sum(widths[i] for i in soft)
    take = min(short, total - _LEAST * len(soft))
    if take > 0:
        for i in soft:
            widths[i] -= round(take * widths[i] / total)
        short -= take
    firm = sorted((i for i, shrinks in words if not shrinks), key=lambda i: -widths[i])
    for n, _ in enumerate(firm, 1):
        if short <= 0:
            break
        # The longest shrink together until they are as short as the next one: a name before a time.
        longest = firm[:n]
        floor = max(_LEAST, widths[firm[n]] if n < len(firm) else 0)
        take = min(short, sum(max(0, widths[i] - floor) for i in longest))
        level = widths[longest[0]] - math.ceil(take / n)
        for i in longest:
            widths[i] = min(widths[i], max(level, 0))
        short -= take
    return widths


def paint_inks(painter: QPainter, rect: QRectF, inks: Sequence[Ink], theme: Theme) -> None:
    """Paint the line into `rect`, vertically centred; shrinking texts give way evenly, then the longest of
    the others."""
    inks = briefly(inks, int(rect.width()), theme)
    widths = fitting(inks, int(rect.width()), theme)
    x, middle = rect.x(), rect.center().y()
    for ink, width, gap in zip(inks, widths, _gaps(inks), strict=True):
        match ink:
            case Mark(state=state, share=share):
                paint_mark(painter, QRectF(x, middle - _MARK / 2, _MARK, _MARK), state, theme, share)
            case Tile(glyph=glyph, colour=colour, size=size):
                paint_tile(painter, QRectF(x, round(middle - size / 2), size, size), glyph, colour, theme)
            case Baton():
                paint_baton(painter, QRectF(x, middle - 5, _BATON, 10), theme)
            case Words(text=text, use=use, token=token):
                font = theme.font(use)
                painter.setFont(font)
                painter.setPen(theme.color(token))
                shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width + 1)
                where = QRectF(x, rect.y(), width + 2, rect.height())
                draw_line(painter, where, shown)
            case Dashes() if rect.right() - x >= _DASHES:
                pen = QPen(theme.color("line-strong"), 1, Qt.PenStyle.CustomDashLine)
                pen.setDashPattern([4, 4])
                painter.setPen(pen)
                y = int(middle)
                painter.drawLine(int(x) + 2, y, int(rect.right()), y)
            case Dashes() | Apart():
                pass
        x += width + gap


class InkLine(QWidget):
    """A line of inks as a widget of fixed height; copied as nothing."""

    def __init__(self, theme: Theme, parent: QWidget, height: int) -> None:
        super().__init__(parent)
        self._theme = theme
        self._high = height
        self._inks: Sequence[Ink] = ()

    def set_inks(self, inks: Sequence[Ink]) -> None:
        """Show this line."""
        if inks != self._inks:
            self._inks = inks
            self.setAccessibleName(spoken(inks))
            self.update()

    @property
    def inks(self) -> Sequence[Ink]:
        """What is shown."""
        return self._inks

    def fit(self, width: int) -> int:
        """The height; a tooltip says the whole line when it does not fit."""
        cut = natural_width(self._inks, self._theme) > width
        self.setToolTip(spoken(self._inks) if cut else "")
        return self._high

    def sizeHint(self) -> QSize:
        return QSize(natural_width(self._inks, self._theme), self._high)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_inks(QPainter(self), QRectF(self.rect()), self._inks, self._theme)
