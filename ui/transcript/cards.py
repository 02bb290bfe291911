"""Cards in an answer's place, the countdown of a turn that waits, and the end of an interrupted answer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.clock import Clock
from app.i18n import tr
from ui.controls import Button, button, label
from ui.flow import FlowArea
from ui.hairlines import rule
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.theme import Theme
from ui.transcript.card_model import Card, CardLine, Choice
from ui.transcript.context import Context, Wishes
from ui.transcript.laid_out import height_within
from ui.transcript.vendor_words import VendorWords


def perform(wishes: Wishes, message: str, choice: Choice) -> None:
    """Send what a choice asks for where it belongs."""
    match choice.action:
        case "retry":
            wishes.retry.emit(message)
        case "resume":
            wishes.resume.emit(message)
        case "next_leg":
            wishes.next_leg.emit(message)
        case "edit":
            wishes.edit.emit(message)
        case action:
            wishes.action.emit(message, action, choice.argument)


def choice_button(context: Context, message: str, choice: Choice) -> Button:
    """A button that performs its choice."""
    made = button(choice.text, choice.kind, choice.icon, size="small")
    made.clicked.connect(lambda: perform(context.wishes, message, choice))
    return made


def _wrapped(text: str, use: str, token: str) -> QLabel:
    made = label(text, use, token)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class _Line(QWidget):
    """One leg of a card, 28 px: mark, name, reason; the action is a real button."""

    def __init__(self, context: Context, message: str, line: CardLine) -> None:
        super().__init__()
        self._theme = context.theme
        self._line = line
        self._action: Button | None = None
        if line.choice is not None:
            self._action = choice_button(context, message, line.choice)
            self._action.setParent(self)
            self._action.setAccessibleName(f"{line.leg}: {line.choice.text}")
        self.setFixedHeight(28)
        self.setAccessibleName(f"{line.leg}, {line.reason}")
        self.setAccessibleDescription(line.more)
        self.setToolTip("\n".join(part for part in (f"{line.leg} · {line.reason}", line.more) if part))

    def resizeEvent(self, event: QEvent) -> None:  # type: ignore[override]
        if self._action is not None:
            hint = self._action.sizeHint()
            self._action.setGeometry(self.width() - hint.width() - 12, 2, hint.width(), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        rule(painter, 0, 0, self.width(), 1, theme.color("line"))
        paint_mark(painter, QRectF(14, 8, 12, 12), self._line.state, theme, 0.65)
        right = self._action.x() - 8 if self._action is not None else self.width() - 12
        left = round(38 + min(236, self.width() * 0.32))
        for x, end, text, use, token in (
            (38, left - 8, self._line.leg, "caption-bold", "ink"),
            (left, right, self._line.reason, "caption", "ink-2"),
        ):
            painter.setFont(theme.font(use))
            painter.setPen(theme.color(token))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, end - x)
            draw_line(painter, QRectF(x, 0, end - x + 2, 28), shown)


class CardView(QWidget):
    """A card: heading and sentence, one line a leg, choices, the vendor's words one click away."""

    def __init__(self, context: Context, parent: QWidget, message: str, card: Card) -> None:
        super().__init__(parent)
        self._context = context
        self.card = card
        self.setAccessibleName(f"{card.heading} {card.sentence}")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 1, 0)
        column.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(38, 10, 14, 10)
        head.setSpacing(1)
        head.addWidget(_wrapped(card.heading, "header", "ink"))
        head.addWidget(_wrapped(card.sentence, "caption", "ink-2"))
        column.addLayout(head)
        for line in card.lines:
            column.addWidget(_Line(context, message, line))
        row = QHBoxLayout()
        row.setContentsMargins(13, 11, 12, 10)
        row.setSpacing(8)
        # On as many lines as they need: in English three of them are wider than a small window.
        choices = FlowArea()
        for choice in card.choices:
            choices.flow.addWidget(choice_button(context, message, choice))
        row.addWidget(choices, 1)
        if card.side is not None:
            # Its words end where a note's would: it has no border at rest.
            row.addWidget(choice_button(context, message, card.side))
            row.setContentsMargins(13, 11, 6, 10)
        elif card.note:
            row.addWidget(label(card.note, "caption", "ink-3"))
        self._foot = row
        column.addLayout(row)
        self.words: VendorWords | None = None
        if card.words:
            self.words = VendorWords(context.theme, self)
            self.words.set_words(card.words, card.words_of)
            self.words.unfolded.connect(lambda: context.wishes.resized.emit(self))
            column.addWidget(self.words)

    def fit(self, width: int) -> int:
        """The height needed in this width."""
        return height_within(self, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._context.theme, QPainter(self)
        y = self._foot.geometry().top()
        rule(painter, 1, y, self.width() - 2, 1, theme.color("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        paint_icon(painter, QRectF(14, 11, 16, 20), self.card.icon, theme, self.card.token)


class WaitingCard(QWidget):
    """The only leg cools: a ring that empties, and a way out. Ticks once a second while it can be seen."""

    HEIGHT = 62

    def __init__(self, context: Context, parent: QWidget, message: str) -> None:
        super().__init__(parent)
        self._theme: Theme = context.theme
        self._clock: Clock = context.clock
        self._leg = ""
        self._until = self._since = 0.0
        choice = Choice(tr("transcript.do_cancel"), "cancel")
        self._cancel = choice_button(context, message, choice)
        self._cancel.setParent(self)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)

    def wait(self, leg: str, since: float, until: float) -> None:
        """Count down to `until` (epoch seconds)."""
        self._leg, self._since, self._until = leg, since, until
        self._tick()

    @property
    def left(self) -> int:
        """Seconds still to wait."""
        return max(0, round(self._until - self._clock.now()))

    def _tick(self) -> None:
        self.setAccessibleName(tr("transcript.waiting", leg=self._leg, n=self.left))
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def fit(self, width: int) -> int:
        """A fixed height."""
        hint = self._cancel.sizeHint()
        self._cancel.setGeometry(width - hint.width() - 14, 18, hint.width(), hint.height())
        return self.HEIGHT

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        ring = QRectF(16, 15, 32, 32)
        painter.setPen(QPen(theme.color("cool-line"), 3))
        painter.drawEllipse(ring)
        whole = max(1.0, self._until - self._since)
        painter.setPen(QPen(theme.color("cool-mark"), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawArc(ring, 90 * 16, -round(360 * 16 * min(1.0, self.left / whole)))
        painter.setFont(theme.font("caption-bold"))
        painter.setPen(theme.color("ink"))
        draw_line(painter, ring, str(self.left), "centre")
        room = self._cancel.x() - 72
        lines = (
            (11, 20, "header", "ink", tr("transcript.waiting", leg=self._leg, n=self.left)),
            (33, 17, "caption", "ink-2", tr("transcript.waiting_more")),
        )
        for y, height, use, token, text in lines:
            painter.setFont(theme.font(use))
            painter.setPen(theme.color(token))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            draw_line(painter, QRectF(62, y, room, height), shown)


class Ending(QWidget):
    """Buttons under an answer that stopped half-way."""

    def __init__(self, context: Context, parent: QWidget, message: str, choices: tuple[Choice, ...]) -> None:
        super().__init__(parent)
        self._buttons = [choice_button(context, message, choice) for choice in choices]
        for one in self._buttons:
            one.setParent(self)

    def fit(self, width: int) -> int:
        """Place the buttons, in as many lines as they need; returns the height."""
        x = y = 0
        for one in self._buttons:
            hint = one.sizeHint()
            if x and x + hint.width() > width:
                x, y = 0, y + 30
            one.setGeometry(x, y, hint.width(), hint.height())
            x += hint.width() + 8
        return y + 26
