"""The one import that may run in a window: it outlives the page it was started from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.clock import Clock
from app.errors import KnownError
from app.store.store import Store
from app.subscribing import subscribed

if TYPE_CHECKING:
    from app.exchange.imports.importer import Importer, Progress, Report

NEWS_SECONDS = 0.1
"""How often listeners hear of progress at most."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How the import stands. `report` and `problem` (a sentence) are of the last one that ended."""

    name: str = ""
    running: bool = False
    stopping: bool = False
    share: float = 0.0
    conversations: int = 0
    report: Report | None = None
    problem: str = ""


class ImportJob:
    """Starts, stops, tells. What reads the files is loaded when the first import begins."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._importer: Importer | None = None
        self._listeners: list[Callable[[Stand], None]] = []
        self._told = 0.0
        self.stand = Stand()

    def subscribe(self, listener: Callable[[Stand], None]) -> Callable[[], None]:
        """Have `listener` called whenever the stand changes; returns what ends that."""
        return subscribed(self._listeners, listener)

    async def run(self, paths: Sequence[Path]) -> None:
        """Import; how it went is in `stand`. Raises `KnownError` when one is running already."""
        if self.stand.running:
            raise KnownError("import.busy")
        self._set(Stand(paths[0].name if paths else "", running=True))
        from app.exchange.imports.importer import Importer

        self._importer = Importer(self._store, self._clock)
        try:
            report = await self._importer.run(paths, self._progress)
            self._set(replace(self.stand, running=False, stopping=False, report=report))
        except KnownError as error:
            self._set(replace(self.stand, running=False, stopping=False, problem=str(error)))
        finally:
            self._importer = None
            if self.stand.running:
                self._set(Stand())

    def stop(self) -> None:
        """End after the conversation that is being stored."""
        if self._importer is not None:
            self._importer.stop()
            self._set(replace(self.stand, stopping=True))

    def forget(self) -> None:
        """The report was read."""
        if not self.stand.running:
            self._set(Stand())

    def _progress(self, now: Progress) -> None:
        at = asyncio.get_running_loop().time()
        if at - self._told >= NEWS_SECONDS:
            self._told = at
            self._set(
                replace(self.stand, name=now.path.name, share=now.share, conversations=now.conversations)
            )

    def _set(self, stand: Stand) -> None:
        self.stand = stand
        for listener in tuple(self._listeners):
            listener(stand)
