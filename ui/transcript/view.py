"""The transcript: shows a conversation of any length through a window of living rows.

The scroll bar spans the whole conversation; heights nobody has measured are guessed. The reader's place is
(message, pixels into it): whatever changes above it, what is read stays where it is. Work is done in turns
of a few milliseconds, what can be seen first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.clock import Clock, SystemClock
from app.i18n import tr
from app.relay.events import RelayEvent
from app.wording import Names
from ui import tabbing
from ui.theme import Theme
from ui.transcript import speech, travel
from ui.transcript.answer import AnswerRow
from ui.transcript.card_model import Card
from ui.transcript.context import Context, Wishes
from ui.transcript.copying import Copying
from ui.transcript.earlier import Earlier, WholeBranch
from ui.transcript.empty import EmptyState
from ui.transcript.find import Finding
from ui.transcript.formulas import Formulas
from ui.transcript.lexers import Lexers
from ui.transcript.news import NewBelow
from ui.transcript.pump import Pump
from ui.transcript.reach import Reach
from ui.transcript.row import QuestionRow, Row
from ui.transcript.selection import Selection
from ui.transcript.source import Item, Loader, TaskStarter
from ui.transcript.streaming import Streaming
from ui.transcript.window import RowWindow

TOP, COLUMN_TOP, BOTTOM = 20, 8, 12
COLUMN = 760
_MARGIN = 24
_SLACK = 4


class TranscriptView(QAbstractScrollArea):
    """Signals: `copy_requested(text)`, `retry_requested(message)`, `continue_requested(message)`,
    `next_leg_requested(message)`, `edit_requested(message)`, `sibling_requested(message)` (show that
    version), `action_requested(message, action, argument)` (see `card_model.Choice`),
    `link_activated(url)`: never opened here."""

    copy_requested = Signal(str)
    retry_requested = Signal(str)
    continue_requested = Signal(str)
    next_leg_requested = Signal(str)
    edit_requested = Signal(str)
    sibling_requested = Signal(str)
    action_requested = Signal(str, str, str)
    link_activated = Signal(str)

    def __init__(
        self,
        theme: Theme,
        names: Names,
        clock: Clock | None = None,
        parent: QWidget | None = None,
        *,
        column: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("transcript.name"))
        self.verticalScrollBar().setSingleStep(40)
        self.wishes = Wishes(self)
        self.selection = Selection(lambda: Reach(self), self)
        self._lexers = Lexers()
        ink, body = theme.hex("ink"), theme.font("body")
        self._formulas = Formulas(ink, body, self.devicePixelRatioF, lambda: self.pump.left)
        clock, need = clock or SystemClock(), self._lexers.need
        self.context = Context(theme, names, clock, self.wishes, need, self.selection, self._formulas, column)
        self._top = COLUMN_TOP if column else TOP
        self.column = QWidget(self.viewport())
        # A viewport has the roles of fields; labels within need those of windows for their colours.
        self.column.setBackgroundRole(QPalette.ColorRole.Window)
        # What is opaque is moved as it was painted: scrolling paints only what comes into sight.
        self.column.setAutoFillBackground(True)
        self.window_ = RowWindow(self.column)
        self._empty = EmptyState(theme, self.viewport())
        self._news = NewBelow(self.viewport())
        self._new = self._news.button
        self._new.clicked.connect(self.scroll_to_end)
        self._placing = False
        self.stuck = True
        self.anchor = (0, 0)
        self.streaming = Streaming(self)
        self.pump = Pump(self)
        self.earlier = Earlier(self)
        self._copying = Copying(self)
        self.finding = Finding(self)
        self._travel = travel.Travel(self)
        self._connect()

    def _connect(self) -> None:
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        wishes = self.wishes
        wishes.copy.connect(self.copy_requested)
        wishes.retry.connect(self.retry_requested)
        wishes.resume.connect(self.continue_requested)
        wishes.next_leg.connect(self.next_leg_requested)
        wishes.edit.connect(self.edit_requested)
        wishes.sibling.connect(self.sibling_requested)
        wishes.action.connect(self.action_requested)
        wishes.link.connect(self.link_activated)
        wishes.hovered.connect(lambda url: speech.show_target(self, url))
        wishes.resized.connect(self._resized)

    # what is shown

    def set_conversation(
        self,
        ids: Sequence[str],
        load: Loader,
        start: TaskStarter,
        at: str | None = None,
        offset: int = -12,
        whole: WholeBranch | None = None,
    ) -> None:
        """Show a conversation: its message ids in order. `load` fetches what is needed through tasks begun
        with `start`. Opens at the end, or at the message `at`, `offset` pixels into it. With `whole`, `ids`
        are only its newest, and what stands before them follows."""
        self._lexers.start = self._formulas.start = start
        self.selection.clear()
        self.window_.reset(list(ids))
        self.streaming.reset()
        self._news.seen()
        place = self.window_.index(at) if at is not None else None
        self.stuck, self.anchor = place is None, (place or 0, offset)
        self.finding.forget()
        self._empty.setVisible(not ids)
        self.pump.reset(load, start)
        self.earlier.forget()
        self.place()
        self.pump.wake()
        if whole is not None:
            self.earlier.fetch(whole, start)

    def clear(self) -> None:
        """Show the empty state."""
        self.selection.clear()
        self.window_.reset([])
        self.stuck, self.anchor = True, (0, 0)
        self.earlier.forget()
        self.finding.forget()
        self.streaming.reset()
        self.pump.reset(None, None)
        self._empty.show()
        self.place()

    def shut_down(self) -> None:
        """Start nothing any more; for the end of the program, before its tasks are closed."""
        self.streaming.reset()
        self.pump.reset(None, None)
        self._lexers.start = self._formulas.start = None

    def append(self, items: Sequence[Item]) -> None:
        """New messages at the end."""
        for item in items:
            index = self.window_.index(item[0].id)
            if index is None:
                index = self.window_.add_id(item[0].id)
            self.pump.ready[index] = item
        self.window_.mark_last()
        self._empty.setVisible(not self.window_.ids)
        self.note_news()
        self.place()
        self.pump.wake()

    def replace(self, item: Item) -> None:
        """A message has changed. Messages that are not here are ignored."""
        index = self.window_.index(item[0].id)
        if index is None:
            return
        row = self.window_.row(index)
        if isinstance(row, AnswerRow | QuestionRow):
            row.show_item(item)
            self.pump.remeasure(row)
            self.pump.wake()
        elif index in self.pump.ready:
            self.pump.ready[index] = item
        else:
            self.pump.outdate(index)

    def remove_from(self, message_id: str) -> None:
        """This message and all after it are gone from the branch shown."""
        index = self.window_.index(message_id)
        if index is None:
            return
        self.selection.clear()
        for message in self.window_.ids[index:]:
            self.streaming.forget(message)
        self.window_.truncate(index)
        if self.anchor[0] >= index:  # The reader's place is gone: what is left is shown to its end.
            self.stuck, self.anchor = True, (max(0, index - 1), 0)
        self.pump.forget_from(index)
        self.window_.mark_last()
        self._empty.setVisible(not self.window_.ids)
        self.place()
        self.pump.wake()

    def show_message(self, message_id: str) -> bool:
        """Bring a message to the top of the view; False when it is not in this conversation."""
        index = self.window_.index(message_id)
        if index is None:
            return False
        self.stuck = False
        self.anchor = (index, -12)
        self.place()
        self.pump.wake()
        return True

    def jump_to(self, message_id: str, term: str = "") -> bool:
        """Bring a message to the top; with `term`, its first place in that message, marked, and the bar to
        go on from there. False when the message is not in this conversation."""
        if not self.show_message(message_id):
            return self.earlier.jump_later(message_id, term)
        if term:
            self.finding.jump(message_id, term)
        return True

    def place_kept(self) -> tuple[str, int] | None:
        """Message and pixels into it where the reader is; None at the end, which is followed."""
        if self.stuck or not self.window_.ids:
            return None
        return self.window_.ids[self.anchor[0]], self.anchor[1]

    def leave(self, gone: Collection[str]) -> None:
        """These messages are about to go: a reader's place in one of them moves to what follows it."""
        ids, (at, offset) = self.window_.ids, self.anchor
        kept = [i for i in range(at, len(ids)) if ids[i] not in gone]
        if kept and kept[0] != at:
            self.anchor = (kept[0], min(offset, 0))

    def set_strip(self, height: int) -> None:
        """Keep a strip above the messages free, for a bar."""
        self.setViewportMargins(0, height, 0, 0)

    def show_card(self, message_id: str, card: Card) -> None:
        """Put a card in an answer's place (see `card_model.payment_card`)."""
        index = self.window_.index(message_id)
        row = self.window_.row(index) if index is not None else None
        if isinstance(row, AnswerRow):
            row.show_card(card)

    # a running turn

    def begin(self, item: Item) -> None:
        """An answer starts to stream; its events come through `feed`."""
        self.streaming.begin(item)

    def feed(self, message_id: str, event: RelayEvent) -> None:
        """One event of the turn; shown within about 33 ms."""
        self.streaming.feed(message_id, event)

    def finish(self, item: Item) -> None:
        """The turn is over; the item is what was stored."""
        self.streaming.finish(item)

    # geometry

    def column_width(self) -> int:
        """Width of the column of messages. Of the whole width, with or without a scroll bar: nothing moves
        sideways when the first one comes."""
        margin = 16 if self.context.column else _MARGIN if self.width() > 520 else 12
        return max(200, min(COLUMN, self.width() - 2 * margin))

    def note_news(self) -> None:
        """Something new came below; say so unless it can be seen."""
        if not self.stuck:
            self._news.came()

    @property
    def bottom(self) -> int:
        """The scroll value at the end."""
        return max(0, self._top + self.window_.heights.total + BOTTOM - self.viewport().height())

    def place(self, *, painted: bool = False) -> None:
        """Put scroll bar, rows and button where the reader's place wants them (see `RowWindow.move`)."""
        bar, view = self.verticalScrollBar(), self.viewport()
        self._placing = True
        bar.setPageStep(max(1, view.height() - 40))
        bar.setRange(0, self.bottom)
        self.anchor = index, offset = self.window_.within(*self.anchor, self.column_width())
        value = self.bottom if self.stuck else self._top + self.window_.top(index) + offset
        bar.setValue(max(0, min(value, self.bottom)))
        self._placing = False
        self.window_.place(self.column_width(), self.reading)
        self._move_column(painted=painted)
        self._news.show(at_end=self.stuck)

    def _move_column(self, *, painted: bool = False) -> None:
        x = (self.width() - self.column_width()) // 2
        y = self._top + self.window_.top(self.window_.first) - self.verticalScrollBar().value()
        self.window_.move(x, y, painted=painted)

    @property
    def reading(self) -> int:
        """The message at the reader's place: the last one when following the end."""
        return len(self.window_.ids) - 1 if self.stuck else self.anchor[0]

    def span(self) -> tuple[int, int]:
        """What can be seen, as heights from the conversation's start."""
        top = self.verticalScrollBar().value() - self._top
        return top, top + self.viewport().height()

    def _scrolled(self, value: int) -> None:
        if self._placing:
            return
        self.stuck = value >= self.bottom - _SLACK
        if self.stuck:
            self._news.seen()
        top = value - self._top
        index = max(0, self.window_.heights.at(top))
        self.anchor = (index, top - self.window_.top(index))
        self._move_column()
        self._news.show(at_end=self.stuck)
        self.pump.wake()

    def scroll_to_end(self) -> None:
        """Go to the newest text and follow it."""
        self.stuck = True
        self._news.seen()
        self.place()
        self.pump.wake()

    def _resized(self, source: object) -> None:
        """A row changed its height by itself (something was folded, a lexer came)."""
        widget = source if isinstance(source, QWidget) else None
        while widget is not None and not isinstance(widget, Row):
            widget = widget.parentWidget()
        if isinstance(widget, Row) and widget in self.window_.rows:
            self.pump.remeasure(widget)
            self.pump.wake()

    def index_of(self, row: Row) -> int:
        """The row's place in the conversation."""
        return self.window_.index(row.id) or 0

    def index_at(self, y: int) -> int:
        """The message at `y` in the viewport, whether its row lives or not."""
        return self.window_.heights.at(y + self.verticalScrollBar().value() - self._top)

    def scroll_by(self, pixels: int) -> None:
        """Scroll as a reader would."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pixels)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._empty.setGeometry(self.viewport().rect())
        self.place()
        self.finding.place()
        self.pump.wake()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if travel.scroll(self, event):
            pass
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copying.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selection.select_all(len(self.window_.ids))
        elif (
            event.key() == Qt.Key.Key_Escape and self.finding.bar is not None and self.finding.bar.isVisible()
        ):
            self.finding.close()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self.hasFocus() and self._travel.enter():
            return True
        return tabbing.move(self.window(), forward=forward) or super().focusNextPrevChild(forward)

    def contextMenuEvent(self, event: object) -> None:
        self._copying.menu()
