"""Parts of the provider page that only some providers have: a balance, an own file to change or remove."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button
from ui.settings.form import Adaptive, column, wrapping
from ui.settings.parts import Question


class BalanceLine(QWidget):
    """What is left on the account, and the button that asks. `requested()`."""

    requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = wrapping("", "caption", "ink-2")
        self.ask = button(tr("settings.balance.ask"), size="small", icon="retry")
        self.ask.setToolTip(tr("settings.balance.tip"))
        self.ask.clicked.connect(self.requested)
        box = column(self)
        box.addWidget(Adaptive(self._text, self.ask))

    def show_balance(self, text: str, *, busy: bool = False) -> None:
        """The last answer in words; empty = not asked yet."""
        self._text.setText(text or tr("settings.balance.unknown"))
        self.ask.setEnabled(not busy)


class OwnBar(QWidget):
    """Change or remove an endpoint of the user's own. `edit_requested()`, `remove_confirmed()`."""

    edit_requested = Signal()
    remove_confirmed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self.edit = button(tr("own.edit"), size="small", icon="edit")
        self.edit.clicked.connect(self.edit_requested)
        self.remove = button(tr("own.remove"), "danger", size="small", icon="trash")
        self.remove.clicked.connect(lambda: self.question.ask(tr("own.remove.sure", name=self._name)))
        self.question = Question(tr("own.remove"))
        self.question.confirmed.connect(self.remove_confirmed)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.edit)
        row.addWidget(self.remove)
        row.addStretch(1)
        box = column(self, spacing=8)
        box.addWidget(buttons)
        box.addWidget(self.question)

    def show_name(self, name: str) -> None:
        """Whose file it is; an open question about another one is taken away."""
        if name != self._name:
            self._name = name
            self.question.hide()
