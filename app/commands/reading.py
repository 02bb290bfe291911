"""Reading from the terminal or a pipe, so that Ctrl+C is heard and no bytes are a surprise."""

from __future__ import annotations

import getpass
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from app.unicode import decoded


def read_all() -> str:
    """Everything standard input has; empty when it is closed."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - None when closed
        return ""
    with _interruptible():
        return decoded(sys.stdin.buffer.read())


def is_terminal() -> bool:
    """Whether somebody can be asked: questions go to standard error, answers come from standard input."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison] - None when closed


def read_answer() -> str:
    """A line typed in answer to a question; empty at the end of input."""
    with _interruptible():
        return decoded(sys.stdin.buffer.readline())


def read_hidden(prompt: str) -> str:
    """A line typed without echo, or the first line of a pipe; empty when there is none."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - None when closed
        return ""
    with _interruptible():
        if sys.stdin.isatty():
            try:
                return getpass.getpass(prompt)
            except EOFError:
                return ""
        return decoded(sys.stdin.buffer.readline())


@contextmanager
def _interruptible() -> Generator[None]:
    # asyncio's own handler cancels the task, which a blocking read never notices.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
