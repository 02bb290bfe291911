"""Per provider: how fast the first text came, and how often it failed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import wording
from app.i18n import tr
from app.quota_report import Failures
from app.store.usage import Speed
from app.wording import LegLabel
from ui.hairlines import rule
from ui.lettering import draw_line
from ui.quota.plot import Plot, Spot, kind_token, log_ticks
from ui.theme import Theme

_ROW, _FOOT = 24, 22
_NAME_MOST = 150


class _Rows(Plot):
    """A line a provider: its colour and name, the picture, a number."""

    number_width = 64

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name, _ROW + _FOOT)
        self.labels: list[LegLabel] = []
        self.numbers: list[str] = []
        self.left = 100.0

    def lay_out(self) -> None:
        """Height and name column for the present labels."""
        self.setFixedHeight(max(1, len(self.labels)) * _ROW + _FOOT)
        widths = [self.metrics("caption").horizontalAdvance(one.name) for one in self.labels]
        self.left = min(_NAME_MOST, max(widths, default=60)) + 32.0

    @property
    def end(self) -> float:
        """Where the picture ends."""
        return self.width() - self.number_width - 8.0

    def middle(self, row: int) -> float:
        """The middle of a row."""
        return row * _ROW + _ROW / 2

    def draw_rows(self, painter: QPainter) -> None:
        """Names and numbers."""
        theme = self.theme
        painter.setFont(theme.font("caption"))
        for row, (one, number) in enumerate(zip(self.labels, self.numbers, strict=True)):
            painter.fillRect(QRectF(0, self.middle(row) - 5, 10, 10), self.ink(one.colour))
            painter.setPen(theme.color("ink"))
            room = self.left - 32
            name = painter.fontMetrics().elidedText(one.name, Qt.TextElideMode.ElideRight, round(room))
            draw_line(painter, QRectF(17, self.middle(row) - 9, room + 4, 18), name)
            number_box = QRectF(self.end + 7, self.middle(row) - 9, self.number_width, 18)
            draw_line(painter, number_box, number, "right")


class Speeds(_Rows):
    """A dot at the median, a line from 10 to 90 %, on a logarithmic axis."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._speeds: Sequence[Speed] = ()
        self._ticks: list[float] = [100.0, 1000.0]

    def show_data(self, speeds: Sequence[Speed], label: Callable[[str], LegLabel]) -> None:
        """Show these, in this order."""
        self._speeds = speeds
        self.labels = [label(speed.provider) for speed in speeds]
        self.numbers = [wording.seconds(speed.median) for speed in speeds]
        low = min((max(1, s.low) for s in speeds), default=100)
        high = max((max(1, s.high) for s in speeds), default=1000)
        self._ticks = log_ticks(low, max(high, low * 2))
        self.lay_out()
        self.changed()

    def _x(self, ms: float) -> float:
        first, last = math.log(self._ticks[0]), math.log(self._ticks[-1])
        share = (math.log(max(1.0, ms)) - first) / (last - first) if last > first else 0.5
        return self.left + max(0.0, min(1.0, share)) * (self.end - self.left)

    def arrange(self) -> None:
        self.spots = []
        for row, (one, name) in enumerate(zip(self._speeds, self.labels, strict=True)):
            text = tr(
                "quota.spot_speed",
                name=name.name,
                median=wording.seconds(one.median),
                low=wording.seconds(one.low),
                high=wording.seconds(one.high),
                n=one.n,
            )
            a, b = self._x(one.low), self._x(one.high)
            self.spots.append(Spot(QRectF(a - 6, self.middle(row) - 9, b - a + 12, 18), text))

    def draw(self, painter: QPainter) -> None:
        theme, foot = self.theme, len(self.labels) * _ROW
        painter.setFont(theme.font("axis"))
        shown = self._ticks if len(self._ticks) <= 5 else self._ticks[:: math.ceil(len(self._ticks) / 5)]
        for tick in shown:
            x = round(self._x(tick))
            rule(painter, x, 0, 1, foot, theme.color("line"))
            painter.setPen(theme.color("ink-3"))
            where = QRectF(x - 40, foot + 4, 80, 16)
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, wording.seconds(round(tick)))
        self.draw_rows(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, (one, name) in enumerate(zip(self._speeds, self.labels, strict=True)):
            y, a, b = self.middle(row), self._x(one.low), self._x(one.high)
            painter.setPen(QPen(theme.color("parked-mark"), 1.4))
            painter.drawLine(QPointF(a, y), QPointF(b, y))
            for x in (a, b):
                painter.drawLine(QPointF(x, y - 4), QPointF(x, y + 4))
            painter.setPen(QPen(theme.color("bg-page"), 1))
            painter.setBrush(self.ink(name.colour))
            painter.drawEllipse(QPointF(self._x(one.median), y), 5, 5)


@dataclass(frozen=True, slots=True)
class _Piece:
    rect: QRectF
    kind: str


class FailureRates(_Rows):
    """The share of attempts that failed, by kind. `kind(name)` says a kind in words."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._failures: Sequence[Failures] = ()
        self._pieces: list[_Piece] = []
        self._kind: Callable[[str], str] = str
        self._top = 1.0

    def show_data(
        self, failures: Sequence[Failures], label: Callable[[str], LegLabel], kind: Callable[[str], str]
    ) -> None:
        """Show these, in this order."""
        self._failures, self._kind = failures, kind
        self.labels = [label(one.provider) for one in failures]
        rates = [one.failed / one.total for one in failures]
        self.numbers = [f"{rate:.0%}" for rate in rates]
        self._top = next(top for top in (0.1, 0.2, 0.4, 0.6, 1.0) if top >= max(rates, default=0.0))
        self.lay_out()
        self.changed()

    def arrange(self) -> None:
        self.spots, self._pieces = [], []
        for row, (one, name) in enumerate(zip(self._failures, self.labels, strict=True)):
            x = self.left
            for kind, n in one.kinds:
                wide = (self.end - self.left) * n / one.total / self._top
                rect = QRectF(x, self.middle(row) - 5, max(2.0, wide), 10)
                self._pieces.append(_Piece(rect, kind))
                text = tr("quota.spot_failed", name=name.name, kind=self._kind(kind), n=n, total=one.total)
                self.spots.append(Spot(rect.adjusted(0, -4, 0, 4), text))
                x += wide
            if not one.kinds:
                rect = QRectF(self.left, self.middle(row) - 9, self.end - self.left, 18)
                self.spots.append(Spot(rect, tr("quota.spot_sound", name=name.name, n=one.total)))

    def draw(self, painter: QPainter) -> None:
        theme, foot = self.theme, len(self.labels) * _ROW
        painter.setFont(theme.font("axis"))
        for share in (0.0, 0.5, 1.0):
            x = round(self.left + share * (self.end - self.left)) + 0.5
            painter.setPen(theme.color("ink-3"))
            where = QRectF(x - 40, foot + 4, 80, 16)
            text = f"{share * self._top:.1%}".replace(".0%", "%")
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, text)
        painter.setPen(Qt.PenStyle.NoPen)
        for row in range(len(self.labels)):
            trough = QRectF(self.left, self.middle(row) - 5, self.end - self.left, 10)
            painter.fillRect(trough, theme.color("bg-sunken"))
        for piece in self._pieces:
            gap = 1.0 if piece.rect.width() > 3 else 0.0
            painter.fillRect(piece.rect.adjusted(0, 0, -gap, 0), theme.color(kind_token(piece.kind)))
        self.draw_rows(painter)
