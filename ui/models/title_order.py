"""The places of titles in the user's own order, worked out in slices that no frame is lost to.

Comparing by sound is slow: ten thousand titles take a tenth of a second, which is too long at once.
"""

from __future__ import annotations

import heapq
import time
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from operator import itemgetter
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.i18n import language
from ui.models.arranging import name_key

AT_ONCE = 300
"""So many new titles are put in order while somebody waits for it."""

_SLICE = 0.005
_CHUNK = 50


class TitleOrder(QObject):
    """Knows the places of the titles it was asked for; `ready` is called when they had to be worked out."""

    def __init__(self, parent: QObject, ready: Callable[[], object]) -> None:
        super().__init__(parent)
        self._ready = ready
        self._language = ""
        self._keys: list[Any] = []
        self._titles: list[str] = []
        self._places: dict[str, int] = {}
        self._work: Iterator[None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def places(self, titles: Collection[str]) -> Mapping[str, int] | None:
        """The place of each title; None while many are being put in order."""
        if self._language != language():
            self._language = language()
            self._keys, self._titles, self._places = [], [], {}
            self._stop()
        missing = {title for title in titles if title not in self._places}
        if len(missing) > AT_ONCE:
            if self._work is None:
                self._work = self._sorting(set(titles))
                self._timer.start()
            return None
        self._stop()
        if missing:
            for title in missing:
                key = name_key(title)
                at = bisect_left(self._keys, key)
                self._keys.insert(at, key)
                self._titles.insert(at, title)
            self._number()
        return self._places

    def _number(self) -> None:
        self._places = {title: n for n, title in enumerate(self._titles)}

    def _sorting(self, titles: set[str]) -> Iterator[None]:
        keyed: list[tuple[Any, str]] = []
        runs: list[list[tuple[Any, str]]] = []
        for title in titles:
            keyed.append((name_key(title), title))
            if len(keyed) == _CHUNK:
                runs.append(sorted(keyed, key=itemgetter(0)))
                keyed = []
                yield
        runs.append(sorted(keyed, key=itemgetter(0)))
        ordered: list[tuple[Any, str]] = []
        for pair in heapq.merge(*runs, key=itemgetter(0)):
            ordered.append(pair)
            if len(ordered) % _CHUNK == 0:
                yield
        self._keys = [key for key, _ in ordered]
        self._titles = [title for _, title in ordered]
        self._number()

    def _go_on(self) -> None:
        end = time.perf_counter() + _SLICE
        while self._work is not None and time.perf_counter() < end:
            if next(self._work, self) is self:
                self._stop()
                self._ready()

    def _stop(self) -> None:
        self._timer.stop()
        self._work = None
