"""Where a window may stand: restored where it was, always wholly in view; its state kept as it changes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMargins, QRect
from PySide6.QtWidgets import QWidget

from tests.e2e.program import ROOT
from ui.desktop import place
from ui.desktop.keeping import StateKeeper
from ui.desktop.place import Display, Place, fitted, read, within
from ui.state import WindowState

LEFT = Display("left", QRect(0, 0, 1920, 1080), QRect(0, 30, 1920, 1050))
RIGHT = Display("right", QRect(1920, 0, 1280, 1024), QRect(1920, 0, 1280, 984))
FRAME = QMargins(2, 28, 2, 2)


def test_a_place_comes_back_as_it_was_written() -> None:
    kept = Place(QRect(2000, 80, 900, 700), "maximised", "DP-1 (a screen)", RIGHT.whole, FRAME)
    text = kept.written()
    assert " " not in text and read(text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", "[]", '{"window":[0,0,900,700]}', "300",
     '{"shown":"normal","screen":"","frame":[0,0,0,0]}',
     '{"shown":"odd","screen":"","window":[0,0,9,9],"whole":[0,0,9,9],"frame":[0,0,0,0]}',
     '{"shown":"normal","screen":"","window":[0,0,0,0],"whole":[0,0,9,9],"frame":[0,0,0,0]}',
     '{"shown":"normal","screen":"","window":[1e99,0,9,9],"whole":[0,0,9,9],"frame":[0,0,0,0]}'],
)  # fmt: skip
def test_what_is_no_place_is_none(text: str) -> None:
    assert read(text) is None


def test_the_same_screen_takes_the_window_back_as_it_stood() -> None:
    kept = Place(QRect(2000, 80, 900, 700), "normal", "right", RIGHT.whole, FRAME)
    assert fitted(kept, [LEFT, RIGHT]) == kept.window


def test_a_screen_that_is_gone_or_another_now_gives_it_to_the_nearest() -> None:
    kept = Place(QRect(2000, 80, 900, 700), "normal", "right", RIGHT.whole, FRAME)
    alone = fitted(kept, [LEFT])
    assert alone == QRect(1920 - 2 - 900, 80, 900, 700), "at the edge towards where it was, frame and all"
    small = Display("right", QRect(1920, 0, 800, 600), QRect(1920, 0, 800, 600))
    assert small.free.contains(fitted(kept, [LEFT, small]).marginsAdded(FRAME))


sizes = st.integers(1, 20_000)
wheres = st.integers(-50_000, 50_000)


@given(wheres, wheres, sizes, sizes, st.sampled_from([QMargins(), FRAME]))
def test_it_is_never_off_the_screen_nor_larger_than_it(
    x: int, y: int, width: int, height: int, frame: QMargins
) -> None:
    kept = Place(QRect(x, y, width, height), "normal", "left", LEFT.whole, frame)
    for screens in ([LEFT, RIGHT], [RIGHT]):
        found = fitted(kept, screens).marginsAdded(frame)
        assert any(one.free.contains(found) for one in screens)
        assert found.width() <= width + 4 and found.height() <= height + 30


def test_a_screen_smaller_than_the_frame_is_used_whole() -> None:
    tiny = QRect(0, 0, 20, 20)
    assert within(QRect(5, 5, 100, 100), tiny, FRAME) == tiny


CHILD = """
import json, sys
from PySide6.QtWidgets import QApplication
from app import i18n
from tests.e2e.program import ROOT
i18n.load(ROOT / "resources" / "i18n")
app = QApplication([])
from app.clock import SystemClock
from ui import theme as themes
from ui.composer import Composer
from ui.main_window import MainWindow
from ui.relay_strip import RelayStrip
from ui.sidebar import Sidebar
theme = themes.load_theme("light")
clock = SystemClock()
def window():
    strip = RelayStrip(theme, clock, reduced_motion=True)
    return MainWindow(theme, Sidebar(theme, clock), Composer(theme, strip))
told = []
for saved in json.loads(sys.argv[1]):
    made = window()
    taken = made.restore_geometry(saved)
    made.show()
    told.append([taken, made.geometry().getRect(), made.screen().name(), made.isMaximized(),
                 made.isFullScreen(), made.save_geometry()])
    made.hide()
print(json.dumps(told))
"""


def windows_on(screens: list[tuple[str, int, int, int, int]], saved: list[str], folder: Path) -> list[Any]:
    """The real window restored on a machine with these screens, once for each text that was saved."""
    config = folder / f"screens-{len(screens)}.json"
    dots = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    facts = [dict(zip(("name", "x", "y", "width", "height"), one, strict=True)) | dots for one in screens]
    config.write_text(json.dumps({"screens": facts}))
    environ = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}", "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-P", "-c", CHILD, json.dumps(saved)]
    done = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def saved_at(x: int, y: int, width: int, height: int, shown: place.Shown, screen: str, whole: QRect) -> str:
    # The offscreen platform draws frames of two pixels.
    kept = Place(QRect(x, y, width, height), shown, screen, whole, QMargins(2, 2, 2, 2))
    return f"264 1 {kept.written()}"


def test_the_window_comes_back_to_its_screen(tmp_path: Path) -> None:
    beside = QRect(1280, 0, 1600, 1200)
    there = saved_at(1400, 100, 900, 700, "normal", "beside", beside)
    large = saved_at(1400, 100, 900, 700, "maximised", "beside", beside)
    full = saved_at(20, 20, 900, 700, "fullscreen", "main", QRect(0, 0, 1280, 1024))
    two = [("main", 0, 0, 1280, 1024), ("beside", 1280, 0, 1600, 1200)]
    normal, maximised, fullscreen, nothing = windows_on(two, [there, large, full, "x"], tmp_path)
    assert normal[:3] == [True, [1400, 100, 900, 700], "beside"]
    assert maximised[2:5] == ["beside", True, False]
    kept = read(maximised[5].split(" ")[2])
    assert kept is not None and (kept.window, kept.shown) == (QRect(1400, 100, 900, 700), "maximised")
    assert fullscreen[3:5] == [False, True]
    assert nothing[0] is False and nothing[1][2:] == [1120, 760]
    # The next start is on the laptop alone, smaller than the window and its least size.
    small = [("main", 0, 0, 620, 460)]
    (alone, first) = windows_on(small, [there, "x"], tmp_path)
    assert QRect(0, 0, 620, 460).contains(QRect(*alone[1])) and alone[2] == "main"
    assert first[1][2] <= 620 and first[1][3] <= 460


def test_the_state_is_written_a_moment_after_it_changed(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    state = WindowState(path)
    widths = iter(range(100))

    def remember() -> None:
        state.geometry = f"{next(widths)}"

    async def scenario() -> None:
        errors: list[BaseException] = []
        keeper = StateKeeper(state, remember, errors.append, 1)
        keeper.touch()
        await asyncio.sleep(0.05)
        assert not path.exists(), "before the loop's work begins nothing is saved"
        keeper.begin()
        keeper.touch()
        keeper.touch()
        async with asyncio.timeout(60):
            while not path.exists():  # noqa: ASYNC110 - a thread writes it
                await asyncio.sleep(0.01)
        assert WindowState(path).geometry == "0", "two changes at once are saved once"
        state.arrangement.folded.add("工作")
        keeper.touch()
        async with asyncio.timeout(60):
            while WindowState(path).arrangement.folded != {"工作"}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await keeper.close()
        keeper.touch()
        await asyncio.sleep(0.02)
        assert errors == []

    run(scenario())


def test_a_widget_knows_its_place(qtbot: Any) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setGeometry(10, 20, 700, 500)
    widget.show()
    kept = place.place_of(widget)
    assert kept.window == QRect(10, 20, 700, 500) and kept.screen == widget.screen().name()
