"""What the first-run page offers those who come from another program: their chats come along."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import button
from ui.settings.form import column, wrapping
from ui.theme import Theme


class ImportOffer(QWidget):
    """A card with one button. `requested()`."""

    requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        lines = column(self, spacing=8, margins=(16, 14, 16, 14))
        lines.addWidget(wrapping(tr("import.offer.title"), "header", "ink"))
        lines.addWidget(wrapping(tr("import.offer.text"), "caption", "ink-2"))
        self.button = button(tr("import.offer.button"), icon="import")
        self.button.clicked.connect(self.requested)
        lines.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()
