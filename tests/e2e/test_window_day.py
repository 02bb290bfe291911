"""A day with the window: send, stop, edit, branch, compare, find, copy, quit; all still there after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.compare.picker import Picker
from ui.compare.view import CompareView

_CONTROL = Qt.KeyboardModifier.ControlModifier


async def _ask(window: Opened, text: str) -> None:
    window.type(text)
    await window.until(window.busy)
    await window.idle()


async def _rows(window: Opened, *texts: str) -> None:
    await window.until(lambda: [text for _, text in window.shown()] == list(texts))
    await window.until(lambda: not any(row.busy for row in window.transcript().window_.rows))


def test_everything_done_in_a_conversation_is_still_there_the_next_day(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    zhipu = [
        Reply.stream(["一答，额度够"]),
        Reply.stream(["开头", "没了"]).gated("never", after=1),
        Reply.stream(["改后的答"]),
        Reply.stream(["岔路的答"]),
        Reply.stream(["甲列"]),
    ]
    server.on("zhipu", zhipu)
    server.on("alibaba", Reply.stream(["乙列"]))

    async def scenario() -> None:
        home = tmp_path / "home"
        async with opened(qapp, home, server, keys=("zhipu", "alibaba")) as window:
            window.core.settings.change(chain=("zhipu:glm-4.7-flash", "alibaba:qwen-plus"))
            await _ask(window, "一问")
            window.type("慢慢说")
            await window.until(window.busy)
            running = window.shell._turns.running(window.shell._turns.conversations()[0])
            await window.until(lambda: running.live.text == "开头")
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)
            await window.idle()
            await _rows(window, "一问", "一答，额度够", "慢慢说", "开头")
            # edit
            window.transcript().edit_requested.emit(window.transcript().window_.rows[2].id)
            await window.until(lambda: window.composer.text() == "慢慢说")
            window.composer.clear()
            await _ask(window, "快点说")
            await _rows(window, "一问", "一答，额度够", "快点说", "改后的答")
            # copy across three messages
            transcript = window.transcript()
            transcript.setFocus()
            QTest.keyClick(transcript, Qt.Key.Key_A, _CONTROL)
            QTest.keyClick(transcript, Qt.Key.Key_C, _CONTROL)
            assert QGuiApplication.clipboard().text() == "一问\n\n一答，额度够\n\n快点说\n\n改后的答"
            # find
            QTest.keyClick(transcript, Qt.Key.Key_F, _CONTROL)
            await window.until(
                lambda: transcript.finding.bar is not None and transcript.finding.bar.isVisible()
            )
            transcript.finding.bar.field.setText("额度")
            await window.until(lambda: "1" in transcript.finding.bar.count.text())
            QTest.keyClick(transcript.finding.bar.field, Qt.Key.Key_Escape)
            # branch
            transcript.action_requested.emit(transcript.window_.rows[1].id, "branch", "")
            await _ask(window, "岔路")
            await _rows(window, "一问", "一答，额度够", "岔路", "岔路的答")
            # compare
            QTest.keyClick(window.shell.window, Qt.Key.Key_D, _CONTROL)
            picker = window.shell.window.findChild(Picker)
            assert picker is not None
            for n, box in enumerate(picker.boxes.values()):
                box.setChecked(n < 2)
            QTest.mouseClick(picker.buttons[0], Qt.MouseButton.LeftButton)
            window.type("比")
            await window.until(lambda: window.shell.window.findChild(CompareView) is not None)
            view = window.shell.window.findChild(CompareView)
            await window.until(
                lambda: len(view.columns) == 2 and all(c.keep.isVisible() for c in view.columns)
            )
            window.composer.editor.insertPlainText("明天再写")
        async with opened(qapp, home, server, keys=("zhipu", "alibaba")) as window:
            await window.until(lambda: window.shell.window.findChild(CompareView) is not None)
            view = window.shell.window.findChild(CompareView)
            await window.until(lambda: len(view.columns) == 2)
            assert [c.message.text for c in view.columns] == ["甲列", "乙列"]
            assert window.composer.text() == "明天再写"
            QTest.mouseClick(view.columns[1].keep, Qt.MouseButton.LeftButton)
            await _rows(window, "一问", "一答，额度够", "岔路", "岔路的答", "比", "乙列")
            rows = window.transcript().window_.rows
            assert len(rows[5].message.siblings) == 2
            assert len(rows[2].message.siblings) == 3
            rows[2].foot.go(-2)
            await _rows(window, "一问", "一答，额度够", "慢慢说", "开头")
            assert (await window.stored())[-1] == ("assistant", "开头", "stopped")

    run(scenario(), timeout=60)
