"""The page of a comparison: the question above, two to four columns below."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.comparing import MOST
from app.i18n import tr
from app.wording import Names
from ui.compare.column import Column, divider
from ui.hairlines import rule
from ui.keys import in_force
from ui.lettering import draw_line
from ui.theme import Theme

_BAR = 50


class _Question(QWidget):
    """The question in one line, and when it was asked of how many; the whole of it in the tooltip."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = self._facts = ""
        self.setFixedHeight(_BAR)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_words(self, text: str, facts: str) -> None:
        """The question, and the line at the right."""
        self._text, self._facts = " ".join(text.split()), facts
        self.setToolTip(text if len(text) < 2000 else f"{text[:2000]}…")
        self.setAccessibleName(f"{self._text[:500]}, {facts}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg-side"))
        rule(painter, 0, self.height() - 1, self.width(), 1, theme.color("line"))
        painter.setFont(theme.font("caption"))
        wide = painter.fontMetrics().horizontalAdvance(self._facts) + 4
        room = self.width() - 40
        if wide > room * 2 // 3:
            wide = 0
        if wide:
            painter.setPen(theme.color("ink-3"))
            where = QRect(self.width() - 20 - wide, 0, wide, _BAR - 1)
            draw_line(painter, where, self._facts, "right")
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("ink"))
        left = room - wide - (16 if wide else 0)
        text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, left)
        draw_line(painter, QRect(20, 0, left, _BAR - 1), text)


class CompareView(QWidget):
    """Columns side by side. Signal: `chosen(column)`, by Alt and the column's number."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, names: Names, clock: Clock) -> None:
        super().__init__()
        self._theme = theme
        self._names = names
        self._clock = clock
        self.columns: list[Column] = []
        self._dividers: list[QWidget] = []
        self.setAccessibleName(tr("compare.name"))
        self._question = _Question(theme)
        self._ground = QWidget()
        self._row = QHBoxLayout(self._ground)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._ground)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll = scroll
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._question)
        column.addWidget(scroll, 1)
        self._foot = divider(theme)
        self._foot.setFixedSize(16777215, 1)
        self._foot.setMinimumWidth(0)
        column.addWidget(self._foot)
        for n in range(MOST):
            in_force.shortcut(f"keep_{n + 1}", self, lambda n=n: self._choose(n))

    def clear(self) -> None:
        """Take all columns away."""
        for widget in (*self.columns, *self._dividers):
            self._row.removeWidget(widget)
            widget.hide()
            if isinstance(widget, Column):
                widget.view.shut_down()
            widget.deleteLater()
        self.columns.clear()
        self._dividers.clear()

    def add_column(self, leg: str) -> Column:
        """One more column, at the right."""
        if self.columns:
            line = divider(self._theme)
            self._dividers.append(line)
            self._row.addWidget(line)
        made = Column(self._theme, self._names, self._clock, len(self.columns), leg)
        self.columns.append(made)
        self._row.addWidget(made, 1)
        made.show()
        return made

    def column_of(self, answer: str) -> Column | None:
        """The column that ends in that answer."""
        return next((one for one in self.columns if one.answer == answer), None)

    def show_question(self, text: str, facts: str) -> None:
        """The question all of them answer, and the line beside it."""
        self._question.show_words(text, facts)

    def _choose(self, n: int) -> None:
        if n < len(self.columns) and self.columns[n].keep.isVisible() and self.columns[n].keep.isEnabled():
            self.chosen.emit(self.columns[n])
