"""The real window on a real database against the loopback server: ask, hand over, stop, restart."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.clock import SystemClock
from app.settings import SettingsFile, SettingsService
from tests.e2e.opened import opened
from tests.e2e.program import FREE_TIER_ONLY, ROOT, Program, secret
from tests.fakes.server import FakeServer, Reply
from ui.shell import Shell
from ui.state import WindowState


def test_a_question_is_answered_by_the_second_leg(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", FREE_TIER_ONLY)
    server.on("zhipu", Reply.stream(["# 你好\n\n", "世界"], usage=(5, 4), gap=0.01))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            window.core.settings.change(chain=("alibaba:qwen-plus", "zhipu"))
            window.type("问候一下")
            await window.until(window.busy)
            await window.idle()
            assert await window.stored() == [
                ("user", "问候一下", "done"),
                ("assistant", "# 你好\n\n世界", "done"),
            ]
            assert window.composer.text() == ""
            (row,) = window.answers()
            line = row.accessibleDescription() or row.accessibleName()
            assert line
            model = window.shell.window.sidebar.model
            titles = [model.index(n).data() for n in range(model.rowCount())]
            assert "问候一下" in titles
            states = [leg.status.state for leg in window.composer.strip.legs]
            assert states == ["parked", "ready"]

    run(scenario(), timeout=40)


def test_stop_keeps_what_was_read_and_a_restart_shows_it(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["开头 ", "没有了"]).gated("never", after=1))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.type("慢慢说")
            await window.until(window.busy)
            running = window.shell._turns.running(window.shell._turns.conversations()[0])
            await window.until(lambda: running.live.text == "开头 ")
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "开头 ", "stopped")
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await window.until(window.answers)
            assert window.shell.window.header._title.text == "慢慢说"
            assert (await window.stored())[-1] == ("assistant", "开头 ", "stopped")

    run(scenario(), timeout=40)


def test_the_practice_relay_passes_the_baton(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            assert window.shell.window.page() == "welcome"
        async with opened(qapp, tmp_path / "home", server, practice=True) as window:
            assert window.shell.window.page() == "chat"
            window.type("接力是什么")
            await window.until(window.busy)
            await window.idle()
            (_question, (_role, text, status)) = await window.stored()
            assert status == "done"
            assert "接力是什么" in text
            chat = window.shell._wiring.chat
            ids = await window.core.store.branch(chat.conversation.id)
            attempts = (await window.core.store.attempts(ids))[ids[-1]]
            asked = [(a.provider, a.outcome, a.kind) for a in attempts]
            assert asked == [
                ("practice_a", "failed", "quota_exhausted"),
                ("practice_b", "failed", "network"),
                ("practice_c", "answered", None),
            ]
            assert await window.core.store.health() == [], "practice leaves no trace in the relay's memory"
        assert server.requests == []

    run(scenario(), timeout=60)


def test_rename_delete_and_undo(run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer) -> None:
    server.on("zhipu", Reply.stream(["好"]))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.type("第一个")
            await window.until(window.busy)
            await window.idle()
            sidebar, chat = window.shell.window.sidebar, window.shell._wiring.chat
            conversation = chat.conversation.id
            sidebar.wishes.renamed.emit(conversation, "新名字")
            await window.until(lambda: chat.conversation.title == "新名字")
            sidebar.wishes.deleted.emit([conversation])
            await window.until(lambda: chat.conversation is None)
            assert await window.core.store.conversations() == []
            toast = window.shell.window.toast
            await window.until(toast.isVisible)
            QTest.mouseClick(toast._action, Qt.MouseButton.LeftButton)
            await window.until(lambda: chat.conversation is not None)
            assert [c.title for c in await window.core.store.conversations()] == ["新名字"]

    run(scenario(), timeout=40)


def test_language_and_theme_are_switched_while_an_answer_streams(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["前半 ", "后半"]).gated("go", after=1))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.type("说两半")
            await window.until(window.busy)
            running = window.shell._turns.running(window.shell._turns.conversations()[0])
            await window.until(lambda: running.live.text == "前半 ")
            first = window.shell.window
            window.core.settings.change(language="en", theme="dark")
            await window.until(lambda: window.shell.window is not first)
            assert window.composer.send_button.text() == "Send"
            await window.until(window.answers)
            server.open_gate("go")
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "前半 后半", "done")
            await window.until(lambda: window.answers() and not window.answers()[0].busy)

    run(scenario(), timeout=40)


def test_a_key_is_pasted_and_checked_on_the_first_page(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(3, 1)))
    server.on("baidu", Reply.error(401, {"error": {"code": "invalid_iam_token", "message": "no"}}))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            page = window.shell._wiring.pages._welcome_page
            page.key_pasted.emit("baidu", "bce-v3/" + secret("baidu"))
            await window.until(lambda: [r.check_kind for r in window.core.keys.records("baidu")] == ["auth"])
            assert not page.start.isEnabled()
            key = "0123456789abcdef" * 2 + ".testtesttest"
            page.key_pasted.emit("zhipu", key)
            await window.until(lambda: page.cards["zhipu"].works)
            assert page.start.isEnabled()
            QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
            await window.until(lambda: window.shell.window.page() == "chat")
            window.type("你好")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "好", "done")
        assert Program(tmp_path / "home").traces(key) == []

    run(scenario(), timeout=40)


def test_an_interrupted_answer_is_shown_and_goes_on(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    program = Program(tmp_path / "home", server, keys=("zhipu",))
    server.on(
        "zhipu", [Reply.stream(["前一半，", "没了"]).gated("never", after=1), Reply.stream(["后一半。"])]
    )
    line = program.command("ask", "--json", "--chain", "zhipu", "说两半", endpoints=["zhipu"])
    process = subprocess.Popen(line, env=program.environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for text in process.stdout:
        if '"delta"' in text:
            break
    time.sleep(1.5)  # longer than the pause between two savings
    process.kill()
    process.communicate()

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            (conversation,) = await window.core.store.conversations()
            assert conversation.interrupted
            window.shell.window.sidebar.opened.emit(conversation.id)
            await window.until(window.answers)
            assert (await window.stored())[-1] == ("assistant", "前一半，", "interrupted")
            window.transcript().continue_requested.emit(window.answers()[0].id)
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "前一半，后一半。", "done")
            sent = server.requests_for("zhipu")[-1].json["messages"]
            assert any("前一半，" in str(message["content"]) for message in sent)

    run(scenario(), timeout=40)


def test_offline_waits_and_can_be_resent(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream([]).reset(), Reply.stream([]).reset(), Reply.stream(["又通了"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.type("在吗")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "", "waiting")
            assert await window.core.store.health() == []
            await window.until(window.answers)
            window.transcript().retry_requested.emit(window.answers()[0].id)
            await window.until(window.busy)
            await window.idle()
            assert await window.stored() == [("user", "在吗", "done"), ("assistant", "又通了", "done")]

    run(scenario(), timeout=40)


def test_what_is_written_before_the_data_is_open_is_sent(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"]))

    def write(shell: Shell) -> None:
        shell.window.composer.editor.insertPlainText("心急")
        QTest.keyClick(shell.window.composer.editor, Qt.Key.Key_Return)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",), early=write) as window:
            await window.until(lambda: window.shell._wiring.chat.conversation)
            await window.idle()
            assert await window.stored() == [("user", "心急", "done"), ("assistant", "好", "done")]

    run(scenario(), timeout=40)


def test_a_click_before_the_first_page_stands_is_not_overruled_by_it(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    program = Program(tmp_path / "home", server, keys=("zhipu",))
    server.on("zhipu", Reply.stream(["好"]))
    assert program.ask("zhipu").status == 0

    def click(shell: Shell) -> None:
        wire = shell._wire_up

        def wired(*parts: Any) -> Any:
            made = wire(*parts)
            loading = made.conversations.load

            async def slowly() -> Any:
                stored = await loading()
                # The presenters are there, the first page is not.
                shell.window.sidebar.opened.emit(stored[0].id)
                return stored

            made.conversations.load = slowly
            return made

        shell._wire_up = wired  # pyright: ignore[reportAttributeAccessIssue]

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",), early=click) as window:
            await window.until(lambda: window.shell._wiring.chat.conversation)
            await window.until(window.answers)

    run(scenario(), timeout=40)


def test_a_newer_file_is_explained_in_the_window(tmp_path: Path, qapp: QApplication, run: Any) -> None:
    from app.errors import KnownError

    async def scenario() -> None:
        settings = SettingsService(SettingsFile(tmp_path / "settings.json"))
        shell = Shell(qapp, settings, SystemClock(), WindowState(tmp_path / "window.json"))
        shell.show()
        shell.trouble(KnownError("store.newer", path=tmp_path))
        assert shell.window.page() == "trouble"
        assert str(tmp_path) in shell._trouble_page.accessibleName()
        asked: list[int] = []
        shell.retry_requested.connect(lambda: asked.append(1))
        shell._trouble_page.retry_requested.emit()
        assert asked == [1]
        shell.window.hide()
        await settings.close()

    run(scenario())
