"""The card of the data section that backs everything up into one file, and restores from one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.i18n import tr
from ui.controls import Field, Switch, button
from ui.progress_bar import ProgressBar
from ui.settings.data_card import DataCard, two_lines
from ui.settings.form import Adaptive, column, form_row, wrapping
from ui.theme import Theme


class BackupCard(DataCard):
    """`backup_requested(passphrase)`, empty = not encrypted; `restore_requested()`;
    `passphrase_entered(text)` for the file that asks for one; `cancel_requested` while something runs."""

    backup_requested = Signal(str)
    restore_requested = Signal()
    passphrase_entered = Signal(str)
    cancel_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("data.backup"))
        self.make = button(tr("data.backup.make"), size="small", icon="export")
        self.make.clicked.connect(self._make)
        self.encrypt = Switch()
        self.encrypt.toggled.connect(self._show_fields)
        self.first = passphrase_field(tr("data.backup.passphrase"))
        self.second = passphrase_field(tr("data.backup.again"))
        self.first.textEdited.connect(self._typed)
        self.second.textEdited.connect(self._typed)
        self.second.returnPressed.connect(self._make)
        self._problem = wrapping("", "caption", "bad")
        self._fields = QWidget()
        lines = column(self._fields, spacing=8, margins=(0, 8, 0, 0))
        for widget in (self.first, self.second, self._problem):
            lines.addWidget(widget)
        sealing = QWidget()
        inner = column(sealing)
        inner.addWidget(form_row(tr("data.backup.encrypt"), tr("data.backup.encrypt.note"), self.encrypt))
        inner.addWidget(self._fields)
        self.card.add(Adaptive(two_lines(tr("data.backup.title"), tr("data.backup.note")), self.make))
        self.card.add(sealing)
        self.restore = button(tr("data.backup.restore"), size="small", icon="undo")
        self.restore.clicked.connect(self.restore_requested)
        self.opening = passphrase_field(tr("data.backup.of_file"))
        self.open = button(tr("data.backup.open"))
        self.opening.returnPressed.connect(self._enter)
        self.open.clicked.connect(self._enter)
        self._asking = Adaptive(self.opening, self.open)
        restoring = QWidget()
        inner = column(restoring, spacing=8)
        words = two_lines(tr("data.backup.restore.title"), tr("data.backup.restore.note"))
        inner.addWidget(Adaptive(words, self.restore))
        inner.addWidget(self._asking)
        self.card.add(restoring)
        self.bar = ProgressBar(theme, tr("data.backup.progress"))
        self.stop = button(tr("settings.cancel"), size="small")
        self.stop.clicked.connect(self.cancel_requested)
        self._running = Adaptive(self.bar, self.stop)
        self._running.hide()
        outer = self.layout()
        assert outer is not None
        outer.addWidget(self._running)
        self._asking.hide()
        self._show_fields(False)

    def ask_passphrase(self, on: bool) -> None:
        """Show the field for the passphrase of the file that was chosen, or take it away."""
        self.opening.setText("")
        self._asking.setVisible(on)
        if on:
            self.opening.setFocus()

    def show_progress(self, done: float | None) -> None:
        """How far a backup or restore is, 0 to 1; None = none is running."""
        running = done is not None
        if running and self._running.isHidden():
            self.stop.setEnabled(True)
        self._running.setVisible(running)
        self.bar.setValue(round((done or 0.0) * 100))
        for one in (self.make, self.restore, self.open, self.encrypt, self.first, self.second):
            one.setEnabled(not running)

    def forget(self) -> None:
        """Take the passphrases away; they were used."""
        for field in (self.first, self.second, self.opening):
            # `clear()` would leave the text in the undo history.
            field.setText("")

    def _show_fields(self, on: bool) -> None:
        self._fields.setVisible(on)
        self._typed()
        if on:
            self.first.setFocus()

    def _typed(self) -> None:
        self._problem.setText("")
        self._problem.hide()
        self.second.set_bad(False)

    def _make(self) -> None:
        if not self.encrypt.isChecked():
            self.backup_requested.emit("")
            return
        text = self.first.text()
        if not text or text != self.second.text():
            self._problem.setText(tr("data.backup.differ" if text else "data.backup.empty"))
            self._problem.show()
            self.second.set_bad(bool(text))
            return
        self.backup_requested.emit(text)

    def _enter(self) -> None:
        if self.opening.text():
            self.passphrase_entered.emit(self.opening.text())


def passphrase_field(name: str) -> Field:
    """A field whose text nobody reads over a shoulder."""
    made = Field(name, icon="key")
    made.setEchoMode(QLineEdit.EchoMode.Password)
    hints = Qt.InputMethodHint
    made.setInputMethodHints(hints.ImhSensitiveData | hints.ImhNoPredictiveText | hints.ImhHiddenText)
    return made
