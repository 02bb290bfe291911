"""Asks whose a pasted key is. The key itself waits with whoever asked; no widget holds it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import Button, button
from ui.flow import FlowArea
from ui.letting_go import let_go
from ui.settings.form import column, wrapping


class KeyQuestion(QWidget):
    """One sentence and a button for each answer. `answered(provider)`, `dismissed()`; Escape dismisses."""

    answered = Signal(str)
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = wrapping("", "control", "ink")
        self.choices: dict[str, Button] = {}
        self._row = FlowArea()
        self._flow = self._row.flow
        box = column(self, spacing=8)
        box.addWidget(self.words)
        box.addWidget(self._row)
        self.hide()

    def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> None:
        """Ask, with a button a (provider, words); the keyboard goes to the first: Enter takes it."""
        self.clear()
        self.words.setText(text)
        for n, (provider, words) in enumerate(choices):
            made = button(words, "primary" if n == 0 and len(choices) == 1 else "secondary", size="small")
            made.clicked.connect(partial(self._answer, provider))
            self.choices[provider] = made
            self._flow.addWidget(made)
        cancel = button(tr("settings.cancel"), "flat", size="small")
        cancel.clicked.connect(self._dismiss)
        self._flow.addWidget(cancel)
        self._row.updateGeometry()
        self.setVisible(True)
        first = next(iter(self.choices.values()), cancel)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def clear(self) -> None:
        """Take the question away. Whoever asked puts the keyboard in its next place."""
        self.choices = {}
        let_go(self)
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self._dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, Button):
            focused.click()
        else:
            super().keyPressEvent(event)

    def _answer(self, provider: str) -> None:
        self.clear()
        self.answered.emit(provider)

    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()
