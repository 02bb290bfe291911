"""Comparing in the window: columns fill side by side, go on together, survive a restart, one is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import Opened, opened
from tests.e2e.program import FREE_TIER_ONLY
from tests.fakes.server import FakeServer, Reply
from ui.compare.picker import Picker
from ui.compare.view import CompareView
from ui.transcript.answer import AnswerRow

LEGS = ("zhipu:glm-4.7-flash", "alibaba:qwen-plus", "baidu:ernie-speed-128k")


def _view(window: Opened) -> CompareView:
    found = window.shell.window.findChild(CompareView)
    assert found is not None
    return found


async def _choose(window: Opened, button: int, legs: int = 3) -> None:
    """Open the picker by its keys, take the first legs, press one of its buttons."""
    QTest.keyClick(window.shell.window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    picker = window.shell.window.findChild(Picker)
    assert picker is not None
    for n, box in enumerate(picker.boxes.values()):
        box.setChecked(n < legs)
    QTest.mouseClick(picker.buttons[button], Qt.MouseButton.LeftButton)


async def _ended(window: Opened, columns: int) -> None:
    await window.until(
        lambda: (
            not window.busy()
            and len(_view(window).columns) == columns
            and all(c.keep.isVisible() for c in _view(window).columns)
        )
    )


def _texts(window: Opened) -> list[str]:
    return [column.message.text if column.message else "" for column in _view(window).columns]


def test_three_answer_side_by_side_go_on_and_one_is_kept(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["甲一"], usage=(9, 5)), Reply.stream(["甲二"]), Reply.stream(["甲三"])])
    server.on("alibaba", [FREE_TIER_ONLY, Reply.stream(["乙一"])])
    server.on("baidu", [Reply.stream(["丙", "没了"]).gated("never", after=1), Reply.stream(["丙二"])])

    async def scenario() -> None:
        home = tmp_path / "home"
        async with opened(qapp, home, server, keys=("zhipu", "alibaba", "baidu")) as window:
            window.core.settings.change(chain=("zhipu", "alibaba:qwen-plus", "baidu"))
            await _choose(window, 0)
            assert "compare" in window.shell.window.notices.names()
            window.type("比一比")
            await window.until(lambda: window.shell.window.findChild(CompareView) is not None)
            view = _view(window)
            await window.until(lambda: len(view.columns) == 3)
            first, second, third = view.columns
            await window.until(
                lambda: third.view.streaming.live and window.shell._turns.answering(third.answer)
            )
            await window.until(lambda: window.shell._turns.answering(third.answer).live.text == "丙")
            await window.until(lambda: first.keep.isVisible() and second.keep.isVisible())
            assert not third.keep.isVisible()
            assert not second.keep.isEnabled(), "there is nothing to keep"
            assert "14 token" in first._foot.figures.accessibleName()
            (row,) = second.view.window_.rows
            assert isinstance(row, AnswerRow) and row._card is not None, "why it failed stands in its column"
            assert len(server.requests_for("alibaba")) == 1, "nobody takes over for another"
            QTest.mouseClick(third.stop, Qt.MouseButton.LeftButton)
            await _ended(window, 3)
            assert _texts(window) == ["甲一", "", "丙"]
            QTest.mouseClick(second.again, Qt.MouseButton.LeftButton)
            await window.until(window.busy)
            await _ended(window, 3)
            # What was used up rests; the column says so, and asks nobody else.
            assert len(server.requests_for("zhipu")) == 1
            window.type("再比")
            await window.until(window.busy)
            await _ended(window, 3)
            assert _texts(window)[0] == "甲二"
            sent = server.requests_for("baidu")[-1].json["messages"]
            assert [m["content"] for m in sent] == ["比一比", "丙", "再比"]
            assert window.composer.text() == ""
        async with opened(qapp, home, server, keys=("zhipu", "alibaba", "baidu")) as window:
            await window.until(lambda: window.shell.window.findChild(CompareView) is not None)
            await window.until(lambda: _view(window).isVisible() and len(_view(window).columns) == 3)
            assert _texts(window)[0] == "甲二" and _texts(window)[2] == "丙二"
            third = _view(window).columns[2]
            await window.until(lambda: len(third.view.window_.rows) == 3)
            QTest.keyClick(window.composer.editor, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
            await window.until(lambda: not _view(window).isVisible())
            await window.until(lambda: [row[1] for row in window.shown()] == ["比一比", "丙", "再比", "丙二"])
            assert window.composer.strip.isVisible()
            window.type("只问一家")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "甲三", "done")
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            await window.until(window.answers)
            assert window.shell.window.findChild(CompareView) is None

    run(scenario(), timeout=60)


def test_the_last_question_is_compared_and_a_kept_one_leaves_siblings(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["旧"]), Reply.stream(["甲"])])
    server.on("alibaba", Reply.stream(["乙"]))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            window.core.settings.change(chain=("zhipu:glm-4.7-flash", "alibaba:qwen-plus"))
            window.type("一问")
            await window.until(window.busy)
            await window.idle()
            QTest.keyClick(window.shell.window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
            picker = window.shell.window.findChild(Picker)
            assert picker is not None
            for leg, box in picker.boxes.items():
                box.setChecked(leg in LEGS[:2])
            QTest.mouseClick(picker.buttons[1], Qt.MouseButton.LeftButton)
            await window.until(window.busy)
            await _ended(window, 2)
            assert _texts(window) == ["甲", "乙"]
            QTest.mouseClick(_view(window).columns[1].keep, Qt.MouseButton.LeftButton)
            await window.until(lambda: not _view(window).isVisible() and window.answers())
            (row,) = window.answers()
            assert row.message.text == "乙"
            assert len(row.message.siblings) == 3
            row.foot.go(-1)
            await window.until(lambda: [r.message.text for r in window.answers()] == ["甲"])

    run(scenario(), timeout=60)


def test_the_window_is_built_anew_while_columns_fill(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["前 ", "后"]).gated("go", after=1))
    server.on("alibaba", Reply.stream(["左 ", "右"]).gated("go", after=1))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            window.core.settings.change(chain=LEGS[:2])
            await _choose(window, 0, 2)
            window.type("比")
            await window.until(window.busy)
            turns = window.shell._turns
            (conversation,) = turns.conversations()
            await window.until(
                lambda: [r.live.text for r in turns.all_running(conversation)] == ["前 ", "左 "]
            )
            old = window.shell.window
            window.core.settings.change(language="en", theme="dark")
            await window.until(lambda: window.shell.window is not old)
            await window.until(lambda: window.shell.window.findChild(CompareView) is not None)
            await window.until(lambda: len(_view(window).columns) == 2)
            server.open_gate("go")
            await _ended(window, 2)
            await window.until(lambda: _texts(window) == ["前 后", "左 右"])
            window.shell._wiring.chat.new()
            assert not _view(window).isVisible()
            assert window.composer.strip.isVisible()

    run(scenario(), timeout=40)
