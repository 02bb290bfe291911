"""The side card of the first-run page: no key yet? See a baton pass first."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from ui.controls import button
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.settings.form import column, wrapping
from ui.theme import Theme

LINE = 26


class PracticeLegs(QWidget):
    """Three practice legs as the strip would show them: used up, failed, answering."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._legs = (
            ("parked", tr("welcome.practice.a"), tr("welcome.practice.a.state")),
            ("off", tr("welcome.practice.b"), tr("welcome.practice.b.state")),
            ("running", tr("welcome.practice.c"), tr("welcome.practice.c.state")),
        )
        self.setFixedHeight(3 * LINE + 14)
        self.setMinimumWidth(220)
        self.setAccessibleName(tr("settings.comma").join(f"{name} {state}" for _, name, state in self._legs))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("bg-side"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        for i, (mark, name, state) in enumerate(self._legs):
            y = 7 + i * LINE
            last = mark == "running"
            paint_mark(painter, QRectF(11, y + 7, 12, 12), mark, self._theme)
            painter.setFont(self._theme.font("caption-bold" if last else "caption"))
            painter.setPen(self._theme.color("ink" if last else "ink-2"))
            draw_line(painter, QRectF(31, y, 80, LINE), name)
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.color("accent" if last else "ink-2"))
            draw_line(painter, QRectF(118, y, self.width() - 124, LINE), state)
        painter.end()


class PracticeCard(QWidget):
    """`requested()` starts the practice relay."""

    requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        box = column(self, spacing=8, margins=(16, 14, 16, 14))
        box.addWidget(wrapping(tr("welcome.practice.title"), "header", "ink"))
        box.addWidget(wrapping(tr("welcome.practice.text"), "caption", "ink-2"))
        box.addWidget(PracticeLegs(theme))
        self.button = button(tr("welcome.practice.start"), icon="play")
        self.button.clicked.connect(self.requested)
        box.addSpacing(2)
        box.addWidget(self.button)
        self.set_wide(False)

    def set_wide(self, wide: bool) -> None:
        """As wide as the page, or a column of 360 beside the cards."""
        self.setMinimumWidth(0 if wide else 360)
        self.setMaximumWidth(16_777_215 if wide else 360)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()
