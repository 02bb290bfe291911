"""The line at a seam: who went on and why, and one click to have the whole answered anew."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import button
from ui.transcript.context import Context
from ui.transcript.inks import InkLine, paint_inks

_HEIGHT = 24
_GAP = 8


class SeamLine(InkLine):
    """A seam of the answer `message`; `offer` shows or hides its button."""

    def __init__(self, context: Context, parent: QWidget, message: str) -> None:
        super().__init__(context.theme, parent, _HEIGHT)
        self.whole = button(tr("transcript.seam_whole"), "link", size="small")
        self.whole.setFont(context.theme.font("caption"))
        self.whole.setToolTip(tr("transcript.seam_whole_tip"))
        self.whole.setParent(self)
        self.whole.clicked.connect(lambda: context.wishes.retry.emit(message))
        self.whole.hide()

    def offer(self, offered: bool) -> None:
        """Whether the whole can be answered anew: not while it is still being written."""
        self.whole.setVisible(offered)
        self._place()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def fit(self, width: int) -> int:
        return super().fit(width - self._taken())

    def paintEvent(self, event: QPaintEvent) -> None:
        room = QRectF(0, 0, self.width() - self._taken(), self.height())
        paint_inks(QPainter(self), room, self.inks, self._theme)

    def _taken(self) -> int:
        return 0 if self.whole.isHidden() else self.whole.sizeHint().width() + _GAP

    def _place(self) -> None:
        hint = self.whole.sizeHint()
        self.whole.setGeometry(self.width() - hint.width(), 0, hint.width(), _HEIGHT)
