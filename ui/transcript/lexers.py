"""Loads lexers on a worker thread, since the first use of a language imports a module."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ui.render import code
from ui.transcript.source import TaskStarter


class Lexers:
    """Tells those who wait when a language is ready."""

    def __init__(self) -> None:
        self.start: TaskStarter | None = None
        self._waiting: dict[str, list[Callable[[], None]]] = {}

    def need(self, language: str, then: Callable[[], None]) -> None:
        """Call `then` once `language` is loaded; never when no tasks can be started."""
        if self.start is None:
            return
        known = language in self._waiting
        self._waiting.setdefault(language, []).append(then)
        if not known:
            self.start(self._load(language), f"lexer {language}")

    async def _load(self, language: str) -> None:
        try:
            await asyncio.to_thread(code.load, language)
        finally:
            waiting = self._waiting.pop(language, [])
        for then in waiting:
            then()
