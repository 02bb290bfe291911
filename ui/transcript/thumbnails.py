"""Thumbnails of attached pictures, made when first needed and kept for all rows of a view."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtGui import QImage

_KEPT = 120

Fetch = Callable[[str, int], Coroutine[Any, Any, QImage | None]]
"""Makes the square thumbnail of a picture by its attachment's id; None when that cannot be."""


class Thumbnails:
    """By attachment id, the latest kept. Without `fetch` and `start` there are none."""

    def __init__(self) -> None:
        self.fetch: Fetch | None = None
        self.start: Callable[[Coroutine[Any, Any, Any], str], object] | None = None
        self._known: OrderedDict[str, QImage] = OrderedDict()
        self._waiting: dict[str, list[Callable[[QImage], None]]] = {}

    def need(self, id_: str, side: int, then: Callable[[QImage], None]) -> None:
        """Call `then` with the picture, now or when it has been made."""
        if id_ in self._known:
            self._known.move_to_end(id_)
            then(self._known[id_])
        elif self.fetch is not None and self.start is not None:
            first = id_ not in self._waiting
            self._waiting.setdefault(id_, []).append(then)
            if first:
                self.start(self._bring(id_, side), "thumbnail")

    async def _bring(self, id_: str, side: int) -> None:
        assert self.fetch is not None
        image = None
        try:
            image = await self.fetch(id_, side)
        finally:
            waiting = self._waiting.pop(id_, [])
        if image is None:
            return
        self._known[id_] = image
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        for then in waiting:
            then(image)
