"""The quiet line above the first message that is still sent: `以上不再发送`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.transcript.context import Context

HEIGHT = 44
_GAP = 12


class SentLine(QWidget):
    """Words in the middle of a dashed line, and a link beside them."""

    def __init__(self, theme: Theme, parent: QWidget, link: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = label(tr("context.not_sent"), "caption", "ink-3")
        self._words.setToolTip(tr("context.not_sent.tip"))
        self.link = button(link, "link", size="small")
        self.link.setFont(theme.font("caption"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, HEIGHT - 28)
        row.setSpacing(_GAP)
        row.addStretch(1)
        row.addWidget(self._words)
        row.addWidget(self.link)
        row.addStretch(1)
        self.setAccessibleName(tr("context.not_sent"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = QPen(self._theme.color("line-strong"), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        y = self._words.geometry().center().y()
        painter.drawLine(0, y, self._words.x() - _GAP, y)
        painter.drawLine(self.link.geometry().right() + _GAP, y, self.width(), y)
        painter.end()


def line_for(context: Context, row: QWidget, message: str, line: SentLine | None) -> SentLine | None:
    """The line a row has to show: made, brought up to date or taken away, whenever the row is laid out."""
    mark = context.sent
    if mark.first != message:
        if line is not None:
            line.hide()
            line.deleteLater()
        return None
    if line is None:
        line = SentLine(context.theme, row, mark.link)
        line.link.clicked.connect(lambda: context.wishes.action.emit(message, "context", ""))
        line.show()
    line.link.setText(mark.link)
    return line
