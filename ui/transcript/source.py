"""What the transcript is given: items, a loader, and a way to start tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

from app.store.entries import AttemptRecord
from app.store.records import Message

Item = tuple[Message, Sequence[AttemptRecord]]
"""A message and the attempts behind it, in order."""

Loader = Callable[[Sequence[str]], Awaitable[Sequence[Item]]]
"""Fetches the items of the given message ids; ids that are gone are left out."""


class TaskStarter(Protocol):
    """Starts a task that somebody holds and reports on: `TaskScope.start`."""

    def __call__(self, coro: Coroutine[Any, Any, Any], name: str, /) -> object: ...
