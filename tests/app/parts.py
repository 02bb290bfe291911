"""What the tests of the core share: a clock that stands still, an open store, short messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.store.entries import AttemptRecord
from app.store.records import Message, MessageRole, MessageStatus
from app.store.store import Store


class StillClock:
    """Time that moves only when it is told to."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@asynccontextmanager
async def opened(folder: Path, clock: StillClock | None = None, **options: Any) -> AsyncIterator[Store]:
    """A store in `folder`, closed at the end."""
    store = await Store.open(folder / "jieli.db", clock or StillClock(), folder / "running", **options)
    try:
        yield store
    finally:
        await store.close()


def message(
    ident: str,
    conversation: str,
    parent: str | None = None,
    text: str = "",
    role: MessageRole = "user",
    status: MessageStatus = "done",
) -> Message:
    """A message with little to say."""
    return Message(ident, conversation, parent, role, text, status, 1_700_000_000.0, 1_700_000_000.0)


def answer(ident: str, conversation: str, parent: str | None, text: str = "") -> Message:
    """An answer that is being written."""
    return message(ident, conversation, parent, text, "assistant", "streaming")


def attempt(ident: str, answer: str | None, **fields: Any) -> AttemptRecord:
    """An answered attempt unless `fields` say otherwise."""
    known: dict[str, Any] = {
        "n": 1,
        "provider": "zhipu",
        "model": "glm-4.7-flash",
        "outcome": "answered",
        "started_at": 1_700_000_000.0,
        **fields,
    }
    return AttemptRecord(id=ident, message=answer, **known)
