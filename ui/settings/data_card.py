"""What the cards of the data section are built from."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.controls import label
from ui.settings.form import Card, column, wrapping
from ui.theme import Theme


class DataCard(QWidget):
    """A heading over a card of rows. `card.add(widget)` adds a row, `say` a sentence below."""

    def __init__(self, theme: Theme, heading: str) -> None:
        super().__init__()
        self.theme = theme
        lines = column(self, spacing=8)
        lines.addWidget(label(heading, "control-bold", "ink"))
        self.card = Card(theme)
        lines.addWidget(self.card)
        self._good = wrapping("", "caption", "ink-2")
        self._bad = wrapping("", "caption", "bad")
        for words in (self._good, self._bad):
            words.hide()
            lines.addWidget(words)

    def say(self, text: str, *, bad: bool = False) -> None:
        """Put a sentence under the card in place of the one before; empty takes it away."""
        for words, mine in ((self._good, not bad), (self._bad, bad)):
            words.setText(text if mine else "")
            words.setVisible(mine and bool(text))
        self.setAccessibleDescription(text)


def two_lines(head: str, caption: str = "") -> QWidget:
    """What a row is about and, smaller, what is to be said of it."""
    made = QWidget()
    lines = column(made, spacing=1)
    first = wrapping(head, "control", "ink")
    # As in other rows: as high for a Chinese title as for a Latin one.
    first.setMinimumHeight(20)
    lines.addWidget(first)
    if caption:
        lines.addWidget(wrapping(caption, "caption", "ink-3"))
    return made


def side_by_side(*widgets: QWidget) -> QWidget:
    """Buttons in a row."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    return made
