"""What the open conversation knows of comparisons; the real thing is `ui.compare.presenter.Comparison`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.store.records import Conversation, Message
from ui.presenters.turns import Running


class Compared(Protocol):
    """Shows answers side by side in the transcript's place, when the conversation ends in a comparison."""

    async def look(self, ids: Sequence[str]) -> list[Message]:
        """The answers of the comparison the branch ends in, left to right; empty when it ends in none."""
        ...

    def show(self, answers: Sequence[Message]) -> None:
        """Show these answers side by side; without any, the transcript."""
        ...

    def hide(self) -> None:
        """Show the transcript, and forget which legs the next question goes to."""
        ...

    def begin(self, running: Running) -> None:
        """A column of the open conversation starts to stream."""
        ...

    def send(self, text: str, conversation: Conversation | None, *, practice: bool) -> bool:
        """Ask `text` side by side, if that is what the next question is for; False when it is not."""
        ...


class NotCompared:
    """Before the comparison is put in place: there is none."""

    async def look(self, ids: Sequence[str]) -> list[Message]:
        return []

    def show(self, answers: Sequence[Message]) -> None:
        pass

    def hide(self) -> None:
        pass

    def begin(self, running: Running) -> None:
        pass

    def send(self, text: str, conversation: Conversation | None, *, practice: bool) -> bool:
        return False
