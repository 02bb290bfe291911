"""The view's work, a few milliseconds a turn: fetch, build, lay out and let go of rows."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from ui.transcript.making import make_row, missing
from ui.transcript.row import Row
from ui.transcript.source import Item, Loader, TaskStarter
from ui.transcript.window import BATCH, FAR, HEAP, MOST, NEAR

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView

_BUDGET = 0.004
"""Seconds after which a turn begins no more work; with that and a paint it stays well under a frame."""

_PAUSE = 0.011
"""Seconds from one turn's end to the next: turns that follow at once leave no room for paints and input."""

_EAGER = 0.006
"""Seconds of work a turn while a conversation is being opened, which is waited for: turns follow at once."""


class Pump(QObject):
    """Keeps the rows round the reader's place alive. `ready` holds fetched items that have no row yet.
    `turned` is emitted after each turn of work."""

    turned = Signal()

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view
        self._window = view.window_
        self._load: Loader | None = None
        self._start: TaskStarter | None = None
        self.ready: dict[int, Item] = {}
        self._fetching: set[int] = set()
        self._outdated: set[int] = set()
        self._generation = 0
        self._eager = False
        self._ended = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)

    def reset(self, load: Loader | None, start: TaskStarter | None) -> None:
        """Begin another conversation; what is still being fetched for the old one is ignored."""
        self._generation += 1
        self._load, self._start = load, start
        self._eager = load is not None
        self.ready.clear()
        self._fetching.clear()
        self._outdated.clear()

    def forget_from(self, index: int) -> None:
        """The messages from here on are gone."""
        self._generation += 1
        self._fetching.clear()
        self._outdated.clear()
        self.ready = {i: item for i, item in self.ready.items() if i < index}

    def moved_down(self, by: int) -> None:
        """Every message stands `by` further down; what was being fetched is fetched again."""
        self._generation += 1
        self._fetching.clear()
        self._outdated.clear()
        self.ready = {i + by: item for i, item in self.ready.items()}

    def outdate(self, index: int) -> None:
        """A message without a row has changed: what was fetched of it, or is on its way, is of before."""
        self.ready.pop(index, None)
        if index in self._fetching:
            self._outdated.add(index)

    def wake(self) -> None:
        """There may be work."""
        if not self._timer.isActive():
            self._timer.start(0 if self._eager else self.left)

    @property
    def left(self) -> int:
        """Milliseconds until the frame is over in which the last turn worked."""
        return max(0, math.ceil((self._ended + _PAUSE - time.perf_counter()) * 1000))

    def give_way(self, seconds: float = 0.0) -> None:
        """Something else takes a good part of a frame, now or soon: the next turn comes later."""
        self._ended = time.perf_counter() + seconds
        if self._timer.isActive() and not self._eager:
            self._timer.start(self.left)

    @property
    def starter(self) -> TaskStarter | None:
        """Starts tasks for the conversation shown."""
        return self._start

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._timer.isActive() and not self._fetching

    @property
    def filled(self) -> bool:
        """Whether everything that can be seen is there."""
        window = self._window
        low, high = self._view.span()
        if not window.rows or (window.first > 0 and window.top(window.first) > low):
            return False
        if window.last + 1 < len(window.ids) and window.top(window.last + 1) < high:
            return False
        return not any(row.busy for _, row in window.between(low, high))

    def remeasure(self, row: Row) -> None:
        """Lay a row out again and put everything in place."""
        self._window.measure(row, self._view.index_of(row), self._view.column_width())
        self._view.selection.apply(row)
        self._view.place(painted=True)
        self.give_way()

    # one turn

    def _turn(self) -> None:
        deadline = time.perf_counter() + (_EAGER if self._eager else _BUDGET)
        more = True
        while more and time.perf_counter() < deadline:
            more = self._one(deadline)
        self._view.place()
        self._fetch()
        self._eager = self._eager and not self.filled
        self._ended = time.perf_counter()
        if more:
            self.wake()
        self.turned.emit()

    def _one(self, deadline: float) -> bool:
        """Do the most urgent piece of work; False when there is none."""
        view, window = self._view, self._window
        if not window.ids:
            return window.clear_one()
        self._jump()
        low, high = view.span()
        width = view.column_width()
        if window.heap > HEAP and window.clear_one():
            return True
        if self._lay_out(low, high, width, deadline):
            return True
        if len(window.rows) > MOST and self._drop(low, high):
            return True
        index = self._next(low, high)
        if index is not None:
            self._build(index, width, deadline)
            return True
        if window.clear_one():
            return True
        if self._lay_out(-(1 << 40), 1 << 40, width, deadline):
            return True
        return self._drop(low, high)

    def _jump(self) -> None:
        """When the reader went far from the living rows, begin anew there."""
        window = self._window
        if not window.rows:
            return
        index = self._view.reading
        if not window.first - BATCH <= index <= window.last + BATCH:
            window.drop_all()
            self._forget(index, index)

    def _lay_out(self, low: int, high: int, width: int, deadline: float) -> bool:
        for index, row in self._window.between(low, high):
            if not row.busy and row.fitted == width:
                continue
            if row.busy:
                row.step(max(0.001, deadline - time.perf_counter()))
            self._window.measure(row, index, width)
            self._view.selection.apply(row)
            self._view.place()
            return True
        return False

    def _build(self, index: int, width: int, deadline: float) -> None:
        row = make_row(self._view, index, self.ready.pop(index))
        if row.busy:
            row.step(max(0.001, deadline - time.perf_counter()))
        self._window.put(index, row)
        self._window.measure(row, index, width)
        row.show()
        self._view.selection.apply(row)
        self._view.place()

    def _next(self, low: int, high: int) -> int | None:
        """The next index to build a row for: towards what can be seen, then round it."""
        window = self._window
        if not window.rows:
            index = self._view.reading
            return index if index in self.ready else None
        below, above = window.last + 1, window.first - 1
        near_end = window.top(below) < high
        candidates = (below, above) if near_end else (above, below)
        for index in candidates:
            if index in self.ready and self._wanted(index, low, high):
                return index
        return None

    def _edges(self, low: int, high: int) -> tuple[int, int]:
        heights = self._window.heights
        return heights.at(low), heights.at(high)

    def _wanted(self, index: int, low: int, high: int) -> bool:
        """Whether a row of that index should live."""
        first, last = self._edges(low, high)
        if not first - BATCH <= index <= last + BATCH:
            return False
        return len(self._window.rows) < MOST or first <= index <= last

    def _drop(self, low: int, high: int) -> bool:
        window = self._window
        if not window.rows:
            return False
        first, last = self._edges(low, high)
        if first - window.first > FAR or (len(window.rows) > MOST and first > window.first):
            window.drop_first()
        elif window.last - last > FAR or (len(window.rows) > MOST and last < window.last):
            window.drop_last()
        else:
            self._forget(first, last)
            return False
        return True

    def _forget(self, first: int, last: int) -> None:
        """Let go what was fetched for a place far from these."""
        far = [i for i in self.ready if not first - 3 * BATCH <= i <= last + 3 * BATCH]
        for i in far:
            del self.ready[i]

    # fetching

    def _fetch(self) -> None:
        window, view = self._window, self._view
        if self._load is None or self._start is None or not window.ids or self._fetching:
            return
        first, last = self._edges(*view.span())
        place = self._view.reading
        if not window.rows:
            wanted = (
                range(place - BATCH // 2, place + BATCH // 2)
                if not view.stuck
                else range(place - 8, place + 1)
            )
        elif window.last < last + NEAR and window.last + 1 < len(window.ids):
            wanted = range(window.last + 1, window.last + 1 + BATCH)
        elif window.first > first - NEAR and window.first > 0:
            wanted = range(window.first - BATCH, window.first)
        else:
            return
        unknown = [
            i for i in wanted if 0 <= i < len(window.ids) and i not in self.ready and not window.row(i)
        ]
        if unknown:
            self._fetching.update(unknown)
            # Looked up now: by the time the task begins, another conversation may be shown.
            asked = [window.ids[i] for i in unknown]
            self._start(self._bring(self._load, unknown, asked, self._generation), "load messages")

    async def _bring(self, load: Loader, indices: list[int], asked: list[str], generation: int) -> None:
        try:
            if not _is_warm():
                await asyncio.to_thread(_warm)
            items = {item[0].id: item for item in await load(asked)}
        finally:
            if generation == self._generation:
                self._fetching.difference_update(indices)
        if generation != self._generation:
            return
        outdated, self._outdated = self._outdated, set[int]()
        for index, message in zip(indices, asked, strict=True):
            if index in outdated:
                continue
            found = items.get(message) or missing(message)
            live = self._view.streaming.live.get(message)
            self.ready[index] = (live.message, live.records) if live is not None else found
        self.wake()

    def fetch_texts(self, indices: list[int], then: Callable[[dict[int, str]], None]) -> None:
        """Fetch the raw text of these messages and hand it to `then`."""
        load, start = self._load, self._start
        if load is None or start is None:
            then({})
            return
        asked = {self._window.ids[i]: i for i in indices}

        async def bring() -> None:
            items = await load(list(asked))
            then({asked[message.id]: message.text for message, _ in items if message.id in asked})

        start(bring(), "copy messages")


_warmed = False


def _is_warm() -> bool:
    return _warmed


def _warm() -> None:
    global _warmed
    from ui.render.markdown import warm

    warm()
    _warmed = True
