"""The head of a provider's card on the first-run page: who it is, what it offers, how its key stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.i18n import tr
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.marks import paint_mark, paint_tile
from ui.settings.values import CheckState
from ui.theme import Theme
from ui.welcome.cards import WelcomeCard

HEAD = 52
WIDE = 520
"""From this width on the offer stands beside the name, below it is under the name."""

_STATE_TOKENS: dict[CheckState, str] = {"ok": "accent", "bad": "bad", "unsure": "cool"}


class CardHead(QAbstractButton):
    """Tile, name, host, offer, and what came of the check; a click or Space opens and closes the card.

    `hovered()` when the mouse comes or goes: the whole card lights up.
    """

    hovered = Signal()

    def __init__(self, theme: Theme, card: WelcomeCard) -> None:
        super().__init__()
        self._theme = theme
        self.card = card
        self.state: CheckState = "unchecked"
        self.almost = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEAD)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(card.name)
        self.setAccessibleDescription(f"{card.headline} {card.tail} {card.detail}".strip())
        self.setToolTip(card.detail)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.hovered.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit()

    def sizeHint(self) -> QSize:
        return QSize(320, HEAD)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, HEAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_tile(painter, QRectF(14, 10, 32, 32), self.card.glyph, self.card.colour, self._theme)
        right = self.width() - self._paint_state(painter) - 10
        if self.width() >= WIDE:
            self._two_lines(
                painter, 60, 152, (self.card.name, "header", "ink"), (self.card.host, "caption", "ink-3")
            )
            self._offer(painter, 224, right - 224)
        else:
            line = f"{self.card.headline} {self.card.tail}".strip()
            self._two_lines(
                painter, 60, right - 60, (self.card.name, "header", "ink"), (line, "caption", "ink-2")
            )
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4, 4, -4, -4), 5, 5)
        painter.end()

    def _paint_state(self, painter: QPainter) -> int:
        """Draw what the check found at the right; the width it took."""
        words = {
            "ok": tr("welcome.state.ok"),
            "bad": tr("welcome.state.bad"),
            "unsure": tr("welcome.state.almost") if self.almost else tr("welcome.state.unsure"),
            "checking": tr("welcome.state.checking"),
        }.get(self.state)
        if words is None:
            return 0
        painter.setFont(self._theme.font("caption-bold"))
        width = painter.fontMetrics().horizontalAdvance(words)
        left = self.width() - width - 2
        token = _STATE_TOKENS.get(self.state, "ink-3")
        painter.setPen(self._theme.color(token))
        draw_line(painter, QRectF(left, 0, width + 2, HEAD), words)
        if self.state == "ok":
            paint_icon(painter, QRectF(left - 22, 0, 16, HEAD), "check", self._theme, token)
        elif self.state == "unsure":
            paint_icon(painter, QRectF(left - 22, 0, 16, HEAD), "warning", self._theme, token)
        else:
            mark = "off" if self.state == "bad" else "probing"
            paint_mark(painter, QRectF(left - 20, HEAD / 2 - 6, 12, 12), mark, self._theme)
        return width + 24

    def _two_lines(self, painter: QPainter, x: int, width: int, *lines: tuple[str, str, str]) -> None:
        for y, height, (text, use, token) in zip((6, 27), (20, 18), lines, strict=True):
            painter.setFont(self._theme.font(use))
            painter.setPen(self._theme.color(token))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
            draw_line(painter, QRectF(x, y, width + 2, height), shown)

    def _offer(self, painter: QPainter, x: int, width: int) -> None:
        card = self.card
        self._two_lines(
            painter, x, width, (card.headline, "header", "ink"), (card.detail, "caption", "ink-2")
        )
        used = QFontMetrics(self._theme.font("header")).horizontalAdvance(card.headline) + 6
        painter.setFont(self._theme.font("control"))
        painter.setPen(self._theme.color("ink-2"))
        tail = painter.fontMetrics().elidedText(card.tail, Qt.TextElideMode.ElideRight, max(0, width - used))
        draw_line(painter, QRectF(x + used, 6, max(0, width - used) + 2, 20), tail)
