"""What all rows share: a name for screen readers, hover and focus, and work in slices; and the question."""

from __future__ import annotations

import time
from datetime import datetime

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.keys import in_force
from ui.transcript.context import Context
from ui.transcript.enclosures import Enclosures
from ui.transcript.foot import HEIGHT as FOOT
from ui.transcript.foot import Foot
from ui.transcript.pieces import TextPiece
from ui.transcript.plain import PlainColumn
from ui.transcript.sent_mark import HEIGHT as SENT
from ui.transcript.sent_mark import SentLine, line_for
from ui.transcript.source import Item


def clock_time(seconds: float) -> str:
    """A time of day for accessible names; with its date when that is not today."""
    when = datetime.fromtimestamp(seconds)
    same_day = when.date() == datetime.now().date()
    return when.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")


class Row(QWidget):
    """One message. `fit` lays it out, `step` renders more while `busy`; neither takes long."""

    def __init__(self, context: Context, parent: QWidget, item: Item) -> None:
        super().__init__(parent)
        self.context = context
        self.message, self.attempts = item
        self.high = self.fitted = 0
        self.at: int | None = None
        self._place = (0, 0, 0)
        self._hovered = self._focused = self.last = False
        self._name()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.foot = Foot(context, self, self.message, right=self.message.role == "user")

    def _name(self) -> None:
        role = tr("transcript.you" if self.message.role == "user" else "transcript.answer")
        self.setAccessibleName(f"{role}, {clock_time(self.message.created_at)}")

    # used again

    @property
    def reusable(self) -> bool:
        """Whether it can show another message of its kind once this one is out of sight."""
        raise NotImplementedError

    def rest(self) -> None:
        """Let go of what belongs to the message alone: this row is put aside."""
        self.at, self._place = None, (0, 0, 0)
        self.high = self.fitted = 0
        self._hovered = self._focused = self.last = False
        self.foot.reveal(False)
        for piece in self.texts():
            piece.forget()

    def take(self, item: Item) -> None:
        """Show another message, from nothing, after `rest`."""
        self.show_item(item)
        self._name()

    def show_item(self, item: Item) -> None:
        """Show another version of the message."""
        raise NotImplementedError

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message.id

    def stand(self, y: int, width: int) -> None:
        """Stand there in the column, as high as was measured."""
        place = y, width, self.high
        if place != self._place:
            self.at, self._place = y, place
            self.setGeometry(0, y, width, self.high)

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""
        raise NotImplementedError

    def step(self, seconds: float) -> None:
        """Render for about that long."""
        raise NotImplementedError

    def fit(self, width: int) -> int:
        """Lay out in this width; returns the height needed, gaps included."""
        raise NotImplementedError

    def texts(self) -> list[TextPiece]:
        """The selectable pieces from top to bottom."""
        raise NotImplementedError

    def set_last(self, last: bool) -> None:
        """The last answer shows its actions without being asked."""
        if last != self.last:
            self.last = last
            self._reveal()

    def focus_inside(self, inside: bool) -> None:
        """The keyboard is (or is no longer) somewhere in this row."""
        if inside != self._focused:
            self._focused = inside
            self._reveal()

    def _reveal(self) -> None:
        always = self.last and self.message.role == "assistant" and self.message.status != "streaming"
        self.foot.reveal((self._hovered or self._focused or always) and not self.context.column)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._hovered = True
        self._reveal()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = False
        self._reveal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if in_force.hits("version", event) or in_force.hits("version_next", event):
            self.foot.go(-1 if in_force.hits("version", event) else 1)
        elif event.key() == Qt.Key.Key_Delete and self.hasFocus() and not self.context.column:
            onwards = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            wishes = self.context.wishes
            (wishes.delete_from if onwards else wishes.delete).emit(self.id)
        elif event.key() == Qt.Key.Key_Menu:
            self.context.wishes.menu.emit(self)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.context.theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -3), 8, 8)


class QuestionRow(Row):
    """The user's message: right aligned, hugging its text, shown exactly as written."""

    WIDEST = 600
    PAD_X, PAD_Y = 14, 8

    def __init__(self, context: Context, parent: QWidget, item: Item) -> None:
        super().__init__(context, parent, item)
        line = context.theme.line_height("body")
        self._column = PlainColumn(context, self, "body", "ink", line)
        self._column.set_text(self.message.text)
        self._column.step()
        self._bubble = QRectF()
        self._enclosures: Enclosures | None = None
        self._show_enclosed()
        self._sent: SentLine | None = None

    @property
    def reusable(self) -> bool:
        return self._enclosures is None and self._sent is None and len(self._column.pieces) == 1

    def show_item(self, item: Item) -> None:
        self.message, self.attempts = item
        self._column.set_text(self.message.text)
        self._column.step()
        self._show_enclosed()
        self.foot.set_message(self.message, "")

    def _show_enclosed(self) -> None:
        if self.message.enclosed and self._enclosures is None:
            self._enclosures = Enclosures(self.context, self, self.id)
        if self._enclosures is not None:
            self._enclosures.show_parts(self.message.enclosed)

    @property
    def busy(self) -> bool:
        return self._column.busy

    def step(self, seconds: float) -> None:
        deadline = time.perf_counter() + seconds
        while self._column.busy and time.perf_counter() < deadline:
            self._column.step()

    def fit(self, width: int) -> int:
        self._sent = line_for(self.context, self, self.id, self._sent)
        top = SENT if self._sent is not None else 0
        if self._sent is not None:
            self._sent.setGeometry(0, 0, width, SENT)
        if self._enclosures is not None:
            high = self._enclosures.fit(min(self.WIDEST, width))
            wide = min(self.WIDEST, width)
            self._enclosures.setGeometry(width - wide, top, wide, high)
            top += high
        pad = self.context.theme.closer(self.PAD_Y, 4)
        room = min(self.WIDEST, width) - 2 * self.PAD_X
        self._column.fit(room)
        inner = min(room, self._column.natural_width)
        height = self._column.fit(inner)
        box = QRectF(width - inner - 2 * self.PAD_X, top, inner + 2 * self.PAD_X, height + 2 * pad)
        if self._enclosures is not None and not self.message.text:
            box = QRectF(width, top, 0, 0)
        self._bubble = box
        # A line keeps its spare height above the letters: two pixels up, the words are in the middle.
        self._column.setGeometry(int(box.x()) + self.PAD_X, top + pad - 2, inner, height)
        bottom = top + int(box.height())
        if self.context.column:
            return bottom + 12
        self.foot.setGeometry(0, bottom, width, FOOT)
        self.foot.fit(width)
        return bottom + FOOT

    def texts(self) -> list[TextPiece]:
        return self._column.pieces

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.context.theme.color("bg-user"))
        if not self._bubble.isEmpty():
            painter.drawRoundedRect(self._bubble, 8, 8)
        painter.end()
        super().paintEvent(event)
