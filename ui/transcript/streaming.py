"""Running turns: gathers their events and shows them at most every 33 ms."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from app.relay.events import Done, Exhausted, RelayEvent, Stopped
from ui.transcript import speech
from ui.transcript.answer import AnswerRow
from ui.transcript.live import LiveTurn
from ui.transcript.making import make_row
from ui.transcript.source import Item

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView

FLUSH_MS = 33
NEXT_FRAME_MS = 16
LITTLE_MS = 2
"""What took no longer than this is placed in the same frame."""

BEHIND_MS = 20
"""Until the next turn when one was not enough: a frame, painted before, and some more."""


class Streaming(QObject):
    """Holds the running turns of the conversation shown, whether or not their rows are alive."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view
        self.live: dict[str, LiveTurn] = {}
        self._dirty: set[str] = set()
        self._pause = FLUSH_MS
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._due)
        self._put_off = False
        self._taken: dict[str, None] = {}
        self._cost = 0.0
        self._placing = QTimer(self)
        self._placing.setSingleShot(True)
        self._placing.setTimerType(Qt.TimerType.PreciseTimer)
        self._placing.timeout.connect(partial(self._place, only_text=True))

    @property
    def idle(self) -> bool:
        """Whether all that has come is shown."""
        return not (self._timer.isActive() or self._placing.isActive())

    def reset(self) -> None:
        """Another conversation is shown."""
        self.live.clear()
        self._dirty.clear()
        self._taken.clear()
        self._timer.stop()
        self._placing.stop()

    def forget(self, message: str) -> None:
        """This message is gone."""
        self.live.pop(message, None)
        self._dirty.discard(message)

    def begin(self, item: Item) -> None:
        """An answer starts (or goes on) streaming."""
        message, attempts = item
        self.live[message.id] = LiveTurn(message, attempts, self._view.context.clock)
        window = self._view.window_
        index = window.index(message.id)
        if index is None:
            self._view.append([item])
        elif window.row(index) is None:
            self._view.pump.ready[index] = item
        else:
            self._rebuild(index, item)
        window.mark_last()

    def _rebuild(self, index: int, item: Item) -> None:
        """A stored answer goes on: its row is made anew, together with those after it."""
        window = self._view.window_
        old = window.rows[index - window.first]
        row = make_row(self._view, index, item)
        window.rows[index - window.first] = row
        old.hide()
        old.deleteLater()
        row.show()
        self._view.pump.remeasure(row)

    def feed(self, message: str, event: RelayEvent) -> None:
        """Take one event in; it is shown soon."""
        turn = self.live.get(message)
        if turn is None:
            return
        turn.apply(event)
        self._dirty.add(message)
        if isinstance(event, Done | Exhausted | Stopped):
            self._timer.stop()
            self.flush()
        elif not self._timer.isActive():
            self._timer.start(self._pause)

    def catch_up(self, message: str) -> None:
        """A row made anew does not show all that has come yet: the rest follows without a further event."""
        self._dirty.add(message)
        if not self._timer.isActive():
            self._timer.start(BEHIND_MS)

    def _due(self) -> None:
        left = 0 if self._put_off else self._view.pump.left
        self._put_off = left > 1
        if self._put_off:
            # Not in the frame in which the pump has worked; it waits for this one in turn.
            self._view.pump.give_way(left / 1000)
            self._timer.start(left)
        else:
            if self._take():
                self._placing.start(NEXT_FRAME_MS)
            else:
                self._place()

    def flush(self) -> None:
        """Show what has come, at once."""
        self._take()
        self._place()

    def _take(self) -> bool:
        """Read and lay out what has come, within the room the rows have; whether that may be seen as it is
        for a frame, and took so much of this one that the rest had better wait."""
        begun = time.perf_counter()
        behind: set[str] = set()
        only_text = True
        for message in self._dirty:
            turn, row = self.live.get(message), self._row(message)
            if turn is not None and row is not None:
                only_text = row.sync(turn) and only_text
                self._taken[message] = None
                if row.behind:
                    behind.add(message)
        self._dirty = behind
        # A block too large to be cheap is shown less often rather than taking every frame.
        self._cost = (time.perf_counter() - begun) * 1000
        later = only_text and self._cost > LITTLE_MS
        self._view.pump.give_way(NEXT_FRAME_MS / 1000 if later else 0.0)
        return later

    def _place(self, *, only_text: bool = False) -> None:
        """Give the rows the room they need, and move what stands round them. Paints take half of the time:
        in a frame of its own, unless somebody waits for it."""
        self._placing.stop()
        begun = time.perf_counter()
        view, window = self._view, self._view.window_
        taken, self._taken = self._taken, {}
        for message in taken:
            row = self._row(message)
            if row is not None:
                if only_text and row.id == window.ids[-1] and view.stuck and view.bottom:
                    # Before anything has changed: Qt then moves all that stands above as it is painted.
                    window.shift(-max(0, row.growth()))
                window.measure(row, view.index_of(row), view.column_width())
                view.selection.apply(row)
        if taken:
            view.note_news()
            view.place(painted=True)
            if any(row.busy for row in window.rows[-2:]):
                view.pump.wake()
        spent = (time.perf_counter() - begun) * 1000
        self._cost += spent
        if spent < LITTLE_MS:
            for row in filter(None, map(self._row, taken)):
                row.prepare()
        view.pump.give_way()
        self._pause = max(FLUSH_MS, min(500, int(self._cost * 4)))
        if self._dirty:
            self._timer.start(max(BEHIND_MS, min(self._pause, int(self._cost * 2))))

    def _row(self, message: str) -> AnswerRow | None:
        window = self._view.window_
        index = window.index(message)
        row = window.row(index) if index is not None else None
        return row if isinstance(row, AnswerRow) else None

    def finish(self, item: Item) -> None:
        """The turn is over."""
        message = item[0]
        self._dirty.add(message.id)
        self.flush()
        self.forget(message.id)
        view, window = self._view, self._view.window_
        index = window.index(message.id)
        if index is None:
            return
        row = window.row(index)
        if isinstance(row, AnswerRow):
            row.finish(item)
            view.pump.remeasure(row)
        else:
            view.pump.outdate(index)
        view.note_news()
        window.mark_last()
        view.pump.wake()
        speech.announce(view, message)
