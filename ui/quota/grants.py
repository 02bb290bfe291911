"""The grants on the quota page: a row each with its gauge, where the number comes from, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from app.i18n import tr
from ui.controls import button
from ui.hairlines import rule
from ui.lettering import draw_line
from ui.marks import paint_tile
from ui.quota.gauge import HEIGHT, Level, paint_gauge
from ui.settings.form import column
from ui.theme import Theme

ROW, HEAD = 36, 24
FEW = 8


@dataclass(frozen=True, slots=True)
class GaugeLine:
    """One grant in words. `left` is bold, `whole` beside it; `end` and `pace` may be empty; `warns` = its
    pace is worth a look."""

    id: str
    glyph: str
    colour: str
    scope: str
    provider: str
    level: Level
    left: str
    whole: str
    source: str
    end: str
    pace: str
    warns: bool = False

    @property
    def spoken(self) -> str:
        """All of it."""
        parts = (f"{self.provider} {self.scope}", f"{self.left} {self.whole}".strip(), self.source)
        return tr("sidebar.comma").join(p for p in (*parts, self.end, self.pace) if p)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where columns begin, 0 = no room for it."""

    gauge: int
    wide: int
    left: int
    source: int
    end: int
    pace: int


def columns(width: int) -> _Columns:
    """The columns of a row so wide; what has no room is in the tool tip."""
    if width >= 1120:
        return _Columns(246, 216, 486, 690, 850, 990)
    if width >= 900:
        return _Columns(206, 206, 430, 610, 752, 868)
    if width >= 640:
        return _Columns(190, 130, 336, 0, 470, 0)
    if width >= 540:
        return _Columns(170, 70, 256, 0, 418, 0)
    return _Columns(160, 80, 252, 0, 0, 0)


class _Row(QAbstractButton):
    """A click lets the user correct it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.line: GaugeLine | None = None
        self.setFixedHeight(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_line(self, line: GaugeLine) -> None:
        """Show this."""
        self.line = line
        self.setAccessibleName(line.spoken)
        self.setToolTip(line.spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        line, theme = self.line, self._theme
        if line is None:
            return
        painter = QPainter(self)
        if self.underMouse():
            painter.fillRect(self.rect(), theme.color("bg-hover"))
        rule(painter, 0, 0, self.width(), 1, theme.color("line"))
        where = columns(self.width())
        colour = line.colour or theme.color("parked-mark")
        paint_tile(painter, QRectF(2, 9, 18, 18), line.glyph, colour, theme)
        used = self._text(painter, 28, where.gauge - 36, line.scope, "control-bold", "ink")
        self._text(painter, 36 + used, where.gauge - 44 - used, line.provider, "caption", "ink-3")
        gauge = QRectF(where.gauge, (ROW - HEIGHT) / 2, where.wide, HEIGHT)
        paint_gauge(painter, gauge, line.level, theme)
        end = where.source or where.end or self.width()
        used = self._text(painter, where.left, end - where.left - 8, line.left, "control-bold", "ink")
        rest = end - where.left - used - 14
        self._text(painter, where.left + used + 6, rest, line.whole, "caption", "ink-3")
        if where.source:
            self._text(painter, where.source, where.end - where.source - 8, line.source, "caption", "ink-3")
        if where.end:
            room = (where.pace or self.width()) - where.end - 8
            self._text(painter, where.end, room, line.end, "caption", "ink-2")
        if where.pace:
            token = "cool" if line.warns else "ink-3"
            self._text(painter, where.pace, self.width() - where.pace - 4, line.pace, "caption", token)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 2, -1, -1), 5, 5)

    def _text(self, painter: QPainter, x: float, room: float, text: str, use: str, token: str) -> int:
        if room < 10 or not text:
            return 0
        painter.setFont(self._theme.font(use))
        painter.setPen(self._theme.color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        draw_line(painter, QRectF(x, 0, room + 2, ROW), shown)
        return painter.fontMetrics().horizontalAdvance(shown)


class _Head(QWidget):
    """The names of the columns."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(HEAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.color("ink-3"))
        where = columns(self.width())
        for x, key in (
            (2, "quota.head_grant"),
            (where.gauge, "quota.head_left"),
            (where.source, "quota.head_source"),
            (where.end, "quota.head_end"),
            (where.pace, "quota.head_pace"),
        ):
            if x:
                draw_line(painter, QRectF(x, 0, 240, HEAD), tr(key))


class GrantRows(QWidget):
    """All grants, the first few at once. `chosen(grant)`: the user wants to correct it."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: Sequence[GaugeLine] = ()
        self._all = False
        self.rows: list[_Row] = []
        self._head = _Head(theme)
        self.more = button("", "link", trailing="chevron-down")
        self.more.clicked.connect(self._show_all)
        self._box = column(self)
        self._box.addWidget(self._head)
        foot = QHBoxLayout()
        # It begins where the rows' tiles do.
        foot.setContentsMargins(2, 0, 0, 0)
        foot.addWidget(self.more)
        foot.addStretch(1)
        self._box.addLayout(foot)

    def show_lines(self, lines: Sequence[GaugeLine]) -> None:
        """Show these in this order."""
        self._lines = lines
        shown = lines if self._all or len(lines) <= FEW + 1 else lines[:FEW]
        while len(self.rows) > len(shown):
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(shown):
            row = _Row(self._theme)
            row.clicked.connect(self._clicked)
            self._box.insertWidget(1 + len(self.rows), row)
            self.rows.append(row)
        for row, line in zip(self.rows, shown, strict=True):
            row.show_line(line)
        self.more.setVisible(len(shown) < len(lines))
        self.more.setText(tr("quota.more_grants", n=len(lines) - len(shown)))
        self._head.setVisible(bool(lines))

    def _clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _Row) and row.line is not None:
            self.chosen.emit(row.line.id)

    def _show_all(self) -> None:
        first = len(self.rows)
        self._all = True
        self.show_lines(self._lines)
        if first < len(self.rows):
            self.rows[first].setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._head.update()
