"""The first-run page's one field: paste any provider's key, say whose it is, see it checked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import label
from ui.settings.form import SecretField, column, wrapping
from ui.settings.key_question import KeyQuestion
from ui.theme import Theme


class PasteBar(QWidget):
    """`pasted(secret)`; then `ask` shows whose it may be; `answered(provider)` or `dismissed()` follows."""

    pasted = Signal(str)
    answered = Signal(str)
    dismissed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        box = column(self, spacing=8, margins=(16, 14, 16, 14))
        box.addWidget(label(tr("welcome.any.title"), "header", "ink"))
        self.secret = SecretField(tr("welcome.any.field"))
        self.secret.setAccessibleName(tr("welcome.any.title"))
        self.secret.entered.connect(self._paste)
        box.addWidget(self.secret)
        self._note = wrapping(tr("welcome.any.note"), "caption", "ink-3")
        box.addWidget(self._note)
        self.question = KeyQuestion()
        self.question.answered.connect(self._answer)
        self.question.dismissed.connect(self._dismiss)
        box.addWidget(self.question)

    def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> None:
        """Ask whose the pasted key is; choices are (provider, words)."""
        self.say("")
        self._note.hide()
        self.question.ask(text, choices)

    def say(self, text: str) -> None:
        """A sentence on what was pasted; empty brings the usual note back."""
        self.question.clear()
        self._note.setText(text or tr("welcome.any.note"))
        self._note.show()
        self.secret.set_bad(bool(text))
        self.secret.setAccessibleDescription(text)

    def _paste(self, secret: str) -> None:
        self.say("")
        self.pasted.emit(secret)

    def _answer(self, provider: str) -> None:
        self.say("")
        self.answered.emit(provider)

    def _dismiss(self) -> None:
        self.say("")
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
        self.dismissed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()
