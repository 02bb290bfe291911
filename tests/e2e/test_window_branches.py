"""Branches in the window: a question edited, a question under an earlier answer, going back and forth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.transcript.row import Row


def _rows(window: Opened) -> list[Row]:
    return list(window.transcript().window_.rows)


async def _ask(window: Opened, text: str) -> None:
    window.type(text)
    await window.until(window.busy)
    await window.idle()


def test_an_edited_question_becomes_a_sibling_and_both_can_be_shown(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["甲"]), Reply.stream(["乙"]), Reply.stream(["丙"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _ask(window, "第一问")
            await _ask(window, "第二问")
            notices = window.shell.window.notices
            window.transcript().edit_requested.emit(_rows(window)[0].id)
            await window.until(lambda: window.composer.text() == "第一问")
            assert "place" in notices.names()
            window.composer.clear()
            await _ask(window, "换个问法")
            assert "place" not in notices.names()
            assert await window.stored() == [("user", "换个问法", "done"), ("assistant", "丙", "done")]
            assert server.requests_for("zhipu")[-1].json["messages"][-1]["content"] == "换个问法"
            assert len(server.requests_for("zhipu")[-1].json["messages"]) == 1
            await window.until(
                lambda: len(_rows(window)) == 2 and len(_rows(window)[0].message.siblings) == 2
            )
            window.transcript().sibling_requested.emit(_rows(window)[0].message.siblings[0])
            await window.until(lambda: len(_rows(window)) == 4)
            assert [row[1] for row in await window.stored()] == ["第一问", "甲", "第二问", "乙"]

    run(scenario(), timeout=40)


def test_a_branch_starts_under_the_answer_it_was_asked_for(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["甲"]), Reply.stream(["乙"]), Reply.stream(["丙"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _ask(window, "第一问")
            await _ask(window, "第二问")
            first = window.answers()[0]
            window.transcript().action_requested.emit(first.id, "branch", "")
            await _ask(window, "另一问")
            assert [row[1] for row in await window.stored()] == ["第一问", "甲", "另一问", "丙"]
            # Only that one: the next question follows as usual.
            await _ask(window, "再问")
            assert [row[1] for row in await window.stored()][-2:] == ["再问", "丙"]

    run(scenario(), timeout=40)
