"""Formulas as pictures, drawn offline on a worker thread and kept; whatever cannot be drawn stays source."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from ui.render.formula_svg import LONGEST, UNKNOWN, inside, svg_of
from ui.transcript.source import TaskStarter

_KEPT = 400
_WIDEST = 640


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, its size in logical pixels, and whether it hangs below the line it stands on."""

    image: QImage
    width: int
    height: int
    hangs: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drawn: size in pixels, ratio = device pixels in one, x-height of the text around it."""

    source: str
    size: int
    colour: str
    ratio: float
    x_height: float


class Formulas:
    """Draws what is asked for. `start` runs tasks; without it nothing is drawn and sources stay."""

    def __init__(self, colour: str, font: QFont, ratio: Callable[[], float]) -> None:
        self.start: TaskStarter | None = None
        self._colour = colour
        self._size = font.pixelSize() if font.pixelSize() > 0 else 15
        self._x_height = float(QFontMetrics(font).xHeight())
        self._ratio = ratio
        self._done: OrderedDict[Order, Drawn | None] = OrderedDict()
        self._waiting: dict[Order, list[Callable[[], None]]] = {}
        self._working = False

    def _order(self, source: str) -> Order:
        return Order(source, self._size, self._colour, self._ratio(), self._x_height)

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

    async def _work(self) -> None:
        try:
            while self._waiting:
                order = next(iter(self._waiting))
                found = await asyncio.to_thread(draw, order)
                self._done[order] = found
                while len(self._done) > _KEPT:
                    self._done.popitem(last=False)
                for then in self._waiting.pop(order, []) if found is not None else ():
                    then()
                self._waiting.pop(order, None)
        finally:
            self._working = False


def draw(order: Order) -> Drawn | None:
    """On a worker thread: the picture, None on any doubt."""
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
    # The SVG has a margin of one all round: what hangs less than that does not hang.
    hangs = not display and below > 1.5 * scale
    wide, high, top = math.ceil(width), math.ceil(above + below), 0.0
    if hangs:
        # A picture "in the middle" stands (height + half an x) / 2 above the line: room is added above or
        # below until the formula's own line falls there.
        half_x = order.x_height / 2
        high = math.ceil(max(2 * above - half_x, 2 * below + half_x))
        top = (high + half_x) / 2 - above
    elif not display:
        high = math.ceil(above)
        top = high - above
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
    return Drawn(image, wide, high, hangs)
