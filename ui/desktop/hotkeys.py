"""The key in force: takes what the settings say, one change after the other, and says how that went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from app.errors import KnownError
from app.i18n import tr
from ui.desktop import hotkey_finding
from ui.desktop.hotkey import Hotkey

if TYPE_CHECKING:
    from ui.desktop.bus import SessionBus


class Hotkeys(QObject):
    """`told` follows every change of `words` (empty = nothing to say) and `good`."""

    told = Signal()

    def __init__(
        self,
        pressed: Callable[[], object],
        bus: Callable[[], SessionBus],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        find: Callable[..., Hotkey] = hotkey_finding.find,
    ) -> None:
        super().__init__()
        self._start = start
        self._one_at_a_time = asyncio.Lock()
        self._wanted = ""
        self._hotkey: Hotkey | None = None
        self._says: Callable[[], str] = str
        self.good = True
        try:
            self._hotkey = find(pressed, bus)
        except KnownError as error:
            self._says, self.good = partial(str, error), False

    @property
    def words(self) -> str:
        """What there is to say about the keys, in the language spoken now."""
        return self._says()

    @property
    def possible(self) -> bool:
        """Whether this system lets a program take a key."""
        return self._hotkey is not None

    def choose(self, keys: str) -> None:
        """Take these keys from now on; empty = none."""
        self._wanted = keys
        if self._hotkey is not None:
            self._start(self._take(keys), "hotkey")

    def bring(self, window: int) -> None:
        """The key was pressed for this window: have it get the keyboard where the system would deny it."""
        bring = getattr(self._hotkey, "bring", None)
        if bring is not None:
            bring(window)

    async def close(self) -> None:
        """Give the keys back."""
        self._wanted = ""
        if self._hotkey is not None:
            await self._hotkey.release()

    async def _take(self, keys: str) -> None:
        assert self._hotkey is not None
        if keys:
            self._say(partial(tr, "desktop.keys_waiting"), True)
        async with self._one_at_a_time:
            if keys != self._wanted:
                # Changed again meanwhile; that change comes next.
                return
            if not keys:
                await self._hotkey.release()
                self._say(str, True)
                return
            try:
                known_as = await self._hotkey.grab(keys)
            except KnownError as error:
                self._say(partial(str, error), False)
                return
        native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        self._say(partial(tr, "desktop.keys_ready", keys=known_as or native), True)

    def _say(self, words: Callable[[], str], good: bool) -> None:
        self._says, self.good = words, good
        self.told.emit()
