"""What the window shows when the data cannot be opened: one sentence, and a way to try again."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label


class TroublePage(QWidget):
    """Signals: `retry_requested`, `quit_requested`."""

    retry_requested = Signal()
    quit_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sentence = label("", "control", "ink-2")
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        heading = label(tr("shell.trouble"), "title")
        heading.setWordWrap(True)
        more = label(tr("shell.trouble_more"), "caption", "ink-3")
        more.setWordWrap(True)
        retry = button(tr("shell.retry"), "primary")
        retry.clicked.connect(self.retry_requested)
        leave = button(tr("shell.quit"))
        leave.clicked.connect(self.quit_requested)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(retry)
        row.addWidget(leave)
        row.addStretch(1)
        inner = QWidget()
        inner.setMaximumWidth(560)
        lines = QVBoxLayout(inner)
        lines.setSpacing(12)
        for one in (heading, self._sentence, more):
            lines.addWidget(one)
        lines.addLayout(row)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(1)
        middle = QHBoxLayout()
        middle.addStretch(1)
        # Outweighs its neighbours: as wide as allowed, where an alignment would make it as narrow as can be.
        middle.addWidget(inner, 1000)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(2)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong, in one sentence."""
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
