"""Stacked bars, one a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app import wording
from app.i18n import tr
from app.quota_report import Series
from ui.hairlines import rule
from ui.lettering import draw_line
from ui.quota.plot import Plot, Spot, every, kind_token, ticks
from ui.theme import Theme

_TOP, _FOOT = 10, 22


class Bars(Plot):
    """`amount(n)` says a value in words."""

    def __init__(
        self, theme: Theme, name: str, amount: Callable[[int], str] = wording.amount, height: int = 196
    ) -> None:
        super().__init__(theme, name, height)
        self._days: Sequence[str] = ()
        self._series: Sequence[Series] = ()
        self._amount = amount
        self._ticks = ticks(0)
        self._left = 30.0

    def show_data(
        self, days: Sequence[str], series: Sequence[Series], amount: Callable[[int], str] | None = None
    ) -> None:
        """Show these, one value a day each, the first at the bottom."""
        self._days, self._series = days, series
        self._amount = amount or self._amount
        totals = [sum(s.values[i] for s in series) for i in range(len(days))]
        self._ticks = ticks(max(totals, default=0))
        self.changed()

    def arrange(self) -> None:
        self.spots = []
        width = max((self.metrics("axis").horizontalAdvance(self._tick(t)) for t in self._ticks), default=20)
        self._left = width + 10.0
        if not self._days:
            return
        for i, day in enumerate(self._days):
            foot = self.height() - _FOOT
            for one in self._series:
                value = one.values[i]
                if not value:
                    continue
                tall = value / self._ticks[-1] * (self.height() - _FOOT - _TOP)
                rect = QRectF(self._x(i) - self._bar() / 2, foot - tall, self._bar(), tall)
                text = tr("quota.spot_day", day=day, name=one.name, amount=self._amount(value))
                self.spots.append(Spot(rect, text))
                foot -= tall

    def _tick(self, value: float) -> str:
        return wording.amount(round(value))

    def _room(self) -> float:
        return (self.width() - self._left - 4) / max(1, len(self._days))

    def _bar(self) -> float:
        return max(2.0, min(34.0, self._room() * 0.62))

    def _x(self, i: int) -> float:
        return self._left + self._room() * (i + 0.5)

    def draw(self, painter: QPainter) -> None:
        theme = self.theme
        painter.setFont(theme.font("axis"))
        foot, high = self.height() - _FOOT, self.height() - _FOOT - _TOP
        for tick in self._ticks:
            y = round(foot - tick / self._ticks[-1] * high)
            token = "line-strong" if tick == 0 else "line"
            rule(painter, self._left, y, self.width() - self._left, 1, theme.color(token))
            painter.setPen(theme.color("ink-3"))
            draw_line(painter, QRectF(0, y - 8, self._left - 8, 16), self._tick(tick), "right")
        self._draw_days(painter, foot)
        spots = iter(self.spots)
        for i in range(len(self._days)):
            for one in self._series:
                if one.values[i]:
                    # A gap in the page's colour parts the segments, for those who see no colours.
                    rect = next(spots).rect
                    gap = 1.0 if rect.height() > 2.5 else 0.0
                    painter.fillRect(rect.adjusted(0, gap, 0, 0), self.ink(one.colour, kind_token(one.id)))

    def _draw_days(self, painter: QPainter, foot: float) -> None:
        labels = [day[5:] for day in self._days]
        if labels:
            labels[-1] = tr("quota.today")
        step = every(labels, self.metrics("axis"), self._room())
        for i, text in enumerate(labels):
            if (len(labels) - 1 - i) % step == 0:
                last = i == len(labels) - 1
                painter.setPen(self.theme.color("ink" if last else "ink-3"))
                where = QRectF(self._x(i) - 40, foot + 4, 80, 16)
                if where.right() > self.width():
                    where.moveRight(self.width())
                    painter.drawText(where, Qt.AlignmentFlag.AlignRight, text)
                else:
                    painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, text)
