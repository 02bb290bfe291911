"""The grants of a leg in its details: amount and end, a gauge, where the number comes from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.controls import label
from ui.leg_facts import GrantFact
from ui.quota.gauge import Gauge, Level
from ui.settings.form import wrapping
from ui.theme import Theme


class LegGrants(QWidget):
    """One block a grant, from the first to be spent to the last."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._facts: tuple[GrantFact, ...] = ()
        self._blocks: list[QWidget] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 4, 0, 4)
        self._box.setSpacing(12)
        self.hide()

    def show_facts(self, facts: Sequence[GrantFact]) -> None:
        """Show these."""
        if tuple(facts) == self._facts:
            return
        self._facts = tuple(facts)
        for old in self._blocks:
            old.hide()
            old.deleteLater()
            self._box.removeWidget(old)
        self._blocks = [self._block(fact) for fact in facts]
        for block in self._blocks:
            self._box.addWidget(block)
        self.setVisible(bool(facts))

    def _block(self, fact: GrantFact) -> QWidget:
        made = QWidget()
        box = QVBoxLayout(made)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(label(fact.left, "caption-bold", "ink"))
        if fact.whole:
            head.addWidget(label(fact.whole, "caption", "ink-3"))
        head.addStretch(1)
        head.addWidget(label(fact.end, "caption", "ink-2"))
        box.addLayout(head)
        gauge = Gauge(self._theme, whole=True)
        gauge.set_level(Level(fact.fraction, fact.lapsing, fact.used_up))
        box.addWidget(gauge)
        for text, token in ((fact.pace, "cool" if fact.warns else "ink-3"), (fact.source, "ink-3")):
            if text:
                words = wrapping(text, "caption", token)
                words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
                box.addWidget(words)
        return made
