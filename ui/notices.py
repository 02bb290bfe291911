"""Bars of 28 px between header and transcript: practice mode, keys kept in memory only, and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, icon_button
from ui.hairlines import rule
from ui.lettering import draw_line
from ui.spoken import say
from ui.theme import Theme

NoticeKind = Literal["info", "cool", "bad"]


class Notice(QWidget):
    """One sentence on a tinted ground with at most one action."""

    def __init__(self, theme: Theme, text: str, kind: NoticeKind) -> None:
        super().__init__()
        self._theme = theme
        self._kind: NoticeKind = kind
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.setFixedHeight(28)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 0, 16, 1)
        self._row.addStretch(1)
        self._action_width = 0

    def add_action(self, text: str, act: Callable[[], None]) -> None:
        """Put a link at the right end."""
        made = button(text, "link")
        made.setFont(self._theme.font("caption"))
        made.clicked.connect(lambda _checked=False: act())
        self._row.addWidget(made)
        # It ends as far from the edge as the sentence begins.
        self._row.setContentsMargins(16, 0, 20, 1)
        self._action_width = made.sizeHint().width() + 16

    def add_close(self, act: Callable[[], None]) -> None:
        """Put a cross at the right end."""
        made = icon_button("close", tr("window.close_notice"))
        made.clicked.connect(lambda _checked=False: act())
        self._row.addWidget(made)
        self._row.setContentsMargins(16, 0, 16, 1)
        self._action_width += made.sizeHint().width() + 6

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color(f"{self._kind}-tint"))
        rule(painter, 0, self.height() - 1, self.width(), 1, theme.color(f"{self._kind}-line"))
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color(self._kind))
        room = self.rect().adjusted(20, 0, -20 - self._action_width, -1)
        text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        draw_line(painter, room, text)


class NoticeArea(QWidget):
    """The bars that hold now, by name, oldest on top; empty it takes no room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._bars: dict[str, Notice] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def put(
        self,
        name: str,
        text: str,
        kind: NoticeKind = "info",
        action: str = "",
        act: Callable[[], None] | None = None,
        *,
        closes: bool = False,
    ) -> None:
        """Show a sentence under a name, in place of an earlier one of that name; `closes` = the reader may
        take it away."""
        self.clear(name)
        bar = Notice(self._theme, text, kind)
        if action and act is not None:
            bar.add_action(action, act)
        if kind == "bad" or closes:
            # It tells of something that has happened; the others hold until their cause is gone.
            bar.add_close(lambda: self.clear(name))
        self._bars[name] = bar
        self._column.addWidget(bar)
        self.show()
        say(bar, text, at_once=kind == "bad")

    def clear(self, name: str) -> None:
        """Take a bar away; unknown names are ignored."""
        bar = self._bars.pop(name, None)
        if bar is not None:
            self._column.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        if not self._bars:
            self.hide()

    def names(self) -> list[str]:
        """The names of the bars that are shown."""
        return list(self._bars)
