"""The small window on a real database; and what is told of answers nobody waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import opened
from tests.fakes.server import FakeServer, Reply
from ui.desktop.ended import LONG, EndedAnswers


class SetClock:
    """A clock a test sets."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def test_a_quick_question_and_where_it_can_be_gone_on_with(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    replies = [Reply.stream(["一 ", "二"]).gated("go", after=1), Reply.stream(["三"])]
    replies.append(Reply.stream(["五"]).gated("late", after=0))
    server.on("zhipu", replies)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            shell = window.shell
            window.composer.editor.insertPlainText("主窗里没发出的")
            assert shell._desktop._quick is None, "nothing is built before it is wanted"
            shell._wiring.pages.quick_ask_requested.emit()
            quick = shell._desktop._quick
            small = quick.window
            await window.until(small.isVisible)
            low = small.height()
            small.editor.insertPlainText("快问")
            QTest.keyClick(small.editor, Qt.Key.Key_Return)
            await window.until(lambda: quick.conversation is not None)
            running = shell._turns.running(quick.conversation)
            await window.until(lambda: running.live.text == "一 ")
            assert small.editor.toPlainText() == "" and small.height() > low
            # The main window goes on showing what it showed.
            assert shell._wiring.chat.conversation is None
            assert window.composer.text() == "主窗里没发出的"
            # Hidden while it is written, it is there again with its answer; the theme changes below it.
            QTest.keyClick(small.editor, Qt.Key.Key_Escape)
            assert not small.isVisible()
            shell.quick_ask()
            assert small.isVisible() and quick.conversation is not None
            before = shell._wiring
            window.core.settings.change(theme="dark")
            await window.until(lambda: shell._wiring is not before and shell._standing)
            await window.until(lambda: shell._desktop._quick is not quick)
            quick = shell._desktop._quick
            small = quick.window
            await window.until(lambda: small.isVisible() and small.transcript.window_.ids)
            server.open_gate("go")
            await window.until(lambda: not window.busy())
            await window.until(lambda: not small.transcript.streaming.live)
            # Another question follows in the same conversation.
            small.editor.insertPlainText("再问")
            small.ask_button.click()
            await window.until(lambda: len(server.requests) == 2)
            await window.until(lambda: not window.busy() and not small.transcript.streaming.live)
            shown = [(row.message.role, row.message.text) for row in small.transcript.window_.rows]
            asked = [("user", "快问"), ("assistant", "一 二"), ("user", "再问"), ("assistant", "三")]
            assert shown == asked
            kept = quick.conversation
            small.open_button.click()
            assert not small.isVisible()
            chat = shell._wiring.chat
            await window.until(lambda: chat.conversation is not None and chat.conversation.id == kept)
            await window.until(lambda: window.shown() == asked)
            # The next one is a new conversation.
            shell.quick_ask()
            assert quick.conversation is None and not small.transcript.isVisible()
            # An answer that ended while the window was away is there when it comes back, and so is what was
            # written meanwhile; that stays for another question, too.
            small.editor.insertPlainText("四")
            small.ask_button.click()
            await window.until(lambda: shell._turns.running(quick.conversation) is not None)
            small.editor.insertPlainText("没发的")
            QTest.keyClick(small.editor, Qt.Key.Key_Escape)
            server.open_gate("late")
            await window.until(lambda: not window.busy() and not small.transcript.streaming.live)
            shell.quick_ask()
            assert small.transcript.isVisible() and small.editor.toPlainText() == "没发的"
            small.editor.files_given.emit([tmp_path / "a.pdf"])
            assert "文件" in small._hint.text()
            QTest.keyClick(small.editor, Qt.Key.Key_Escape)
            shell.quick_ask()
            assert quick.conversation is None and not small.transcript.isVisible()
            assert small.editor.toPlainText() == "没发的" and "文件" not in small._hint.text()

    run(scenario(), timeout=60)


def test_what_cannot_be_asked_is_said_in_the_small_window(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.core.settings.change(chain=("nobody:nothing",))
            shell = window.shell
            shell.quick_ask()
            quick = shell._desktop._quick
            quick.window.editor.insertPlainText("问谁")
            quick.window.ask_button.click()
            await window.until(lambda: quick._problem)
            await window.until(lambda: not shell._turns.busy("quick ask"))
            assert quick.window._hint.text() == quick._problem
            assert quick.window.editor.toPlainText() == "问谁", "what was written is not lost"
            assert "turn" not in shell.window.notices.names()

    run(scenario(), timeout=40)


def test_only_answers_that_took_long_or_failed_unseen_are_told_of(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    replies = [
        Reply.stream(["快"]),
        *(
            Reply.stream(["很长的", "回答"]).gated(gate, after=1)
            for gate in ("seen", "unseen", "hidden", "stop")
        ),
        Reply.error(401, {"error": {"message": "no", "code": "401"}}),
        Reply.stream(["后来"]).gated("off", after=0),
    ]
    server.on("zhipu", replies)
    told: list[tuple[str, str, Callable[[], object]]] = []
    opened_ones: list[str] = []
    clock = SetClock()
    looking = False

    async def tell(title: str, words: str, clicked: Callable[[], object]) -> None:
        told.append((title, words, clicked))

    async def scenario() -> None:
        nonlocal looking
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            shell = window.shell
            turns, settings = shell._turns, window.core.settings
            ended = EndedAnswers(
                turns, window.core.store, settings, clock, shell._scope.start, lambda: looking, tell,
                opened_ones.append,
            )  # fmt: skip

            async def ask(text: str, gate: str = "", seconds: float = 0.0, *, stop: bool = False) -> None:
                shell._wiring.chat.new()
                window.type(text)
                await window.until(window.busy)
                if gate:
                    await window.until(turns.conversations)
                    clock.at += seconds
                    if stop:
                        await window.until(
                            lambda: turns.running(turns.conversations()[0]).live.text == "很长的"
                        )
                        shell._wiring.chat.stop()
                    server.open_gate(gate)
                await window.idle()
                await window.until(
                    lambda: not any(task.get_name() == "tell of an answer" for task in asyncio.all_tasks())
                )

            await ask("快")
            looking = True
            await ask("看着", "seen", LONG)
            looking = False
            assert told == []
            await ask("没看", "unseen", LONG)
            assert [(title, words) for title, words, _ in told] == [("没看", "很长的回答")]
            told[0][2]()
            assert opened_ones == [shell._wiring.chat.conversation.id]
            settings.change(notify_words=False)
            await ask("没看，也不给人看", "hidden", LONG + 1)
            assert told[1][0] == "没看，也不给人看" and "回答写好了" in told[1][1]
            await ask("停下", "stop", LONG, stop=True)
            assert len(told) == 2
            await ask("失败")
            assert told[2][0] == "失败" and "没有得到回答" in told[2][1]
            settings.change(notify=False)
            await ask("关掉", "off", LONG)
            assert len(told) == 3
            ended.close()

    run(scenario(), timeout=90)
