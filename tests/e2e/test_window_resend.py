"""What could not be sent waits, and is offered again when somebody answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import opened
from tests.fakes.server import FakeServer, Reply
from ui.buttons import Button

_GONE = Reply.stream([]).reset()


def test_waiting_questions_are_offered_again_once_somebody_answers(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [_GONE, _GONE, _GONE, _GONE, Reply.stream(["通了"]), Reply.stream(["补答"])])

    async def scenario() -> None:
        home = tmp_path / "home"
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            window.type("等一等")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "", "waiting")
            waiting = window.shell._wiring.chat.conversation.id
        # The next day: shown again, it is still known to wait.
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            chat, notices = window.shell._wiring.chat, window.shell.window.notices
            resending = window.shell._wiring.resending
            await window.until(lambda: resending._waiting)
            chat.new()
            window.type("第二问")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1][2] == "waiting"
            assert "waiting" not in notices.names(), "offline is no time to offer"
            await window.until(lambda: len(resending._waiting) == 2)
            # What was deleted meanwhile is not offered.
            window.transcript().wishes.delete.emit(window.transcript().window_.ids[0])
            await window.until(lambda: not window.transcript().window_.ids)
            chat.new()
            window.type("通了吗")
            await window.until(window.busy)
            await window.idle()
            await window.until(lambda: "waiting" in notices.names())
            assert list(resending._waiting) == [waiting]
            (button,) = notices._bars["waiting"].findChildren(Button)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            assert "waiting" not in notices.names()
            await window.until(window.busy)
            await window.until(lambda: not window.busy())
            ids = await window.core.store.branch(waiting)
            assert [m.text for m in await window.core.store.messages(ids)] == ["等一等", "补答"]
            await window.until(lambda: not resending._waiting)

    run(scenario(), timeout=40)
