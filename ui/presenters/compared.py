"""What the open conversation knows of comparisons; the real thing is `ui.compare.presenter.Comparison`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.asking import Ask
from app.store.records import Message
from ui.presenters.turns import Running
from ui.transcript.source import Item


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A comparison as it is stored: the question its columns have in common, the messages of each column
    after that, and each column's last answer, left to right."""

    group: str
    question: Message | None
    paths: tuple[tuple[str, ...], ...]
    items: tuple[Item, ...]


class Compared(Protocol):
    """Shows answers side by side in the transcript's place, when the conversation ends in a comparison."""

    async def look(self, ids: Sequence[str]) -> SideBySide | None:
        """The comparison the branch of these messages ends in; None when it ends in none."""
        ...

    def show(self, found: SideBySide | None) -> None:
        """Show it in the transcript's place; None shows the transcript."""
        ...

    def hide(self) -> None:
        """Show the transcript, and forget which legs the next question goes to."""
        ...

    def has(self, answer: str) -> bool:
        """Whether a column ends in that answer."""
        ...

    def begin(self, running: Running) -> None:
        """A column of the open conversation starts to stream."""
        ...

    def send(self, ask: Ask) -> bool:
        """Ask side by side, if that is what the next question is for; False when it is not."""
        ...


class NotCompared:
    """Before the comparison is put in place: there is none."""

    async def look(self, ids: Sequence[str]) -> SideBySide | None:
        return None

    def show(self, found: SideBySide | None) -> None:
        pass

    def hide(self) -> None:
        pass

    def has(self, answer: str) -> bool:
        return False

    def begin(self, running: Running) -> None:
        pass

    def send(self, ask: Ask) -> bool:
        return False
