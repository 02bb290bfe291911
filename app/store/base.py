"""What every part of the store has: the database, this process among others, the news of what changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from app.clock import Clock
from app.store.database import Database
from app.store.entries import Changes
from app.store.instances import Instances
from app.subscribing import subscribed

P = ParamSpec("P")
R = TypeVar("R")


class StoreBase:
    """The ground the parts of `Store` stand on. Nobody makes one by itself."""

    def __init__(self, database: Database, clock: Clock, instances: Instances) -> None:
        self._database = database
        self._clock = clock
        self._instances = instances
        self._callbacks: list[Callable[[Changes], None]] = []

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def subscribe(self, callback: Callable[[Changes], None]) -> Callable[[], None]:
        """Have `callback` called in the loop's thread after every change; returns what ends that."""
        return subscribed(self._callbacks, callback)

    async def _write(
        self,
        changes: Changes | Callable[[R], Changes] | None,
        fn: Callable[Concatenate[sqlite3.Connection, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Write, then tell the subscribers, who hear of it even when the caller is cancelled meanwhile."""

        def publish(result: R) -> None:
            if changes is not None:
                self._publish(changes(result) if callable(changes) else changes)

        return await self._database.write(publish, fn, *args, **kwargs)

    def _publish(self, changes: Changes) -> None:
        if changes != Changes():
            for callback in tuple(self._callbacks):
                callback(changes)
