"""The section on where keys are kept: how the keyring is, and what to do when it does not work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from app.i18n import tr
from app.storage_words import Condition, StorageReport
from ui.controls import button, label
from ui.icons import paint_icon
from ui.marks import paint_mark
from ui.settings.form import Adaptive, column, wrapping
from ui.settings.sections import Section
from ui.theme import Theme

_TONES: dict[str, str] = {"ready": "accent", "locked": "cool", "memory": "cool", "absent": "cool"}


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many keys lie in the keyring, how many end with this run, how many come from the environment."""

    lasting: int = 0
    fleeting: int = 0
    environment: int = 0


class _Mark(QWidget):
    """The condition's sign beside its heading."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.condition: Condition | None = None
        self.setFixedSize(20, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.condition is None:
            paint_mark(painter, QRectF(4, 4, 12, 12), "probing", self._theme)
        elif self.condition == "ready":
            paint_icon(painter, QRectF(2, 2, 16, 16), "check", self._theme, "accent")
        else:
            token = _TONES.get(self.condition, "bad")
            paint_icon(painter, QRectF(2, 2, 16, 16), "warning", self._theme, token)
        painter.end()


class KeyStorageSection(Section):
    """`try_requested()` (may ask for the keyring's password), `memory_requested()`, `settle_requested()`
    (put what is in memory into the keyring)."""

    TITLE = "keystorage.title"
    CAPTION = "keystorage.caption"

    try_requested = Signal()
    memory_requested = Signal()
    settle_requested = Signal()

    def build(self) -> Iterator[None]:
        self._mark = _Mark(self.theme)
        self._heading = label(tr("keystorage.looking"), "control-bold", "ink")
        self._heading.setMinimumWidth(60)
        self._text = wrapping("", "control", "ink-2")
        self._news = wrapping("", "control", "accent")
        self._news.hide()
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QWidget()
        lines = column(words, spacing=2)
        for one in (self._heading, self._text, self._news):
            lines.addWidget(one)
        row.addWidget(words, 1)
        self.again = button(tr("keystorage.do_test"), size="small")
        self.again.clicked.connect(self.try_requested)
        self.memory = button(tr("keystorage.do_memory"), size="small")
        self.memory.clicked.connect(self.memory_requested)
        self.memory.hide()
        buttons = QWidget()
        line = QHBoxLayout(buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.again)
        line.addWidget(self.memory)
        line.addStretch(1)
        self._steps = QWidget()
        self._grid = QGridLayout(self._steps)
        self._grid.setContentsMargins(28, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        state = QWidget()
        whole = column(state, spacing=12)
        whole.addWidget(head)
        whole.addWidget(self._steps)
        inset = QWidget()
        column(inset, margins=(28, 0, 0, 0)).addWidget(buttons)
        whole.addWidget(inset)
        self.group("", state)
        yield
        self._counts = wrapping("", "control", "ink")
        self._names = wrapping(tr("keystorage.names"), "caption", "ink-3")
        places = QWidget()
        under = column(places, spacing=2)
        under.addWidget(self._counts)
        under.addWidget(self._names)
        self.settle = button(tr("keystorage.do_settle"), size="small")
        self.settle.clicked.connect(self.settle_requested)
        self.settle.hide()
        card = self.group(tr("keystorage.keys"), Adaptive(places, self.settle))
        yield
        self._counted = card.parentWidget() or card
        self._counted.hide()
        self.box.addStretch(1)

    def show_settings(self, settings: object) -> None:
        """Nothing here follows the settings."""

    def show_busy(self, text: str) -> None:
        """The keyring is being looked at or tried, which may take as long as somebody types a password."""
        self._mark.condition = None
        self._mark.update()
        self._heading.setText(text)
        self._text.hide()
        self._news.hide()
        self._steps.hide()
        for one in (self.again, self.settle):
            one.setEnabled(False)

    def show_report(self, report: StorageReport, counts: KeyCounts, news: str = "") -> None:
        """Show how it stands; `news` is what came of the user's last wish."""
        self._mark.condition = report.condition
        self._mark.setAccessibleName(report.heading)
        self._mark.update()
        self._heading.setText(report.heading)
        self._text.setText(report.text)
        self._text.show()
        self._news.setText(news)
        self._news.setVisible(bool(news))
        self._show_steps(report.steps)
        ready, locked = report.condition == "ready", report.condition == "locked"
        words = "keystorage.do_test" if ready else "keystorage.do_unlock" if locked else "keystorage.do_try"
        self.again.setText(tr(words))
        self.again.setEnabled(True)
        self.again.updateGeometry()
        self.memory.setVisible(report.condition in ("locked", "refused", "silent"))
        self.settle.setEnabled(True)
        self.settle.setVisible(ready and counts.fleeting > 0)
        self._counts.setText("\n".join(_places(counts)))
        self._names.setVisible(counts.lasting > 0)
        self._counted.show()

    def _show_steps(self, steps: tuple[str, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, step in enumerate(steps):
            if len(steps) > 1:
                count = label(f"{number + 1}.", "control", "ink-3")
                self._grid.addWidget(count, number, 0, Qt.AlignmentFlag.AlignTop)
            words = wrapping(step, "control", "ink")
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(words, number, 1)
        self._steps.setVisible(bool(steps))


def _places(counts: KeyCounts) -> list[str]:
    lines = [tr("keystorage.lasting", n=counts.lasting) if counts.lasting else tr("keystorage.lasting_none")]
    if counts.fleeting:
        lines.append(tr("keystorage.fleeting", n=counts.fleeting))
    if counts.environment:
        lines.append(tr("keystorage.environment", n=counts.environment))
    return lines
