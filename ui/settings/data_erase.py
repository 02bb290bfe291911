"""The card that deletes everything, really: asked for twice, the second time by typing a word."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from app.i18n import tr
from ui.buttons import Button
from ui.controls import Field, button
from ui.settings.data_card import DataCard, side_by_side, two_lines
from ui.settings.form import Adaptive, Card, column, wrapping
from ui.theme import Theme


class EraseCard(DataCard):
    """`erase_requested(with keys)` follows the second step only."""

    erase_requested = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("data.erase"))
        self.begin = button(tr("data.erase.begin"), "danger", size="small")
        self.begin.clicked.connect(self._open)
        self.card.add(Adaptive(two_lines(tr("data.erase.title"), tr("data.erase.note")), self.begin))
        self.keys = QCheckBox(tr("data.erase.keys"))
        self.word = Field(tr("data.erase.type", word=tr("data.erase.word")))
        self.word.setMaximumWidth(320)
        self.word.textChanged.connect(self._typed)
        self.word.returnPressed.connect(self._confirm)
        self.really = Button(tr("data.erase.really"), "danger", size="small", filled=True)
        self.really.clicked.connect(self._confirm)
        self.cancel = button(tr("settings.cancel"), size="small")
        self.cancel.clicked.connect(self._close)
        self._step = QWidget()
        self._steps = Card(theme)
        lines = column(self._step, spacing=8)
        lines.addWidget(wrapping(tr("data.erase.warning"), "control", "bad"))
        lines.addWidget(self.keys)
        lines.addWidget(wrapping(tr("data.erase.type", word=tr("data.erase.word")), "caption", "ink-2"))
        lines.addWidget(self.word)
        lines.addWidget(side_by_side(self.really, self.cancel), 0, Qt.AlignmentFlag.AlignLeft)
        self._steps.add(self._step)
        outer = self.layout()
        assert outer is not None
        outer.addWidget(self._steps)
        self._close()

    def set_busy(self, busy: bool) -> None:
        """While everything is being erased."""
        self.begin.setEnabled(not busy)

    def _open(self) -> None:
        self.say("")
        self.keys.setChecked(False)
        self.word.clear()
        self.really.setEnabled(False)
        self._steps.show()
        self.word.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self.word.clear()
        self._steps.hide()

    def _right(self) -> bool:
        return self.word.text().strip().casefold() == tr("data.erase.word").casefold()

    def _typed(self) -> None:
        self.really.setEnabled(self._right())

    def _confirm(self) -> None:
        if self._right():
            with_keys = self.keys.isChecked()
            self._close()
            self.erase_requested.emit(with_keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._step.isVisible():
            self._close()
            self.begin.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)
