"""How the check of a key stands: mark, sentence, and the vendor's own words one click away."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.i18n import tr
from ui.controls import button, tint
from ui.icons import paint_icon
from ui.marks import paint_mark
from ui.settings.form import column, wrapping
from ui.settings.values import CheckState
from ui.theme import Theme

_TOKENS: dict[CheckState, str] = {
    "unchecked": "ink-3",
    "checking": "ink-3",
    "ok": "accent",
    "bad": "bad",
    "unsure": "cool",
}
_MARKS: dict[CheckState, str] = {"unchecked": "no_key", "checking": "probing", "bad": "off"}
_ICONS: dict[CheckState, str] = {"ok": "check", "unsure": "warning"}


class StateMark(QWidget):
    """The mark of a check: a tick, a cross, a half ring while it runs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: CheckState = "unchecked"
        self.setFixedSize(16, 18)

    def show_state(self, state: CheckState) -> None:
        """Draw another state."""
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._state in _ICONS:
            paint_icon(painter, QRectF(0, 1, 16, 16), _ICONS[self._state], self._theme, _TOKENS[self._state])
        else:
            paint_mark(painter, QRectF(2, 3, 12, 12), _MARKS[self._state], self._theme)
        painter.end()


class VendorWords(QWidget):
    """A link that unfolds what the vendor said itself, which can be copied; hidden when there is nothing.

    `unfolded()` after the size has changed.
    """

    unfolded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.head = button(tr("settings.check.words"), "link", trailing="chevron-down")
        self.head.setCheckable(True)
        self.head.toggled.connect(self._unfold)
        self.copy = button(tr("settings.check.copy"), "link")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.body.text()))
        self.copy.hide()
        self.body: QLabel = wrapping("", "caption", "ink-2")
        self.body.setTextFormat(Qt.TextFormat.PlainText)
        self.body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.hide()
        box = column(self)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.head)
        row.addWidget(self.copy)
        row.addStretch(1)
        box.addLayout(row)
        box.addWidget(self.body)
        self.hide()

    def show_words(self, words: str, whose: str = "") -> None:
        """Offer these words, folded; empty = none. `whose` is the link's own, empty = the vendor's."""
        self.head.setText(whose or tr("settings.check.words"))
        if words != self.body.text():
            self.head.setChecked(False)
        self.body.setText(words)
        self.setVisible(bool(words))

    def _unfold(self, on: bool) -> None:
        self.body.setVisible(on)
        self.copy.setVisible(on)
        self.unfolded.emit()


class CheckLine(QWidget):
    """A check's mark and its words; the first sentence in the state's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._mark = StateMark(theme)
        self.words = wrapping("", "caption", "ink-3")
        self.words.setMinimumWidth(140)
        self.vendor = VendorWords()
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        lines = QWidget()
        under = column(lines)
        under.addWidget(self.words)
        under.addWidget(self.vendor)
        box.addWidget(lines, 1)

    def show_state(self, state: CheckState, text: str, words: str = "", whose: str = "") -> None:
        """Show what is known, in words; `words` are the raw ones (see `VendorWords.show_words`)."""
        self._mark.show_state(state)
        self.words.setText(text)
        self.vendor.show_words(words, whose)
        tint(self.words, _TOKENS[state])
