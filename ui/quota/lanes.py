"""Today's relay: a lane a leg, bars where it held the baton, arrows where it was passed on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import wording
from app.i18n import tr
from app.store.usage import Lap
from app.wording import LegLabel
from ui.hairlines import rule
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.quota.plot import Plot, Spot, every
from ui.theme import Theme

_ROW, _FOOT, _HOUR = 29, 22, 3600.0
_NAME_MOST = 170
_LEAST_BAR = 4.0
_MOST_LANES = 8

MARKS = {
    "quota_exhausted": "parked",
    "rate_limited": "cooling",
    "network": "offline",
    "region_blocked": "blocked",
    "content_blocked": "blocked",
    "context_too_long": "skipped",
}
"""The mark of a failure kind; any other kind is `off`."""


@dataclass(frozen=True, slots=True)
class _Arrow:
    start: QPointF
    end: QPointF
    mark: str


class Lanes(Plot):
    """`chosen((conversation, message))` for a click on a bar."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name, _ROW + _FOOT)
        self._laps: Sequence[Lap] = ()
        self._names: list[LegLabel] = []
        self._lanes: list[str] = []
        self._bars: list[tuple[QRectF, str]] = []
        self._arrows: list[_Arrow] = []
        self._hours: list[float] = []
        self._left = 100.0
        self._words: list[str] = []

    def show_data(
        self,
        laps: Sequence[Lap],
        label: Callable[[str, str], LegLabel],
        kind: Callable[[str], str],
        now: float,
    ) -> None:
        """Show these attempts, oldest first; the legs asked most get lanes."""
        counts: dict[str, int] = {}
        for lap in laps:
            leg = f"{lap.provider}:{lap.model}"
            counts[leg] = counts.get(leg, 0) + 1
        self._lanes = sorted(counts, key=lambda leg: -counts[leg])[:_MOST_LANES]
        self._laps = [lap for lap in laps if f"{lap.provider}:{lap.model}" in self._lanes]
        self._names = [label(*lane.split(":", 1)) for lane in self._lanes]
        by_lane = dict(zip(self._lanes, self._names, strict=True))
        self._words = [_told(lap, by_lane[f"{lap.provider}:{lap.model}"], kind) for lap in self._laps]
        first = min((lap.at for lap in self._laps), default=now - _HOUR)
        self._hours = _hours(first, max(now, first + _HOUR))
        widths = [self.metrics("caption").horizontalAdvance(one.name) for one in self._names]
        self._left = min(_NAME_MOST, max(widths, default=60)) + 30.0
        self.setFixedHeight(max(1, len(self._lanes)) * _ROW + _FOOT)
        self.changed()

    def _x(self, at: float) -> float:
        first, last = self._hours[0], self._hours[-1]
        return self._left + (at - first) / (last - first) * (self.width() - self._left - 12)

    def arrange(self) -> None:
        self.spots, self._bars, self._arrows = [], [], []
        if not self._hours:
            return
        before: dict[str, tuple[Lap, QRectF]] = {}
        for lap, words in zip(self._laps, self._words, strict=True):
            row = self._lanes.index(f"{lap.provider}:{lap.model}")
            y = row * _ROW + _ROW / 2
            a = self._x(lap.at)
            b = max(a + _LEAST_BAR, self._x(lap.at + lap.ms / 1000))
            rect = QRectF(a, y - 4, b - a, 8)
            self._bars.append((rect, self._names[row].colour))
            target = (lap.conversation, lap.message) if lap.conversation and lap.message else None
            self.spots.append(Spot(rect.adjusted(-1, -5, 1, 5), words, target))
            earlier = before.get(lap.message or "")
            passed = earlier is not None and earlier[1].center().y() != y
            if earlier is not None and passed and earlier[0].kind is not None:
                start = QPointF(earlier[1].right(), earlier[1].center().y())
                self._arrows.append(_Arrow(start, QPointF(a, y), MARKS.get(earlier[0].kind, "off")))
            if lap.message is not None:
                before[lap.message] = lap, rect

    def draw(self, painter: QPainter) -> None:
        theme, foot = self.theme, len(self._lanes) * _ROW
        painter.setFont(theme.font("axis"))
        labels = [time.strftime("%H:%M", time.localtime(hour)) for hour in self._hours]
        room = (self.width() - self._left - 12) / max(1, len(self._hours) - 1)
        step = every(labels, self.metrics("axis"), room)
        for n, (hour, text) in enumerate(zip(self._hours, labels, strict=True)):
            x = round(self._x(hour))
            rule(painter, x, 0, 1, foot, theme.color("line"))
            if n % step == 0:
                painter.setPen(theme.color("ink-3"))
                where = QRectF(x - 40, foot + 4, 80, 16)
                if where.right() > self.width():
                    where.moveRight(self.width())
                    painter.drawText(where, Qt.AlignmentFlag.AlignRight, text)
                else:
                    painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, text)
        painter.setFont(theme.font("caption"))
        for row, name in enumerate(self._names):
            y = row * _ROW + _ROW / 2
            rule(painter, self._left, round(y), self.width() - self._left, 1, theme.color("line"))
            painter.fillRect(QRectF(0, y - 5, 10, 10), self.ink(name.colour))
            painter.setPen(theme.color("ink"))
            shown = painter.fontMetrics().elidedText(
                name.name, Qt.TextElideMode.ElideRight, round(self._left - 30)
            )
            draw_line(painter, QRectF(17, y - 9, self._left - 26, 18), shown)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for rect, colour in self._bars:
            painter.setBrush(self.ink(colour))
            painter.drawRoundedRect(rect, 2, 2)
        for arrow in self._arrows:
            self._draw_arrow(painter, arrow)

    def _draw_arrow(self, painter: QPainter, arrow: _Arrow) -> None:
        theme = self.theme
        down = arrow.end.y() >= arrow.start.y()
        x = max(arrow.start.x(), arrow.end.x())
        tip = arrow.end.y() - (5 if down else -5)
        painter.setPen(QPen(theme.color("ink-2"), 1.2))
        painter.drawLine(QPointF(x, arrow.start.y()), QPointF(x, tip))
        back = -4 if down else 4
        painter.drawPolyline([QPointF(x - 3, tip + back), QPointF(x, tip), QPointF(x + 3, tip + back)])
        box = QRectF(x - 6, arrow.start.y() - 6, 12, 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("bg-page"))
        painter.drawEllipse(box.adjusted(-1, -1, 1, 1))
        paint_mark(painter, box, arrow.mark, theme, 0.75)


def _hours(first: float, last: float) -> list[float]:
    """Full hours round [first, last], at most thirteen of them."""
    start = math.floor(first / _HOUR) * _HOUR
    count = max(1, math.ceil((last - start) / _HOUR))
    step = math.ceil(count / 12)
    return [start + n * step * _HOUR for n in range(math.ceil(count / step) + 1)]


def _told(lap: Lap, name: LegLabel, kind: Callable[[str], str]) -> str:
    when = time.strftime("%H:%M", time.localtime(lap.at))
    what = kind(lap.kind) if lap.kind else tr(f"quota.lap_{lap.outcome}")
    return tr("quota.spot_lap", when=when, name=name.name, what=what, time=wording.seconds(lap.ms))
