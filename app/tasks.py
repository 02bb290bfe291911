"""Background work with an owner: every task is held, its error is reported, its end can be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

OnError = Callable[[BaseException], None]


class TaskScope:
    """Holds the tasks of one owner (a presenter, a service) until they end or the owner goes.

    The event loop keeps only weak references to tasks, so a task nobody holds may vanish midway. An
    exception goes to `on_error` once; cancellation is no error and passes.
    """

    def __init__(self, on_error: OnError) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._root = self

    def __len__(self) -> int:
        return len(self._tasks)

    def branch(self, expected: Callable[[BaseException], bool]) -> TaskScope:
        """A scope whose tasks are held by this one and end with it; errors that are `expected` when they
        come are not reported."""
        root = self._root

        def report(error: BaseException) -> None:
            if not expected(error):
                root._on_error(error)

        made = TaskScope(report)
        made._root = root
        return made

    def start(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run `coro` as a task. Its exception is reported even when the caller also awaits the task.

        Raises `RuntimeError` after `close`; the coroutine is then closed unrun.
        """
        root = self._root
        if root._closed:
            coro.close()
            raise RuntimeError(f"the scope is closed; {name} was not started")
        task = asyncio.get_running_loop().create_task(coro, name=name)
        root._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel what is running and wait until all of it has ended, clean-up included. Can be repeated.

        A branch ends with its root, not by itself.
        """
        self._closed = True
        current = asyncio.current_task()
        while left := [task for task in self._tasks if task is not current]:
            for task in left:
                task.cancel()
            await asyncio.wait(left)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._root._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error)
