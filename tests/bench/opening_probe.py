"""The measured process: the real window on a home, in which everything is opened that can be opened.

Prints one JSON object: for each thing opened, first and again, the stretches the window's thread was busy
(`real_window.py`), each step with `nothing` before it, the same wait in the same window at rest.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QDialog

from tests.bench.real_window import Watch, run, settled
from ui.pieces import Pieces
from ui.shell import Shell

Step = tuple[str, Callable[[], object]]


class Opener:
    """Every step there is, in order, by names of their own."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    @property
    def _wiring(self) -> Any:
        # Another one after a change of language.
        return self._shell._wiring

    def steps(self) -> Iterator[Step]:
        shell = self._shell
        yield "nothing", lambda: None
        yield "settings", self._wiring.pages.open_settings
        from app.i18n import tr
        from ui.settings.kinds import SECTIONS

        for again in ("", " again"):
            for section in SECTIONS[1:]:
                yield (
                    f"{section}{again}",
                    lambda section=section: self._wiring.pages.open_settings(section),
                )
        yield "chat", lambda: shell.window.show_page("chat")
        yield "settings again", self._wiring.pages.open_settings
        yield "find a setting", self._find
        yield "a provider", lambda: self._wiring.pages.show_provider("zhipu")
        yield "quota page", self._wiring.quota.open
        yield "chat again", lambda: shell.window.show_page("chat")
        yield "quota page again", self._wiring.quota.open
        yield "a conversation", lambda: self._wiring.chat.open("c1")
        yield "another conversation", lambda: self._wiring.chat.open("c2")
        yield "palette", shell.window.palette_requested.emit
        yield "no palette", self._close
        yield "palette again", shell.window.palette_requested.emit
        yield "no palette again", self._close
        yield "leg", self._leg
        yield "no leg", self._close
        yield "compare", self._wiring.comparison.pick
        yield "no compare", self._close
        yield "export", lambda: self._wiring.exporting.offer(["c1"])
        yield "no export", self._close
        yield "conversation's own", self._wiring.assistants.edit
        yield "no conversation's own", self._close
        yield "bin", self._wiring.pages.bin.open
        yield "first run", self._wiring.pages.welcome.open
        yield "first run again", self._wiring.pages.welcome.open
        yield "no first run", lambda: shell.window.show_page("chat")
        yield "language", lambda: shell._settings.change(language="en")
        yield "theme", lambda: shell._settings.change(theme="dark")
        for section in ("providers", "data", "grants", "appearance"):
            yield f"{section} once more", lambda section=section: self._wiring.pages.open_settings(section)
        yield "language in the settings", lambda: shell._settings.change(language="zh")
        yield "theme in the settings", lambda: shell._settings.change(theme="light")
        assert tr("shell.delete")

    def _find(self) -> None:
        self._wiring.pages.show_settings().search.finder.field.setText("a")

    def _leg(self) -> None:
        self._shell.window.composer.strip.legs[0].click()

    def _close(self) -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
            return
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
                return
        for page in self._shell.window.room.children():
            if hasattr(page, "isVisible") and type(page).__name__ == "Palette" and page.isVisible():
                page.close()  # pyright: ignore[reportAttributeAccessIssue]


def touch(shell: Shell) -> None:
    """Move the mouse, as is done before anything is opened: what waits for nobody to be there then knows."""
    point = QPointF(1, 1)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, point, point, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(shell.window, event)


_going: list[Pieces] = []


def count() -> None:
    """Know from now on what is being put together."""
    begin = Pieces.__init__

    def begun(self: Pieces, *args: Any) -> None:
        begin(self, *args)
        _going.append(self)

    setattr(Pieces, "__init__", begun)  # noqa: B010 - its signature is not told apart here


def building() -> bool:
    """Whether a page, or anything else, is still being put together."""
    _going[:] = [pieces for pieces in _going if not pieces.over]
    return bool(_going)


async def measure(shell: Shell, what: dict[str, Any]) -> dict[str, Any]:
    """Take every step (or those in `only`), each watched for `rest` seconds."""
    count()
    await settled(shell, what["settle"])
    watch = Watch()
    found: dict[str, Any] = {}
    for name, act in Opener(shell).steps():
        if what.get("only") and name not in what["only"]:
            continue
        with watch.seeing() as seen:
            await asyncio.sleep(0.02)
            touch(shell)
            act()
            await asyncio.sleep(what["rest"])
            # On a busy machine what is loaded for a page takes longer, and belongs to it all the same.
            for _ in range(500):
                if not building():
                    break
                await asyncio.sleep(0.02)
        found[name] = asdict(seen)
    return found


if __name__ == "__main__":
    key = "".join(chr(97 + byte % 26) for byte in os.urandom(24))
    run(measure, {"JIELI_KEY_ZHIPU": key, "JIELI_KEY_ALIBABA": key})
