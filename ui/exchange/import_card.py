"""The card of the data section that imports: where to choose, how far it is, what it brought."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.progress_bar import ProgressBar
from ui.settings.data_card import DataCard, side_by_side, two_lines
from ui.settings.form import Adaptive, column, wrapping
from ui.theme import Theme

_LEFT_MOST = 120
"""Pixels of what was left out; more of it scrolls."""


class ImportCard(DataCard):
    """Signals: `files_wanted()`, `folder_wanted()`, `stop_requested()`, `closed()` (the report was read)."""

    files_wanted = Signal()
    folder_wanted = Signal()
    stop_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("import.title"))
        self.files = button(tr("import.choose"), size="small", icon="import")
        self.files.clicked.connect(self.files_wanted)
        self.folder = button(tr("import.choose_folder"), size="small")
        self.folder.clicked.connect(self.folder_wanted)
        self._offer = Adaptive(
            two_lines(tr("import.card.title"), tr("import.card.note")), side_by_side(self.files, self.folder)
        )
        self._running = self._build_running(theme)
        self._report = self._build_report()
        stack = QWidget()
        lines = column(stack)
        for part in (self._offer, self._running, self._report):
            lines.addWidget(part)
        self.card.add(stack)
        self.show_offer()

    def _build_running(self, theme: Theme) -> QWidget:
        made = QWidget()
        lines = column(made, spacing=8)
        self._name = wrapping("", "control", "ink")
        self.stop = button(tr("import.stop"), size="small")
        self.stop.clicked.connect(self.stop_requested)
        lines.addWidget(Adaptive(self._name, self.stop))
        self.bar = ProgressBar(theme, tr("import.title"), 1000)
        lines.addWidget(self.bar)
        self._count = label("", "caption", "ink-2")
        lines.addWidget(self._count)
        lines.addWidget(wrapping(tr("import.safe"), "caption", "ink-3"))
        return made

    def _build_report(self) -> QWidget:
        made = QWidget()
        lines = column(made, spacing=8)
        self.heading = label("", "control-bold", "ink")
        self.close_button = button(tr("import.close"), size="small")
        self.close_button.clicked.connect(self.closed)
        lines.addWidget(Adaptive(self.heading, self.close_button))
        self.sentences = wrapping("", "control", "ink-2")
        self.sentences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        lines.addWidget(self.sentences)
        self._left_title = label(tr("import.left.title"), "caption", "ink-3")
        lines.addWidget(self._left_title)
        self.left = QPlainTextEdit()
        self.left.setReadOnly(True)
        self.left.setFrameShape(QFrame.Shape.NoFrame)
        self.left.setTabChangesFocus(True)
        self.left.setFont(self.theme.font("caption"))
        self.left.setAccessibleName(tr("import.left.title"))
        self.left.document().setDocumentMargin(0)
        self.left.document().documentLayout().documentSizeChanged.connect(self._hug)
        lines.addWidget(self.left)
        return made

    def _hug(self, size: QSizeF) -> None:
        # A plain text's layout counts lines.
        high = math.ceil(size.height() * self.left.fontMetrics().lineSpacing()) + 2
        self.left.setFixedHeight(min(high, _LEFT_MOST))

    def show_offer(self) -> None:
        """Nothing is being imported."""
        self._show(self._offer)

    def show_running(self, name: str, share: float, conversations: int, *, stopping: bool) -> None:
        """How far the import is; `share` of what is to be read, 0 to 1."""
        self._name.setText(tr("import.stopping") if stopping else tr("import.running", name=name))
        self.bar.setValue(round(share * 1000))
        self._count.setText(tr("import.count", n=conversations))
        self.stop.setEnabled(not stopping)
        self._show(self._running)

    def show_report(self, heading: str, sentences: Sequence[str], left: Sequence[str]) -> None:
        """What the import brought, and a line for each thing left out."""
        self.heading.setText(heading)
        self.sentences.setText("\n".join(sentences))
        self.left.setPlainText("\n".join(left))
        self.left.setVisible(bool(left))
        self._left_title.setVisible(bool(left))
        self._show(self._report)
        self.setAccessibleDescription(" ".join((heading, *sentences)))

    def _show(self, part: QWidget) -> None:
        had = self.isAncestorOf(self.focusWidget() or self) and not part.isVisible()
        for one in (self._offer, self._running, self._report):
            one.setVisible(one is part)
        if had and self.isVisible():
            first = {self._running: self.stop, self._report: self.close_button}.get(part, self.files)
            first.setFocus(Qt.FocusReason.OtherFocusReason)
