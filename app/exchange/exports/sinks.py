"""What an export is handed, piece by piece, and what makes a file of it.

A sink's methods block and are called on one worker thread, in order: `begin`, then for each conversation
`open_conversation`, `say` or `add` for what is in it, `close_conversation`; in the end `finish`, or `abandon`
at any time. They raise `KnownError` when the disk refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from app.exchange.format import Item
from app.store.entries import Attachment
from app.store.records import Assistant, Conversation, Message

Format = Literal["md", "json", "html", "pdf"]
FORMATS: tuple[Format, ...] = ("md", "json", "html", "pdf")


@dataclass(frozen=True, slots=True)
class Heading:
    """A conversation as the table of contents names it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the branch shown. `speaker` is who says it, in words; `column` counts answers that were
    given side by side, from 1; 0 = there is but this one."""

    message: Message
    speaker: str
    parts: Sequence[Attachment] = ()
    column: int = 0


class Sink(Protocol):
    """Makes files of conversations."""

    def begin(self, headings: Sequence[Heading]) -> None: ...

    def open_conversation(self, conversation: Conversation) -> None: ...

    def close_conversation(self) -> None: ...

    def finish(self) -> Path:
        """Put what was made in its place; returns where it is."""
        ...

    def abandon(self) -> None:
        """Leave nothing behind."""
        ...


class WholeSink(Sink, Protocol):
    """Takes everything that is stored."""

    def assistants(self, assistants: Sequence[Assistant]) -> None: ...

    def add(self, items: Sequence[Item]) -> None: ...


class PageSink(Sink, Protocol):
    """Takes what is read: the branch shown."""

    def say(self, said: Said) -> None: ...
