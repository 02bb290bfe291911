"""Formulas as pictures, drawn offline on a worker thread and kept; whatever cannot be drawn stays source."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from ui.render.formula_svg import LONGEST, UNKNOWN, inside, svg_of
from ui.transcript.source import TaskStarter

_KEPT = 400
_REST = 0.01
"""Seconds between two turns of looking at fonts."""

_WIDEST = 640


Descents = tuple[tuple[int, float], ...]
"""Sizes of a font in pixels, and how many pixels each reaches below the line; the smallest first."""


def descents(font: QFont) -> Iterator[tuple[int, float]]:
    """The descents of a font from its own size up to six times that."""
    size, other = max(1, font.pixelSize()), QFont(font)
    for pixels in range(size, 6 * size, 2):
        other.setPixelSize(pixels)
        yield pixels, QFontMetricsF(other).descent()


def on_line(document: QTextDocument, hangs: Mapping[str, int], font: QFont) -> None:
    """Put the pictures of formulas, by name, on the line of the text around them.

    HTML can only centre a picture in its line, which lifts it by what the line has above its letters. Aligned
    with the base line it hangs by its font's descent: each gets the size that fits.
    """
    places: list[tuple[int, int, int]] = []
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            piece = pieces.fragment()
            name = piece.charFormat().toImageFormat().name() if piece.charFormat().isImageFormat() else ""
            if hangs.get(name):
                places.append((piece.position(), piece.length(), hangs[name]))
            pieces += 1
        block = block.next()
    cursor = QTextCursor(document)
    for start, length, size in places:
        look = QTextCharFormat()
        look.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        look.setFontFamilies(font.families())
        look.setProperty(QTextFormat.Property.FontPixelSize, size)
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and its size in logical pixels. `hang` is the size of the font whose descent it reaches below
    the line, 0 for one that stands by itself; `on_line` sees to it."""

    image: QImage
    width: int
    height: int
    hang: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drawn: size in pixels, ratio = device pixels in one."""

    source: str
    size: int
    colour: str
    ratio: float


class Formulas:
    """Draws what is asked for. `start` runs tasks; without it nothing is drawn and sources stay. `left` says
    in how many milliseconds there is room to show a picture."""

    def __init__(
        self, colour: str, font: QFont, ratio: Callable[[], float], left: Callable[[], int] = lambda: 0
    ) -> None:
        self.start: TaskStarter | None = None
        self._colour = colour
        self._size = font.pixelSize() if font.pixelSize() > 0 else 15
        self._font = font
        self._descents: Descents = ()
        self._ratio = ratio
        self._left = left
        self._done: OrderedDict[Order, Drawn | None] = OrderedDict()
        self._waiting: dict[Order, list[Callable[[], None]]] = {}
        self._working = False

    def _order(self, source: str) -> Order:
        return Order(source, self._size, self._colour, self._ratio())

    def drawn(self, source: str) -> Drawn | None:
        """The picture when it is ready; None as long as (or because) it is not."""
        return self._done.get(self._order(source))

    def need(self, source: str, then: Callable[[], None]) -> None:
        """Have a formula drawn; `then` is called when its picture is there, never when it cannot be drawn."""
        order = self._order(source)
        if self.start is None or order in self._done or len(source) > LONGEST:
            return
        self._waiting.setdefault(order, []).append(then)
        if not self._working:
            self._working = True
            self.start(self._work(), "draw formulas")

    async def _descents_known(self) -> Descents:
        """How far the fonts reach below the line: a few each turn, for opening a font takes its time."""
        if not self._descents:
            found: list[tuple[int, float]] = []
            for one in descents(self._font):
                found.append(one)
                if len(found) % 4 == 0:
                    await asyncio.sleep(_REST)
            self._descents = tuple(found)
        return self._descents

    async def _work(self) -> None:
        owed: dict[Callable[[], None], None] = {}
        try:
            while self._waiting:
                order = next(iter(self._waiting))
                found = await asyncio.to_thread(draw, order, await self._descents_known())
                self._done[order] = found
                while len(self._done) > _KEPT:
                    self._done.popitem(last=False)
                came = self._waiting.pop(order, [])
                if found is not None:
                    owed.update(dict.fromkeys(came))
                await self._tell(owed)
        finally:
            self._working = False

    async def _tell(self, owed: dict[Callable[[], None], None]) -> None:
        """Call back, each in a frame of its own, who waits for nothing else: once for all of its formulas."""
        for then in list(owed):
            if not any(then in waiting for waiting in self._waiting.values()):
                del owed[then]
                await asyncio.sleep(self._left() / 1000)
                then()


def draw(order: Order, descents: Descents) -> Drawn | None:
    """On a worker thread: the picture, None on any doubt. `descents` begin with the text around it."""
    latex, display = inside(order.source)
    if not latex or UNKNOWN.search(latex):
        return None
    found = svg_of(latex, order.size, order.colour, display=display)
    if found is None:
        return None
    svg, width, above, below = found
    scale = min(1.0, _WIDEST / width) if width else 0.0
    if scale < 0.6:
        return None
    width, above, below = width * scale, above * scale, below * scale
    wide, high, top, hang = math.ceil(width), math.ceil(above + below), 0.0, 0
    if not display:
        deep = [found for found in descents if found[1] >= below]
        hang, descent = deep[0] if deep else descents[-1]
        high = math.ceil(above + max(below, descent))
        top = max(0.0, high - descent - above)
    image = QImage(
        math.ceil(wide * order.ratio),
        math.ceil(high * order.ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(order.ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    renderer.render(painter, QRectF(0, top, width, above + below))
    painter.end()
    return Drawn(image, wide, high, hang)
