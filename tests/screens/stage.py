"""The process a picture is taken of: the real program, and one more task in its loop that brings a screen up.

`python -m tests.screens.stage NAME HOME PICTURE`. Nothing is timed: a screen is reached by what it shows
(`until`) and photographed once its pixels stay the same.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QKeyCombination, QPoint, Qt
from PySide6.QtGui import QCursor, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

import ui.window_app
from app.__main__ import run
from app.errors import KnownError
from ui.shell import Shell

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.settings.page import SettingsPage
    from ui.wiring import Wiring

SIZE = (1280, 820)
"""The size of the drawn pictures the screens are compared with."""
PATIENCE = 60.0
"""Seconds for what is certain to happen; a loaded machine may need many."""
QUIET = 0.6
"""A screen that has not changed for so many seconds is finished."""

CARET = 60
"""A caret is at most so many rows high and bytes wide, at 200 % too."""


class Stage:
    """The open window, and the hand that works it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    @property
    def window(self) -> MainWindow:
        return self.shell.window

    @property
    def wiring(self) -> Wiring:
        wiring = self.shell._wiring
        assert wiring is not None
        return wiring

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("what the screen is to show did not come")
            await asyncio.sleep(0.02)

    async def opened(self) -> None:
        """Wait until the first page stands."""
        await self.until(lambda: not any(t.get_name() == "first page" for t in asyncio.all_tasks()))
        await self.still()

    async def still(self) -> QImage:
        """What the screen shows where the window is, popovers and all, once it stays the same."""
        end = time.monotonic() + PATIENCE
        shown, since = self._grab(), time.monotonic()
        while time.monotonic() < end and time.monotonic() - since < QUIET:
            await asyncio.sleep(0.1)
            now = self._grab()
            if not _alike(now, shown):
                shown, since = now, time.monotonic()
        return shown

    def _grab(self) -> QImage:
        place = self.window.geometry()
        screen = self.window.screen()
        shot = screen.grabWindow(0, place.x(), place.y(), place.width(), place.height())
        return shot.toImage().convertToFormat(QImage.Format.Format_RGB32)

    # the hand

    def focus(self) -> QWidget:
        """Whatever has the keyboard."""
        return QApplication.focusWidget() or self.window

    def keys(self, *combinations: str) -> None:
        """Press keys as they are written in a menu: `Ctrl+K`, `Down`."""
        for written in combinations:
            pressed = QKeyCombination.fromCombined(_combined(written))
            QTest.keyClick(self.focus(), pressed.key(), pressed.keyboardModifiers())

    def write(self, text: str) -> None:
        """Type a text."""
        for letter in text:
            QTest.keyClicks(self.focus(), letter)

    def press(self, widget: QWidget) -> None:
        """Click something."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def only(self, kind: type[QWidget], name: str = "") -> Any:
        """The one visible widget of a class (and accessible name) in any window."""
        for widget in QApplication.allWidgets():
            if isinstance(widget, kind) and widget.isVisible() and name in ("", widget.accessibleName()):
                return widget
        raise LookupError(f"no {kind.__name__} {name} is shown")

    async def settings(self, section: str) -> SettingsPage:
        """The settings at a section, opened by its keys."""
        self.keys("Ctrl+,")
        await self.until(lambda: self.window.page() == "settings")
        page = self.wiring.pages.show_settings(section)
        await self.still()
        return page

    async def show(self, widget: QWidget) -> None:
        """Scroll to what would be below the edge."""
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                place = widget.mapToGlobal(QPoint(0, 0)) - parent.viewport().mapToGlobal(QPoint(0, 0))
                bar = parent.verticalScrollBar()
                bar.setValue(bar.value() + place.y() - 12)
            parent = parent.parentWidget()
        await self.still()

    async def foot(self) -> None:
        """Scroll whatever is shown to its end."""
        for area in self.window.findChildren(QScrollArea):
            if area.isVisible():
                area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        await self.still()


def _combined(written: str) -> int:
    pressed: Any = QKeySequence(written)
    return pressed[0].toCombined()


def _alike(a: QImage, b: QImage) -> bool:
    """Whether two pictures differ at most by a caret that blinks: one narrow column, a line high."""
    if a.size() != b.size():
        return False
    if a == b:
        return True
    wide, high = a.bytesPerLine(), a.height()
    one, other = bytes(a.constBits()), bytes(b.constBits())
    rows = [y for y in range(0, high * wide, wide) if one[y : y + wide] != other[y : y + wide]]
    if len(rows) > CARET:
        return False
    places = [x for y in rows for x in range(wide) if one[y + x] != other[y + x]]
    return max(places) - min(places) < CARET


async def _play(stage: Stage, name: str, picture: Path) -> None:
    from tests.screens.acts import ACTS

    status = 1
    try:
        window = stage.window
        window.setGeometry(0, 0, *SIZE)
        window.activateWindow()
        # Where it hovers over nothing.
        QCursor.setPos(window.geometry().bottomRight() + QPoint(20, 20))
        await stage.opened()
        act = ACTS.get(name)
        if act is not None:
            await act(stage)
        image = await stage.still()
        if not image.save(str(picture)):
            raise OSError(f"could not write {picture}")
        status = 0
    except (AssertionError, LookupError, OSError, RuntimeError, TypeError, ValueError, AttributeError):
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        # What stands is thrown away with the home; there is nothing to put in order.
        os._exit(status)


def main() -> int:
    """Run the program on a home and take one picture of it."""
    name, home, picture, *more = sys.argv[1:]

    class Photographed(Shell):
        def tell(self, error: BaseException) -> None:
            super().tell(error)
            if not isinstance(error, KnownError):
                # A picture of a window with a bug in it is of no use to anyone.
                traceback.print_exception(error)
                sys.stderr.flush()
                os._exit(1)

        def attach(self, *args: Any, **options: Any) -> None:
            super().attach(*args, **options)
            self._photograph()

        def trouble(self, error: KnownError) -> None:
            super().trouble(error)
            self._photograph()

        def _photograph(self) -> None:
            self._photographer = asyncio.get_running_loop().create_task(
                _play(Stage(self), name, Path(picture)), name="photographer"
            )

    ui.window_app.Shell = Photographed  # type: ignore[misc]
    return run(["--home", home, *more])


if __name__ == "__main__":
    sys.exit(main())
