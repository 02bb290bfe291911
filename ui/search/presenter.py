"""The search while typing: each key asks anew, the newest question wins, and the window never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.errors import KnownError
from app.search import Query, parse
from app.store.entries import Changes
from app.store.search import Found, Hit, Superseded
from app.store.store import Store
from app.tasks import TaskScope
from ui.search.results import ResultList
from ui.sidebar import Sidebar

FIRST, MORE = 30, 120
"""Messages asked for at first, and how many more at each scroll to the end."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A hit that was chosen, and the words to mark where it is shown."""

    hit: Hit
    words: str


class SearchPresenter(QObject):
    """Serves the sidebar's search field. Signal: `chosen(Chosen)`.

    `providers` gives other names of providers (lower case) → ids, for `from:智谱`.
    """

    chosen = Signal(object)

    def __init__(
        self,
        sidebar: Sidebar,
        results: ResultList,
        store: Store,
        scope: TaskScope,
        clock: Clock,
        providers: Callable[[], Mapping[str, str]],
    ) -> None:
        super().__init__()
        self._sidebar = sidebar
        self._results = results
        self._store = store
        self._scope = scope
        self._clock = clock
        self._providers = providers
        self._text = ""
        self._limit = FIRST
        self._found: Found | None = None
        self._token: object = None
        sidebar.set_results(results)
        sidebar.search_changed.connect(self._typed)
        results.opened.connect(self._open)
        results.more_wanted.connect(self._more)
        self._unsubscribe = store.subscribe(self._changed)
        self._typed(sidebar.search.text())

    def detach(self) -> None:
        """Let go of the store; the views are about to be thrown away."""
        self._unsubscribe()
        self._token = None
        self._store.search.cancel()

    def _typed(self, text: str) -> None:
        self._text = text.strip()
        self._limit = FIRST
        self._ask()

    def _more(self) -> None:
        if self._token is None and self._found is not None and self._found.more:
            self._limit += MORE
            self._ask()

    def _changed(self, changes: Changes) -> None:
        if self._text and changes.conversations:
            self._ask()

    def _ask(self) -> None:
        now = self._clock.now()
        query = parse(self._text, now, self._providers())
        if query.empty:
            self._token = self._found = None
            self._store.search.cancel()
            self._results.show_found(None, self._text, now)
            return
        self._token = token = object()
        self._results.wait()
        self._scope.start(self._find(token, query, self._text), "search")

    async def _find(self, token: object, query: Query, text: str) -> None:
        try:
            found = await self._store.search.find(query, self._limit)
        except Superseded:
            return
        except KnownError as error:
            if token is self._token:
                self._token = None
                self._results.show_problem(str(error))
            return
        now = self._clock.now()
        for _ in self._results.paint_ahead(found, text, now) if token is self._token else ():
            await asyncio.sleep(0)
            if token is not self._token:
                return
        if token is self._token:
            self._token = None
            self._found = found
            self._results.show_found(found, text, now)

    def _open(self, hit: Hit) -> None:
        query = self._found.query if self._found is not None else None
        words = query.terms[0].folded if query is not None and query.terms else ""
        self.chosen.emit(Chosen(hit, words))
