"""The bar of find in conversation: a field, how many hits, to the one before or the next, close."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui import theme as themes
from ui.controls import Field, icon_button, label
from ui.keys import in_force

WIDTH, HEIGHT = 372, 44


class FindBar(QWidget):
    """Lies over a corner of the conversation."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("find.name"))
        self.field = Field(tr("find.placeholder"), icon="search")
        self.field.setAccessibleName(tr("find.name"))
        self.count = label("", "caption", "ink-3")
        self.count.setMinimumWidth(64)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.previous = icon_button("chevron-up", tr("find.previous"))
        self.next = icon_button("chevron-down", tr("find.next"))
        in_force.tip(self.previous, tr("find.previous"), "find_previous")
        in_force.tip(self.next, tr("find.next"), "find_next")
        self.close_ = icon_button("close", tr("find.close"), "Esc")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 7, 6, 7)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        for widget in (self.count, self.previous, self.next, self.close_):
            row.addWidget(widget)
        self.set_count("", 0)
        self.resize(WIDTH, HEIGHT)

    def set_count(self, text: str, total: int) -> None:
        """Show `3 / 17`; without hits there is nowhere to go."""
        self.count.setText(text)
        self.field.setAccessibleDescription(text)
        self.previous.setEnabled(total > 0)
        self.next.setEnabled(total > 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = themes.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line-strong"))
        painter.setBrush(theme.color("bg-page"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
