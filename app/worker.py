"""One thread of one's own for work that blocks and must keep its order: the database, the keyring, files."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    import asyncio

P = ParamSpec("P")
R = TypeVar("R")

_Job = Callable[[], None]


class Worker:
    """Runs functions one after another in a daemon thread and hands the results to the event loop.

    A daemon thread rather than an executor: Python waits for executors when it exits, and a keyring that
    shows a prompt nobody answers would keep the program alive for ever. The thread starts with the first
    job. All methods belong to the event loop's thread. `on_error` gets the errors that have no other
    taker: those of `post`, and those of a `call` whose caller was cancelled meanwhile.
    """

    def __init__(self, name: str, on_error: Callable[[BaseException], None]) -> None:
        self._name = name
        self._on_error = on_error
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def call(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Run `fn` in the thread; the future has its result or exception. Cancelling does not stop `fn`."""
        return self.call_then(None, fn, *args, **kwargs)

    def call_then(
        self, then: Callable[[R], None] | None, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[R]:
        """As `call`; `then` gets the result in the loop's thread, even when the caller was cancelled."""
        loop = self._ready()
        future: asyncio.Future[R] = loop.create_future()

        def succeed(result: R) -> None:
            try:
                if then is not None:
                    then(result)
            finally:
                # An error in `then` is for the loop's handler; the caller must not wait for ever over it.
                if not future.done():
                    future.set_result(result)

        def fail(error: BaseException) -> None:
            if future.done():
                self._on_error(error)
            else:
                future.set_exception(error)

        def job() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed over to the caller, whatever it is
                self._in_loop(loop, fail, error)
            else:
                self._in_loop(loop, succeed, result)

        self._jobs.put(job)
        return future

    def post(self, fn: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run `fn` in the thread, in order with everything else; nobody waits for it."""
        loop = self._ready()

        def job() -> None:
            try:
                fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed over to `on_error`, whatever it is
                self._in_loop(loop, self._on_error, error)

        self._jobs.put(job)

    async def close(self) -> None:
        """Finish what was handed in and end the thread. Later jobs raise `RuntimeError`."""
        if self._closed:
            return
        if self._thread is not None:
            await self.call(_nothing)
            self._jobs.put(None)
        self._closed = True

    def abandon(self) -> None:
        """Give up on a thread that is stuck in a call: it ends by itself when that call returns."""
        self._closed = True
        self._jobs.put(None)

    def _ready(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise RuntimeError(f"the {self._name} thread is closed")
        if self._loop is None:
            import asyncio

            # Kept, because Qt may call us from an event that is handled outside the loop's own callbacks.
            self._loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = threading.Thread(target=_serve, args=(self._jobs,), name=self._name, daemon=True)
            self._thread.start()
        return self._loop

    def _in_loop(self, loop: asyncio.AbstractEventLoop, fn: Callable[[Any], None], value: object) -> None:
        try:
            loop.call_soon_threadsafe(fn, value)
        except RuntimeError:
            # The loop is gone: the program is ending and nobody is left to tell.
            return


def _serve(jobs: queue.SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
        # Frees the job's arguments and result now rather than with the next job.
        del job


def _nothing() -> None:
    return None
