"""Parts of a card's three steps: the step's mark, and what stands for a key that is in."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.theme import Theme


class StepMark(QWidget):
    """A step's number in a ring, or a tick on a filled one once it is done."""

    def __init__(self, theme: Theme, number: int) -> None:
        super().__init__()
        self._theme, self._number, self._done = theme, number, False
        self.setFixedSize(20, 20)

    def set_done(self, done: bool) -> None:
        """Tick the step off, or not."""
        self._done = done
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen if self._done else QPen(self._theme.color("line-control"), 1))
        painter.setBrush(self._theme.color("accent" if self._done else "bg-page"))
        painter.drawEllipse(rect)
        if self._done:
            paint_icon(painter, QRectF(self.rect()), "check", self._theme, "on-accent", 14)
        else:
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.color("ink-2"))
            draw_line(painter, self.rect(), str(self._number), "centre")
        painter.end()


class StoredKey(QWidget):
    """Instead of the field once a key is in: dots, its last four characters, and a way to replace it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._dots = label("", "code", "ink")
        self._dots.setMinimumWidth(40)
        self.replace = button(tr("welcome.replace"), "link")
        row = QHBoxLayout(self)
        row.setContentsMargins(34, 2, 10, 2)
        row.addWidget(self._dots, 1)
        row.addWidget(self.replace)
        self.setFixedHeight(30)

    def show_end(self, last4: str) -> None:
        """Show dots and these characters."""
        self._dots.setText("•" * 12 + last4)
        self._dots.setAccessibleName(tr("settings.key.ends", last4=last4))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line-control"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        paint_icon(painter, QRectF(9, 0, 16, self.height()), "key", self._theme, "ink-3")
        painter.end()
