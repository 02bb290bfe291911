"""How the window ends: nothing is lost and nothing hangs, whatever is under way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import opened
from tests.fakes.server import FakeServer, Reply


def test_closing_while_two_answers_stream_keeps_both(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["一半 ", "没有了"]).gated("never", after=1))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            turns, chat = window.shell._turns, window.shell._wiring.chat
            for n, question in enumerate(("第一问", "第二问"), 1):
                chat.new()
                window.type(question)
                await window.until(lambda n=n: len(turns.conversations()) == n)
            running = [turns.running(one) for one in turns.conversations()]
            await window.until(lambda: all(one.live.text == "一半 " for one in running))
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            for conversation in await window.core.store.conversations():
                ids = await window.core.store.branch(conversation.id)
                answer = (await window.core.store.messages(ids))[-1]
                assert (answer.text, answer.status) == ("一半 ", "stopped")

    run(scenario(), timeout=40)


def test_what_was_just_written_is_there_after_a_restart(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"]))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.type("第一问")
            await window.until(window.busy)
            await window.idle()
            window.composer.editor.insertPlainText("写到一半")
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await window.until(lambda: window.composer.text() == "写到一半")
            window.shell._wiring.chat.new()
            assert window.composer.text() == ""
            window.composer.editor.insertPlainText("还没有对话")
            (conversation,) = await window.core.store.conversations()
            window.shell.window.sidebar.opened.emit(conversation.id)
            await window.until(lambda: window.composer.text() == "写到一半")
            window.shell._wiring.chat.new()
            assert window.composer.text() == "还没有对话"
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            assert window.composer.text() == "还没有对话"
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
            await window.until(window.busy)
            await window.idle()
            window.shell._wiring.chat.new()
            assert window.composer.text() == ""

    run(scenario(), timeout=40)
