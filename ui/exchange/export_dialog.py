"""Asks in which form conversations are to leave, shows how far that is, and says what came of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.exchange.exports.sinks import FORMATS, Format
from app.i18n import tr
from ui.controls import button, label
from ui.framed_dialog import FramedDialog
from ui.progress_bar import ProgressBar
from ui.settings.form import Radios, column, wrapping
from ui.theme import Theme

_STEPS = 1000


class ExportDialog(FramedDialog):
    """Open it with `open()`. `place_wanted(format)` asks where to put it, `cancelled()` stops what runs.

    Closing it while an export runs is cancelling.
    """

    place_wanted = Signal(str)
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget, what: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("export.heading"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.format: Format = "md"
        self._running = False
        choices = [(kind, tr(f"export.kind.{kind}"), tr(f"export.kind.{kind}.note")) for kind in FORMATS]
        self.radios = Radios(choices)
        self.radios.choose(self.format)
        self.radios.chosen.connect(self._choose)
        self.bar = ProgressBar(theme, tr("export.running"), _STEPS)
        self.words = wrapping("", "caption", "ink-3")
        self.problem = wrapping("", "caption", "bad")
        self.go = button(tr("export.choose_place"), "primary")
        self.go.clicked.connect(lambda: self.place_wanted.emit(self.format))
        self.stop = button(tr("settings.cancel"))
        self.stop.clicked.connect(self.reject)
        box = column(self, spacing=12, margins=(20, 16, 20, 16))
        box.addWidget(label(tr("export.heading"), "header", "ink"))
        box.addWidget(wrapping(what, "control", "ink-2"))
        box.addWidget(self.radios)
        box.addWidget(self.bar)
        box.addWidget(self.words)
        box.addWidget(self.problem)
        box.addStretch(1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.stop)
        foot.addWidget(self.go)
        box.addLayout(foot)
        self.setMinimumWidth(440)
        self.show_idle()
        # Before it has a width, its lines seem to need more room than they will.
        self.resize(440, box.totalHeightForWidth(440))
        self.go.setFocus()

    def _choose(self, value: str) -> None:
        for kind in FORMATS:
            if kind == value:
                self.format = kind
        self.problem.hide()

    def show_idle(self, problem: str = "") -> None:
        """Nothing runs; `problem` says what prevented it."""
        self._running = False
        self.bar.hide()
        self.words.hide()
        self.radios.setEnabled(True)
        self.go.setEnabled(True)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if self.isVisible():
            self.adjustSize()

    def show_running(self, place: str) -> None:
        """It is being written to `place`."""
        self._running = True
        self.problem.hide()
        self.radios.setEnabled(False)
        self.go.setEnabled(False)
        self.bar.setValue(0)
        self.bar.show()
        self.words.setText(tr("export.writing", place=place))
        self.words.show()
        self.adjustSize()

    def show_progress(self, done: float) -> None:
        """How much is done, from 0 to 1."""
        self.bar.setValue(round(done * _STEPS))

    def show_done(self) -> None:
        """It is written; the dialog goes."""
        self._running = False
        self.accept()

    def reject(self) -> None:
        if self._running:
            self._running = False
            self.cancelled.emit()
        super().reject()
