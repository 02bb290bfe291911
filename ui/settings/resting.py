"""What rests or is off right now, with a button to try each at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.marks import paint_mark
from ui.settings.form import Adaptive, Card, column, wrapping
from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Resting:
    """One provider, model or key that rests. `name` and `words` are for reading, the rest says which."""

    provider: str
    model: str
    key: str
    name: str
    state: str
    words: str
    vendor: str = ""


class _Mark(QWidget):
    """A state's mark."""

    def __init__(self, theme: Theme, state: str) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self.setFixedSize(QSize(12, 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_mark(QPainter(self), QRectF(self.rect()), self._state, self._theme, 1.0)


class RestingList(QWidget):
    """A card of what rests; empty, it says that all is well. `reset_wanted(Resting)`: forget that rest."""

    reset_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Resting, ...] | None = None
        lines = column(self, spacing=8)
        lines.addWidget(label(tr("health.resting"), "control-bold", "ink"))
        self.card = Card(theme)
        lines.addWidget(self.card)
        self.show_resting(())

    def show_resting(self, rows: Sequence[Resting]) -> None:
        """List these."""
        if self._shown == tuple(rows):
            return
        self._shown = tuple(rows)
        self.card.clear()
        for row in rows:
            self.card.add(self._row(row))
        if not rows:
            self.card.add(label(tr("health.none"), "caption", "ink-3"))

    def _row(self, row: Resting) -> QWidget:
        words = QWidget()
        lines = column(words, spacing=1)
        head = QWidget()
        box = QHBoxLayout(head)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(_Mark(self._theme, row.state))
        box.addWidget(label(row.name, "control", "ink"), 1)
        lines.addWidget(head)
        reason = wrapping(row.words, "caption", "ink-3")
        reason.setToolTip(row.vendor)
        lines.addWidget(reason)
        again = button(tr("health.reset"), size="small")
        again.setAccessibleName(f"{row.name}: {tr('health.reset')}")
        again.clicked.connect(lambda: self.reset_wanted.emit(row))
        return Adaptive(words, again)
