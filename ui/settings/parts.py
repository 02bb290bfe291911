"""Small pieces of the settings page: the ground of the first column, dividers, a question in place."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui import theme as themes
from ui.buttons import Button
from ui.controls import button
from ui.hairlines import rule
from ui.settings.form import column, wrapping
from ui.theme import Theme


class Side(QWidget):
    """The ground of the first column with a line at its right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg-side"))
        rule(painter, self.width() - 1, 0, 1, self.height(), self._theme.color("line"))
        painter.end()


class Line(QWidget):
    """A 1 px divider."""

    def __init__(self, theme: Theme, *, vertical: bool) -> None:
        super().__init__()
        self._theme = theme
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
        self._vertical = vertical

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        wide, high = (1, self.height()) if self._vertical else (self.width(), 1)
        rule(painter, 0, 0, wide, high, self._theme.color("line"))
        painter.end()


def left(section: QWidget) -> QWidget:
    """A section kept to the left where the window is wider than it may be."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(section, 100)
    row.addStretch(1)
    return made


class Question(QWidget):
    """Asks in place before something is removed. `confirmed()`; cancelling only hides it."""

    confirmed = Signal()

    def __init__(self, action: str) -> None:
        super().__init__()
        self._words = wrapping("", "control", "ink")
        self._yes = Button(action, "danger", size="small", filled=True)
        self._no = button(tr("settings.cancel"), size="small")
        self._yes.clicked.connect(self._confirm)
        self._no.clicked.connect(self.hide)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._yes)
        row.addWidget(self._no)
        row.addStretch(1)
        box = column(self, spacing=8, margins=(12, 10, 12, 10))
        box.addWidget(self._words)
        box.addWidget(buttons)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = themes.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("bad-line"))
        painter.setBrush(theme.color("bad-tint"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def ask(self, text: str) -> None:
        """Show the question with the keyboard on its answer."""
        self._words.setText(text)
        self.show()
        self._yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def _confirm(self) -> None:
        self.hide()
        self.confirmed.emit()
