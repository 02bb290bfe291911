"""Running turns: gathers their events and shows them at most every 33 ms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.relay.events import Done, Exhausted, RelayEvent, Stopped
from ui.transcript import speech
from ui.transcript.answer import AnswerRow
from ui.transcript.live import LiveTurn
from ui.transcript.making import make_row
from ui.transcript.source import Item

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView

FLUSH_MS = 33
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
        self._timer.timeout.connect(self.flush)

    def reset(self) -> None:
        """Another conversation is shown."""
        self.live.clear()
        self._dirty.clear()
        self._timer.stop()

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

    def flush(self) -> None:
        """Show what has come."""
        begun = time.perf_counter()
        behind: set[str] = set()
        view, window = self._view, self._view.window_
        for message in self._dirty:
            turn, index = self.live.get(message), window.index(message)
            row = window.row(index) if index is not None else None
            if turn is not None and index is not None and isinstance(row, AnswerRow):
                row.sync(turn)
                window.measure(row, index, view.column_width())
                view.selection.apply(row)
                if row.behind:
                    behind.add(message)
        if self._dirty:
            view.note_news()
            view.place(painted=True)
            if any(row.busy for row in window.rows[-2:]):
                view.pump.wake()
        self._dirty = behind
        # A block too large to be cheap is shown less often rather than taking every frame.
        cost = (time.perf_counter() - begun) * 1000
        self._pause = max(FLUSH_MS, min(500, int(cost * 4)))
        if behind:
            self._timer.start(max(BEHIND_MS, min(self._pause, int(cost * 2))))

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
