"""What else the first-run page offers: the models that run on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import Button, button
from ui.settings.form import column, wrapping
from ui.theme import Theme


class SideOffers(QWidget):
    """A card that is hidden until a server was found. `local_chosen(provider)`: chat with that one."""

    local_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: QVBoxLayout = column(self, spacing=8, margins=(16, 14, 16, 14))
        self._lines.addWidget(wrapping(tr("welcome.local.title"), "header", "ink"))
        self._lines.addWidget(wrapping(tr("welcome.local.text"), "caption", "ink-2"))
        self.buttons: dict[str, Button] = {}
        self.hide()

    def set_local(self, servers: Sequence[tuple[str, str]]) -> None:
        """Offer these servers on this computer: (provider, words such as `Ollama · 3 个模型`)."""
        for old in self.buttons.values():
            old.hide()
            old.deleteLater()
        self.buttons = {}
        for provider, words in servers:
            made = button(words)
            made.clicked.connect(partial(self.local_chosen.emit, provider))
            self._lines.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons[provider] = made
        self.setVisible(bool(servers))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()
