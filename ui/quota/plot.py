"""What all plots have in common: spots that tell their value under the pointer and to the arrow keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme import Theme

KIND_TOKENS = {
    "rate_limited": "cool-mark",
    "quota_exhausted": "parked-mark",
    "network": "info-mark",
    "content_blocked": "accent",
    "context_too_long": "line-control",
}
"""Colour roles of failure kinds; any other kind is `bad-mark`."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a plot that says something. `target` is (conversation, message), where there is one."""

    rect: QRectF
    text: str
    target: tuple[str, str] | None = None


class Plot(QWidget):
    """A picture one can ask: the pointer or the arrow keys choose a spot, its text is shown and read aloud.

    `chosen(target)` for a click or Enter on a spot that leads somewhere.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, name: str, height: int) -> None:
        super().__init__()
        self.theme = theme
        self.spots: list[Spot] = []
        self.current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(height)
        self.setMinimumWidth(240)
        self.setAccessibleName(name)

    # for the plots

    def arrange(self) -> None:
        """Work out `spots` for the present size."""
        raise NotImplementedError

    def draw(self, painter: QPainter) -> None:
        """Draw everything but the mark of the current spot."""
        raise NotImplementedError

    def changed(self) -> None:
        """The data is another one."""
        self.current = -1
        self.setAccessibleDescription("")
        self.arrange()
        self.update()

    # choosing

    def choose(self, index: int, *, spoken: bool = False) -> None:
        """Make a spot current; -1 = none."""
        if index == self.current:
            return
        self.current = index
        self.update()
        spot = self.spot()
        if spot is None:
            QToolTip.hideText()
            return
        self.setAccessibleDescription(spot.text)
        if spoken:
            told = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(told)
        below = spot.rect.bottomLeft().toPoint() + QPoint(0, 6)
        QToolTip.showText(self.mapToGlobal(below), spot.text, self, spot.rect.toRect())

    def spot(self) -> Spot | None:
        """The current spot."""
        return self.spots[self.current] if 0 <= self.current < len(self.spots) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        found = next((i for i, s in reversed(list(enumerate(self.spots))) if s.rect.contains(at)), -1)
        self.choose(found)
        target = self.spots[found].target if found >= 0 else None
        self.setCursor(Qt.CursorShape.PointingHandCursor if target else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self.choose(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.spots) - 1
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down if last >= 0:
                self.choose(min(last, self.current + 1), spoken=True)
            case Qt.Key.Key_Left | Qt.Key.Key_Up if last >= 0:
                self.choose(max(0, self.current - 1), spoken=True)
            case Qt.Key.Key_Home if last >= 0:
                self.choose(0, spoken=True)
            case Qt.Key.Key_End if last >= 0:
                self.choose(last, spoken=True)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._go()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.choose(-1)
        super().focusOutEvent(event)
        self.update()

    def _go(self) -> None:
        spot = self.spot()
        if spot is not None and spot.target is not None:
            self.chosen.emit(spot.target)

    # painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        spot = self.spot()
        if spot is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.theme.color("ink"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(spot.rect.adjusted(-1.5, -1.5, 1.5, 1.5), 2, 2)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def ink(self, colour: str, token: str = "parked-mark") -> QColor:
        """A provider's colour, or that of a role where it has none."""
        return QColor(colour) if colour else self.theme.color(token)

    def metrics(self, use: str) -> QFontMetrics:
        """Measures of a font."""
        return QFontMetrics(self.theme.font(use))


def kind_token(kind: str) -> str:
    """The colour role of a failure kind."""
    return KIND_TOKENS.get(kind, "bad-mark")


def ticks(top: float, wanted: int = 4) -> list[float]:
    """Round numbers from 0 to at least `top`; whole ones unless all is below 1."""
    if top <= 0:
        return [0.0, 1.0]
    rough = max(1.0, top / wanted) if top >= 1 else top / wanted
    power = 10 ** math.floor(math.log10(rough))
    steps = (s * power for s in (1, 2, 2.5, 5, 10) if s != 2.5 or power >= 10 or top < 1)
    step = next(s for s in steps if s >= rough)
    return [n * step for n in range(math.ceil(top / step - 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten, from the one below `low` to the one above `high`."""
    steps = [m * 10.0**p for p in range(7) for m in (1, 2, 5)]
    under = [s for s in steps if s <= low]
    over = [s for s in steps if s >= high]
    first = under[-1] if under else steps[0]
    last = over[0] if over else steps[-1]
    return [s for s in steps if first <= s <= last]


def every(labels: Sequence[str], metrics: QFontMetrics, room: float) -> int:
    """Only each so-and-so-many-th of these labels fits side by side."""
    widest = max((metrics.horizontalAdvance(label) for label in labels), default=0) + 14
    return max(1, math.ceil(widest / room)) if room > 0 else max(1, len(labels))
