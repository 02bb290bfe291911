"""The assistants on an empty page: cards to begin with, one click each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.assistants import Listed
from app.i18n import tr
from ui.controls import button
from ui.lettering import draw_line
from ui.theme import Theme
from ui.transcript.empty import EmptyState

CARD_HEIGHT, GAP = 56, 8
WIDEST = 760
_LEAST_CARD = 180
_MOST_ROWS = 2
"""An empty page stays quiet."""
_TOP = 64
"""Height of heading and line above the cards."""


class Card(QAbstractButton):
    """Name over one line about it; checked = the page uses it."""

    def __init__(self, theme: Theme, listed: Listed, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.listed = listed
        self.setText(listed.name)
        self.setCheckable(True)
        self.setAccessibleName(listed.name)
        self.setAccessibleDescription(listed.note)
        self.setToolTip(listed.note)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(CARD_HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(_LEAST_CARD, CARD_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        chosen = self.isChecked()
        wide = 2 if focused else 1
        line = "accent" if focused else "accent-line" if chosen else "line"
        fill = "accent-tint" if chosen else "bg-hover" if self.underMouse() else "bg-page"
        painter.setPen(QPen(theme.color(line), wide))
        painter.setBrush(theme.color(fill))
        inset = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        room = self.width() - 24
        for y, use, ink, text in (
            (9, "control-bold", "ink", self.listed.name),
            (30, "caption", "ink-2" if chosen else "ink-3", self.listed.note),
        ):
            painter.setFont(theme.font(use))
            painter.setPen(theme.color(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            draw_line(painter, QRectF(12, y, room, 18), shown)
        painter.end()


class Offers(QWidget):
    """Stands in the empty page under its words: two rows at most, the rest is behind `all`.

    Signals: `chosen(id)` (empty = none after all), `all_requested(button)`.
    """

    chosen = Signal(str)
    all_requested = Signal(object)

    def __init__(self, theme: Theme, ground: EmptyState) -> None:
        super().__init__(ground)
        self._theme = theme
        self._ground = ground
        self._listed: list[Listed] = []
        self._cards: list[Card] = []
        self._used: str | None = None
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self.all = button(tr("assistants.all"), "link", size="small", trailing="chevron-down")
        self.all.clicked.connect(lambda: self.all_requested.emit(self.all))
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.all)
        foot.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        box.addLayout(self._grid)
        box.addLayout(foot)
        ground.installEventFilter(self)
        self.hide()

    def show_assistants(self, listed: Sequence[Listed], used: str | None) -> None:
        """Offer these; `used` is the page's own. None of them = nothing is shown."""
        self._listed = list(listed)
        self._used = used
        # Behind a conversation there is nothing to build; the page tells when it is shown.
        if self._ground.isVisible():
            self._build()

    def _build(self) -> None:
        if [card.listed for card in self._cards] != self._listed:
            for card in self._cards:
                card.hide()
                card.deleteLater()
            self._cards = [Card(self._theme, one, self) for one in self._listed]
            for card in self._cards:
                card.clicked.connect(lambda _=False, one=card.listed.id: self._choose(one))
        for card in self._cards:
            card.setChecked(card.listed.id == self._used)
        self.setVisible(bool(self._listed))
        self.place()

    def shown(self) -> list[Card]:
        """The cards that have room."""
        return [card for card in self._cards if not card.isHidden()]

    def place(self) -> None:
        """Fit as many rows as the page has room for, and lift its words above them."""
        ground = self._ground
        if self.isHidden():
            ground.set_lift(0)
            return
        width = min(WIDEST, ground.width() - 48)
        columns = max(1, min(3, (width + GAP) // (_LEAST_CARD + GAP)))
        below = self.all.sizeHint().height() + GAP
        room = ground.height() - _TOP - below - 32
        rows = max(0, min(_MOST_ROWS, -(-len(self._cards) // columns), room // (CARD_HEIGHT + GAP)))
        for place, card in enumerate(self._cards):
            self._grid.removeWidget(card)
            card.setVisible(place < rows * columns)
            if place < rows * columns:
                self._grid.addWidget(card, place // columns, place % columns)
        for at in range(3):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        height = rows * (CARD_HEIGHT + GAP) + below
        ground.set_lift((height + 16) // 2)
        top = (ground.height() + _TOP - height) // 2 + 4
        self.setGeometry((ground.width() - width) // 2, top, width, height)

    def _choose(self, assistant: str) -> None:
        self.chosen.emit("" if assistant == self._used else assistant)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._build()
        elif event.type() == QEvent.Type.Resize:
            self.place()
        return False
