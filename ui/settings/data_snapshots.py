"""The card of snapshots and of the data file's health."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from app.byte_words import byte_text
from app.i18n import tr
from app.store.snapshots import Snapshot
from ui.controls import button
from ui.progress_bar import ProgressBar
from ui.settings.data_card import DataCard, two_lines
from ui.settings.form import Adaptive, wrapping
from ui.settings.parts import Question
from ui.theme import Theme


class SnapshotsCard(DataCard):
    """`take_requested`, `restore_requested(Path)` once confirmed, `cancel_requested`, `check_requested`."""

    take_requested = Signal()
    restore_requested = Signal(object)
    cancel_requested = Signal()
    check_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("data.snapshots"))
        self._asked: Path | None = None
        self._busy = False
        self._shown: tuple[Snapshot, ...] = ()
        self._damage = ""
        self.bar = ProgressBar(theme, tr("data.snapshot.restoring"))
        self.stop = button(tr("settings.cancel"), size="small")
        self.stop.clicked.connect(self.cancel_requested)
        self._running = Adaptive(self.bar, self.stop)
        self._running.hide()
        self.question = Question(tr("data.snapshot.restore"))
        self.question.confirmed.connect(lambda: self.restore_requested.emit(self._asked))
        lines = self.layout()
        assert lines is not None
        lines.addWidget(self.question)
        lines.addWidget(self._running)
        self._show()

    def show_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """List these, newest first; where they are listed already, nothing is made anew."""
        if tuple(snapshots) != self._shown:
            self._shown = tuple(snapshots)
            self._show()

    def _show(self) -> None:
        snapshots = self._shown
        self.card.clear()
        take = button(tr("data.snapshot.take"), size="small")
        take.clicked.connect(self.take_requested)
        take.setEnabled(not self._busy)
        head = tr("data.snapshot.count", n=len(snapshots)) if snapshots else tr("data.snapshot.none")
        self.card.add(Adaptive(two_lines(head, tr("data.snapshot.note")), take))
        for one in snapshots:
            restore = button(tr("data.snapshot.restore"), size="small", icon="undo")
            restore.setAccessibleName(tr("data.snapshot.restore.of", day=one.day))
            restore.setEnabled(not self._busy)
            restore.clicked.connect(lambda _=False, s=one: self._ask(s))
            self.card.add(Adaptive(two_lines(str(one.day), byte_text(one.size)), restore))
        check = button(tr("data.check"), size="small")
        check.clicked.connect(self.check_requested)
        check.setEnabled(not self._busy)
        self.card.add(Adaptive(two_lines(tr("data.check.title"), tr("data.check.note")), check))
        if self._damage:
            self.card.add(wrapping(self._damage, "caption", "ink-2"))

    def show_damage(self, text: str) -> None:
        """What was once found damaged and how much of it is back; empty = nothing ever was."""
        if text != self._damage:
            self._damage = text
            self._show()

    def set_busy(self, busy: bool) -> None:
        """While one thing is done, no other can be begun."""
        if busy != self._busy:
            self._busy = busy
            self._show()

    def show_progress(self, done: int, of: int) -> None:
        """How far a restore is; 0 of 0 takes the bar away."""
        self._running.setVisible(of > 0)
        self.bar.setRange(0, max(of, 1))
        self.bar.setValue(done)

    def _ask(self, snapshot: Snapshot) -> None:
        self._asked = snapshot.path
        self.say("")
        self.question.ask(tr("data.snapshot.ask", day=snapshot.day))
