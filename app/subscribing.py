"""Whoever wants to hear of changes: kept in a list until they have heard enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def subscribed(callbacks: list[T], callback: T) -> Callable[[], None]:
    """Add a callback; returns what takes it out again, which may be called more than once."""
    callbacks.append(callback)

    def end() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return end
