"""A question over the window that must be answered before something leaves it: never for a failed turn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.framed_dialog import FramedDialog
from ui.settings.form import column, wrapping

_WIDTH = 420


class AskDialog(FramedDialog):
    """Open it with `open()`; `accepted` when the user agrees. Without `go` there is nothing to agree to.

    `heading` and `text` are shown as they are: they may hold words from a model.
    """

    def __init__(self, parent: QWidget, heading: str, text: str, go: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(tr("window.name"))
        box = column(self, spacing=8, margins=(20, 16, 20, 16))
        title = label(heading, "header", "ink")
        title.setWordWrap(True)
        box.addWidget(title)
        words = wrapping(text, "caption", "ink-2")
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.addWidget(words)
        box.addSpacing(8)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        self.stop = button(tr("settings.cancel"))
        self.stop.clicked.connect(self.reject)
        foot.addWidget(self.stop)
        self.go = button(go, "primary")
        self.go.clicked.connect(self.accept)
        self.go.setVisible(bool(go))
        foot.addWidget(self.go)
        box.addLayout(foot)
        # Wrapped words ask for more height than they need until the width is known.
        self.setFixedSize(_WIDTH, box.totalHeightForWidth(_WIDTH))
        # Nothing happens by pressing Enter without having read.
        self.stop.setFocus()
