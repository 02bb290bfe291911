"""The vendor's own words, redacted, one click away and easy to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.theme import Theme
from ui.transcript.folds import FoldHead
from ui.transcript.laid_out import height_within


class VendorWords(QWidget):
    """Folded at first. `unfolded()` when the height has changed."""

    unfolded = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._head = FoldHead(theme, self)
        self._head.toggled.connect(self._unfold)
        self._copy = button(tr("transcript.copy"), "link")
        self._copy.setAccessibleName(tr("transcript.copy_vendor_words"))
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.body.text()))
        self._copy.hide()
        self.body = label("", "caption", "ink-2")
        self.body.setWordWrap(True)
        # A vendor's words are not ours to render.
        self.body.setTextFormat(Qt.TextFormat.PlainText)
        self.body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.setContentsMargins(18, 0, 0, 0)
        self.body.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 0, 14, 8)
        box.setSpacing(2)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._head)
        row.addWidget(self._copy)
        row.addStretch(1)
        box.addLayout(row)
        box.addWidget(self.body)

    @property
    def head(self) -> FoldHead:
        """What unfolds them."""
        return self._head

    def set_words(self, words: str, head: str) -> None:
        """Show these words, a line a leg, under that head (see `story.whose`)."""
        self._head.set_words(head)
        self._head.setFixedSize(self._head.sizeHint())
        self.body.setText(words)

    def fit(self, width: int) -> int:
        """The height needed in this width."""
        return height_within(self, width)

    def _unfold(self, opened: bool) -> None:
        self.body.setVisible(opened)
        self._copy.setVisible(opened)
        self.unfolded.emit()
