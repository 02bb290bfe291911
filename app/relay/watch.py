"""A limit on each read of a stream without a task, a thread or a timer per chunk."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self


class Watch:
    """Cancels the read it guards when that takes too long; `with watch.reading(seconds): await …`.

    One loop timer serves many reads: it looks at the deadline when it goes off and is set anew. It is armed
    only inside the block, so a slow consumer of the stream is never mistaken for a slow vendor, and a
    cancellation from outside always passes. An overdue read raises `TimeoutError`.
    """

    __slots__ = ("_base", "_deadline", "_due", "_fired", "_handle", "_loop", "_task")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._deadline = 0.0
        self._base = 0
        self._fired = False

    def reading(self, seconds: float) -> Self:
        """Guard the next block for that long."""
        self._deadline = self._loop.time() + seconds
        if self._handle is None or self._deadline < self._due:
            self._arm()
        return self

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._base = task.cancelling()
        self._task = task

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if not self._fired or task is None:
            return
        self._fired = False
        # As asyncio.timeout does: only when nobody else cancels too is the cancellation ours to turn round.
        if task.uncancel() <= self._base and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error

    def close(self) -> None:
        """Drop the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._due = self._deadline
        self._handle = self._loop.call_at(self._due, self._check)

    def _check(self) -> None:
        self._handle = None
        if self._task is None:
            return
        if self._loop.time() < self._deadline:
            self._arm()
        else:
            self._fired = True
            self._task.cancel()
