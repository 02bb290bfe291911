"""What else the first-run page offers: models that run on this computer, and chats of another client."""

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


class _Box(QWidget):
    """A bordered card; hidden until it has something to offer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.lines: QVBoxLayout = column(self, spacing=8, margins=(16, 14, 16, 14))
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


class SideOffers(QWidget):
    """`local_chosen(provider)`: chat with the server found on this computer; `import_requested()`."""

    local_chosen = Signal(str)
    import_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        box = column(self, spacing=16)
        self._local = _Box(theme)
        self._local.lines.addWidget(wrapping(tr("welcome.local.title"), "header", "ink"))
        self._local.lines.addWidget(wrapping(tr("welcome.local.text"), "caption", "ink-2"))
        self.buttons: dict[str, Button] = {}
        box.addWidget(self._local)
        self._import = _Box(theme)
        self._import.lines.addWidget(wrapping(tr("welcome.import.title"), "header", "ink"))
        self._import.lines.addWidget(wrapping(tr("welcome.import.text"), "caption", "ink-2"))
        self.bring = button(tr("welcome.import.start"))
        self.bring.clicked.connect(self.import_requested)
        self._import.lines.addWidget(self.bring, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self._import)

    def set_local(self, servers: Sequence[tuple[str, str]]) -> None:
        """Offer these servers on this computer: (provider, words such as `Ollama · 3 个模型`)."""
        for old in self.buttons.values():
            old.hide()
            old.deleteLater()
        self.buttons = {}
        for provider, words in servers:
            made = button(words)
            made.clicked.connect(partial(self.local_chosen.emit, provider))
            self._local.lines.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons[provider] = made
        self._local.setVisible(bool(servers))

    def set_import(self, on: bool) -> None:
        """Offer to bring chats of another client along."""
        self._import.setVisible(on)
