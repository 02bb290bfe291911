"""Opens a long conversation by its end: the newest messages at once, the ids before them when they are known.

Walking a branch of a hundred thousand messages takes the store some hundred milliseconds. The end is there
in one, and what stands before it only lengthens the scroll bar.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.transcript.heights import Heights
from ui.transcript.source import TaskStarter
from ui.transcript.window import GUESS

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView

WholeBranch = Callable[[], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Before:
    """The messages before those shown, ready to be put there without walking them on the window's thread."""

    ids: list[str]
    index: dict[str, int]
    heights: Heights


def before(whole: list[str], first: str) -> Before:
    """What stands before `first` in the whole branch; nothing when it is not in it."""
    index = {message: i for i, message in enumerate(whole)}
    count = index.get(first, 0)
    ids = whole[:count]
    for message in whole[count:]:
        del index[message]
    return Before(ids, index, Heights(count, GUESS))


class Earlier:
    """Fetches what stands before the messages shown, and carries out then what needed it."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._generation = 0
        self._waiting: tuple[str, str] | None = None
        self._asked: tuple[WholeBranch, TaskStarter] | None = None
        self.pending = False
        view.pump.turned.connect(self._turned)

    def forget(self) -> None:
        """Another conversation is shown."""
        self._generation += 1
        self._waiting = self._asked = None
        self.pending = False

    def fetch(self, whole: WholeBranch, start: TaskStarter) -> None:
        """Have the rest of the branch put before what is shown, once that is shown."""
        self._asked = whole, start
        self.pending = True

    def _turned(self) -> None:
        """The store does one thing after another: what can be seen is asked for first."""
        if self._asked is None or not self._view.window_.rows or not self._view.pump.idle:
            return
        (whole, start), self._asked = self._asked, None
        start(self._bring(whole, self._view.window_.ids[0], self._generation), "earlier messages")

    def jump_later(self, message: str, term: str) -> bool:
        """Go there when the rest has come; False when nothing is to come."""
        if self.pending:
            self._waiting = message, term
        return self.pending

    async def _bring(self, whole: WholeBranch, first: str, generation: int) -> None:
        ids = await whole()
        if generation != self._generation:
            return
        found = await asyncio.to_thread(before, ids, first)
        if generation != self._generation:
            return
        self.pending = False
        view = self._view
        if found.ids:
            view.window_.put_before(found.ids, found.index, found.heights)
            self._move_down(len(found.ids))
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            view.jump_to(*waiting)

    def _move_down(self, by: int) -> None:
        """`by` messages came before all others; what is read stays where it is."""
        view = self._view
        view.anchor = (view.anchor[0] + by, view.anchor[1])
        view.pump.moved_down(by)
        view.selection.moved_down(by)
        view.place()
        view.finding.moved_down()
        view.pump.wake()
