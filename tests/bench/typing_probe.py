"""The measured process: the real window on a home, and somebody who types into its search field.

Prints one JSON object: for an idle window and for each way of typing how long the window's thread was busy
(`real_window.py`) and how long a key took to be painted (`keys`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.bench.real_window import Watch, run, settled, until
from ui.shell import Shell

HUMAN, PASTE, REPEAT = 0.11, 0.004, 0.03
"""Seconds between two keys: of a quick typist, of a program that types, of a key held down."""


class Typist:
    """Types into the search field as a person, an input method or a program does."""

    def __init__(self, shell: Shell, watch: Watch) -> None:
        self._field = shell.window.sidebar.search
        self._shell = shell
        self._watch = watch

    async def type(self, words: list[str], pause: float) -> None:
        """Each word letter by letter, a look at what was found, and the word deleted with a held key."""
        for word in words:
            for letter in word:
                self._letter(letter)
                await asyncio.sleep(pause)
            await self._found()
            await asyncio.sleep(pause * 2)
            for _ in word:
                self._key(Qt.Key.Key_Backspace)
                await asyncio.sleep(min(pause, REPEAT))

    async def paste(self, words: list[str]) -> None:
        """Each word in one piece in place of the one before."""
        for word in words:
            self._press(lambda word=word: (self._field.selectAll(), self._field.insert(word)))
            await self._found()
            await asyncio.sleep(0.05)
        self._field.clear()

    def _letter(self, letter: str) -> None:
        if letter.isascii():
            self._press(lambda: QTest.keyClicks(self._field, letter))
            return
        # An input method shows the spelling before it gives the character.
        for spelling in ("x", "xi"):
            QApplication.sendEvent(self._field, QInputMethodEvent(spelling, []))
        done = QInputMethodEvent("", [])
        done.setCommitString(letter)
        self._press(lambda: QApplication.sendEvent(self._field, done))

    def _key(self, key: Qt.Key) -> None:
        self._press(lambda: QTest.keyClick(self._field, key))

    def _press(self, act: Callable[[], object]) -> None:
        self._watch.pressed()
        act()

    async def _found(self) -> None:
        """Wait until the results of what stands in the field are there."""
        assert self._watch.seen is not None
        self._watch.seen.asked += 1
        assert self._shell._wiring is not None
        presenter = self._shell._wiring.finding.presenter
        await until(lambda: presenter._text == self._field.text().strip() and presenter._token is None)


async def measure(shell: Shell, what: dict[str, Any]) -> dict[str, Any]:
    """Type everything in every way."""
    await settled(shell, what["settle"])
    window = shell.window
    window.focus_search()
    watch = Watch(window.sidebar.search)
    typist = Typist(shell, watch)
    found: dict[str, Any] = {}
    for name in ("idle", "human", "paste", "pieces", "idle again"):
        with watch.seeing() as seen:
            if name == "human":
                await typist.type(what["words"], HUMAN)
            elif name == "paste":
                await typist.type(what["words"] * 2, PASTE)
            elif name == "pieces":
                await typist.paste(what["words"])
            else:
                await asyncio.sleep(what["idle"])
        found[name] = asdict(seen)
    return found


if __name__ == "__main__":
    run(measure)
