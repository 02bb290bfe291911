"""One column of a comparison: who answers, the answer, what it used, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.i18n import tr
from app.store.entries import AttemptRecord
from app.store.records import Message
from app.wording import LegLabel, Names
from ui.compare import facts
from ui.controls import button, icon_button
from ui.hairlines import rule
from ui.theme import Theme
from ui.transcript.inks import Apart, Ink, InkLine, Mark, Tile, Words, paint_inks, spoken
from ui.transcript.live import LiveTurn
from ui.transcript.source import Item
from ui.transcript.story import billing
from ui.transcript.view import TranscriptView

HEAD = 52
LEAST = 308
"""In a narrower column the figures of an answer in English are cut; the comparison scrolls sideways then."""


class _Head(QWidget):
    """Tile, name, and how it stands; 52 px."""

    def __init__(self, theme: Theme, label: LegLabel) -> None:
        super().__init__()
        self._theme = theme
        self._name: list[Ink] = [Words(label.name, "control-bold", "ink", shrinks=True)]
        self._label = label
        self._state: list[Ink] = []
        self.copy_button = icon_button("copy", tr("compare.copy"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 12, 0)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        self.setFixedHeight(HEAD)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_state(self, mark: str, words: str) -> None:
        """Show how the column stands."""
        state: list[Ink] = [Mark(mark), Words(words, shrinks=True)]
        if state != self._state:
            self._state = state
            self.setToolTip(f"{self._label.name}\n{words}")
            self.setAccessibleName(f"{self._label.name}, {spoken(state)}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tile: list[Ink] = [Tile(self._label.glyph, self._label.colour, 20)]
        paint_inks(painter, QRectF(16, 0, 20, HEAD - 1), tile, self._theme)
        room = self.width() - 46 - 48
        paint_inks(painter, QRectF(46, 7, room, 19), self._name, self._theme)
        paint_inks(painter, QRectF(46, 26, room, 18), self._state, self._theme)
        rule(painter, 0, self.height() - 1, self.width(), 1, self._theme.color("line"))


class _Foot(QWidget):
    """Figures over buttons, a line above."""

    def __init__(self, theme: Theme, place: int) -> None:
        super().__init__()
        self._theme = theme
        self.figures = InkLine(theme, self, 20)
        self.keep = button(tr("compare.keep"), icon="check", size="small")
        self.keep.setToolTip(f"{tr('compare.keep')} (Alt+{place + 1})")
        self.again = button(tr("compare.again"), "flat", "retry", size="small")
        self.stop = button(tr("compare.stop"), icon="stop", size="small")
        row = QHBoxLayout()
        row.setSpacing(8)
        for made in (self.keep, self.again, self.stop):
            row.addWidget(made)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 9, 12, 12)
        column.setSpacing(6)
        column.addWidget(self.figures)
        column.addLayout(row)
        self.figures.setFixedHeight(20)
        self.setFixedHeight(76)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_figures(self, words: Sequence[str]) -> None:
        """What is known of speed and use."""
        inks: list[Ink] = []
        for word in words:
            inks += [Apart(), Words(word, shrinks=True)] if inks else [Words(word, shrinks=True)]
        self.figures.set_inks(inks)
        self.figures.setToolTip(" · ".join(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, 0, self.width(), 1, self._theme.color("line"))


class Column(QWidget):
    """Signals: `keep_requested(answer)`, `again_requested(answer)`, `stop_requested(answer)`.

    `view` is a transcript of its own; what its rows ask for comes through its signals.
    """

    keep_requested = Signal(str)
    again_requested = Signal(str)
    stop_requested = Signal(str)

    def __init__(self, theme: Theme, names: Names, clock: Clock, place: int, leg: str) -> None:
        super().__init__()
        self._theme = theme
        self.leg = leg
        self.message: Message | None = None
        self.attempts: Sequence[AttemptRecord] = ()
        provider, _, model = leg.partition(":")
        label = names(provider, model)
        self.name = label.name
        self._head = _Head(theme, label)
        self.view = TranscriptView(theme, names, clock, column=True)
        self.view.setAccessibleName(tr("compare.column", n=place + 1, leg=label.name))
        self._foot = _Foot(theme, place)
        self.keep, self.again, self.stop = self._foot.keep, self._foot.again, self._foot.stop
        self.setAccessibleName(self.view.accessibleName())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.view, 1)
        column.addWidget(self._foot)
        self.setMinimumWidth(LEAST)
        self._head.copy_button.clicked.connect(self._copy)
        self.keep.clicked.connect(lambda: self.keep_requested.emit(self.answer))
        self.again.clicked.connect(lambda: self.again_requested.emit(self.answer))
        self.stop.clicked.connect(lambda: self.stop_requested.emit(self.answer))

    @property
    def answer(self) -> str:
        """The id of the answer it ends in; empty before there is one."""
        return self.message.id if self.message is not None else ""

    def show_item(self, item: Item, live: LiveTurn | None = None) -> None:
        """The answer the column ends in; `live` while it is being written."""
        self.message, self.attempts = item
        self.refresh(live)

    def refresh(self, live: LiveTurn | None) -> None:
        """Say anew how it stands."""
        if self.message is None:
            return
        running = live is not None and not live.ended
        attempts = live.records if live is not None else self.attempts
        mark, words = facts.state(self.message, live)
        self._head.set_state(mark, " · ".join(w for w in (billing(attempts), words) if w))
        self._foot.show_figures(facts.figures(self.message, attempts))
        self.keep.setVisible(not running)
        self.keep.setEnabled(bool(self.message.text))
        self.again.setVisible(not running)
        self.stop.setVisible(running)
        self._head.copy_button.setEnabled(bool(self.message.text))

    def _copy(self) -> None:
        if self.message is not None and self.message.text:
            self.view.copy_requested.emit(self.message.text)

    def sizeHint(self) -> QSize:
        return QSize(LEAST, 400)


def divider(theme: Theme) -> QWidget:
    """The line between two columns."""
    line = QWidget()
    line.setFixedWidth(1)
    line.setAutoFillBackground(True)
    palette = line.palette()
    palette.setColor(line.backgroundRole(), theme.color("line"))
    line.setPalette(palette)
    line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return line
