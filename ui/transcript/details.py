"""The unfolded details of a turn: who was asked, why not them, and what vendors said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.store.entries import AttemptRecord
from app.wording import Names
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.theme import Theme
from ui.transcript.story import Detail, details, whose
from ui.transcript.vendor_words import VendorWords


class DetailsCard(QWidget):
    """A 28 px line an attempt, and the vendors' own words below, folded. `unfolded()`: it grew or shrank."""

    ROW = 28
    unfolded = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: Sequence[Detail] = ()
        self.words = VendorWords(theme, self)
        self.words.unfolded.connect(self._unfold)
        self.words.hide()

    def set_attempts(self, attempts: Sequence[AttemptRecord], names: Names) -> None:
        """Show these attempts."""
        self._rows = rows = details(attempts, names)
        self.setAccessibleName("\n".join(f"{r.leg}, {r.did}, {r.facts}" for r in rows))
        self.setToolTip("\n".join(f"{r.leg} · {r.did} · {r.facts}".rstrip(" ·") for r in rows))
        words = "\n".join(r.words for r in rows if r.words)
        self.words.set_words(words, whose(attempts))
        self.words.setVisible(bool(words))
        self._place()
        self.update()

    def fit(self, width: int) -> int:
        """The height needed."""
        return self._lines() + (self.words.fit(width) if self._has_words() else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _lines(self) -> int:
        return self.ROW * len(self._rows) + 6

    def _has_words(self) -> bool:
        return any(row.words for row in self._rows)

    def _place(self) -> None:
        self.words.setGeometry(0, self._lines() - 3, self.width(), self.words.fit(self.width()))

    def _unfold(self) -> None:
        self._place()
        self.unfolded.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        facts_font = theme.font("caption")
        metrics = QFontMetrics(facts_font)
        leg_width = round(min(190, self.width() * 0.28))
        for i, row in enumerate(self._rows):
            y = 3 + i * self.ROW
            paint_mark(painter, QRectF(13, y + 8, 12, 12), row.mark.state, theme, row.mark.share)
            facts_width = min(metrics.horizontalAdvance(row.facts), round(self.width() * 0.42))
            left = 32 + leg_width + 8
            did_width = max(20, self.width() - left - facts_width - 24)
            for x, width, text, use, token in (
                (32, leg_width, row.leg, "caption-bold" if row.answered else "caption", "ink"),
                (left, did_width, row.did, "caption", "ink-2"),
                (self.width() - 12 - facts_width, facts_width, row.facts, "caption", "ink-3"),
            ):
                font = theme.font(use)
                painter.setFont(font)
                painter.setPen(theme.color(token))
                shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width + 1)
                draw_line(painter, QRectF(x, y, width + 2, self.ROW), shown)
