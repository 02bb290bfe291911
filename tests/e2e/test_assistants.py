"""Assistants, what is sent of a long conversation, and titles, in the real window."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.assistants import Assistants, Listed
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.assistants.conversation_dialog import ConversationDialog
from ui.presenters import idle

SMALL = "baidu:ernie-lite-8k"
LONG = "额度" * 2600
"""Some 3 500 tokens: two such questions and an answer do not fit the small model's window."""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "QUIET_MS", 30)


async def say(window: Opened, text: str) -> None:
    window.composer.set_text(text)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
    await window.until(window.busy)
    await window.idle()


def chat(window: Opened) -> Any:
    return window.shell._wiring.chat


def title(window: Opened) -> str:
    return window.shell.window.header._title.text


def job(window: Opened) -> Any:
    """Nothing waits and nothing is under way."""
    jobs = window.shell._wiring.idle
    return not jobs._waiting and jobs._task is None


def held(library: Assistants, go: asyncio.Event, begun: asyncio.Event) -> None:
    """Let the next reading for the views end only when `go` is set, with what it found at first."""
    read = library.all

    async def slowly() -> list[Listed]:
        task = asyncio.current_task()
        if task is None or task.get_name() != "assistants":
            return await read()
        library.all = read
        found = await read()
        begun.set()
        await go.wait()
        return found

    library.all = slowly


async def side_attempts(window: Opened) -> list[tuple[Any, ...]]:
    """What was asked besides answers."""

    def read(db: Any) -> list[tuple[Any, ...]]:
        return db.execute(
            "SELECT provider, model, outcome, code, prompt_tokens FROM attempt WHERE message IS NULL"
        ).fetchall()

    return await window.core.store._database.call(read)


def test_a_free_leg_gives_the_title_and_no_other_is_asked(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", Reply.stream(["额度在控制台看。"], usage=(5, 4)))
    server.on("zhipu", Reply.stream(["标题：《查看", "剩余额度》\n"], usage=(90, 6)).gated("title"))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu"), titles=True) as window:
            window.core.settings.change(chain=("alibaba:qwen-plus", "zhipu"))
            dwell = dict(window.core.health._dwell)
            await say(window, "我想知道我的免费额度还剩下多少，应该到哪个网页上去看呢")
            await window.until(lambda: title(window).endswith("…"))
            server.open_gate("title")
            await window.until(lambda: title(window) == "查看剩余额度")
            await window.until(lambda: job(window))
            assert len(server.requests_for("alibaba")) == 1
            (asked,) = server.requests_for("zhipu")
            assert asked.json["model"] == "glm-4.7-flash" and asked.json["max_tokens"] == 60
            assert "免费额度还剩下多少" in asked.json["messages"][0]["content"]
            assert await side_attempts(window) == [("zhipu", "glm-4.7-flash", "answered", "title", 90)]
            assert window.core.health.rows() == () and window.core.health._dwell == dwell
            stored = await window.core.store.conversation(chat(window).conversation.id)
            assert not stored.title_by_user
            await say(window, "再问一句")
            await window.until(lambda: job(window))
            assert len(server.requests_for("zhipu")) == 1, "one title a conversation"
            rows = window.shell.window.sidebar.model
            await window.until(
                lambda: "查看剩余额度" in [rows.index(n).data() for n in range(rows.rowCount())]
            )

    run(scenario(), timeout=60)


@pytest.mark.parametrize("legs", [("alibaba:qwen-plus",), ("zhipu:glm-5.2", "alibaba:qwen-plus")])
def test_no_title_is_asked_of_a_leg_that_bills_or_has_a_grant(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, legs: tuple[str, ...]
) -> None:
    for provider in ("alibaba", "zhipu"):
        server.on(provider, Reply.stream(["好"], usage=(5, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu"), titles=True) as window:
            window.core.settings.change(chain=legs, spend="allow")
            await say(window, "第一问")
            await window.until(lambda: job(window))
            assert len(server.requests) == 1 and title(window) == "第一问"

    run(scenario(), timeout=60)


def test_a_title_of_the_users_stays(run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer) -> None:
    server.on("zhipu", [Reply.stream(["好"]), Reply.stream(["机器起的"]).gated("title")])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",), titles=True) as window:
            await say(window, "第一问")
            await window.until(lambda: len(server.requests) == 2)
            window.shell.window.header.title_edited.emit("我起的")
            await window.until(lambda: title(window) == "我起的")
            server.open_gate("title")
            await window.until(lambda: job(window))
            assert await side_attempts(window)
            stored = await window.core.store.conversation(chat(window).conversation.id)
            assert (stored.title, stored.title_by_user) == ("我起的", True)
            await say(window, "第二问")
            await window.until(lambda: job(window))
            assert len(server.requests) == 3

    run(scenario(), timeout=60)


def test_a_question_goes_before_a_title(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on(
        "zhipu",
        [
            Reply.stream(["好"]),
            Reply.stream(["不会来"]).gated("never"),
            Reply.stream(["二"]),
            Reply.stream(["标题"]),
        ],
    )

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",), titles=True) as window:
            await say(window, "第一问")
            await window.until(lambda: len(server.requests) == 2)
            await say(window, "第二问")
            assert (await window.stored())[-1] == ("assistant", "二", "done")
            await window.until(lambda: title(window) == "标题")
            outcomes = [row[2] for row in await side_attempts(window)]
            assert outcomes == ["stopped", "answered"]
            assert window.core.health.rows() == ()

    run(scenario(), timeout=60)


def test_an_assistant_is_used_from_the_first_question_on(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["translated"], usage=(9, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            library = window.core.assistants
            go, begun = asyncio.Event(), asyncio.Event()
            held(library, go, begun)
            first = await library.add("先来的", "x")
            await begun.wait()
            await library.delete(first.id)
            await library.add("问日期", "今天是 {date}，答 {json}", chain=("zhipu",))
            chooser = window.shell._wiring.assistants
            await window.until(lambda: chooser.offers._cards and chooser.offers._cards[0].text() == "问日期")
            # What a change overtook while it was being read is not taken for the library as it is.
            go.set()
            await window.until(window.settled)
            chooser.refresh()
            await window.until(window.settled)
            assert chooser.offers._cards[0].text() == "问日期"
            (card,) = [card for card in chooser.offers._cards if card.text() == "中英互译"]
            card.click()
            await window.until(lambda: chooser.wish is not None)
            header = window.shell.window.header
            await window.until(lambda: header.assistant_button.text() == "助手：中英互译")
            assert card.isChecked()
            window.core.settings.change(chain=("zhipu",))
            await say(window, "你好")
            body = server.requests[0].json
            assert body["messages"][0]["role"] == "system" and "资深译者" in body["messages"][0]["content"]
            assert body["temperature"] == 0.3
            conversation = chat(window).conversation.id

            # Another one from the header's menu, in the middle of the conversation.
            menu = chooser.menu(header)
            (action,) = [a for a in menu.actions() if a.text() == "问日期"]
            action.trigger()
            await window.until(lambda: header.assistant_button.text() == "助手：问日期")
            await say(window, "几号")
            body = server.requests[-1].json
            system = body["messages"][0]["content"]
            assert "{date}" not in system and "{json}" in system and system.startswith("今天是 20")
            assert "temperature" not in body

            # What the conversation has of its own.
            chooser.edit()
            await window.until(
                lambda: [d for d in window.shell.window.findChildren(ConversationDialog) if d.isVisible()]
            )
            (dialog,) = window.shell.window.findChildren(ConversationDialog)
            dialog.prompt.editor.setPlainText("只答一个字")
            dialog.parameters.temperature.setText("0.7")
            dialog.parameters.most.setText("5")
            dialog.save.click()
            await window.until(lambda: chat(window).conversation.system == "只答一个字")
            composer = window.composer
            composer.set_thinking(False)
            await say(window, "好吗")
            body = server.requests[-1].json
            assert body["messages"][0]["content"] == "只答一个字"
            assert (body["temperature"], body["max_tokens"]) == (0.7, 5)
            assert body["thinking"] == {"type": "disabled"}
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            await window.until(lambda: chat(window).conversation is not None)
            assert chat(window).conversation.id == conversation
            header = window.shell.window.header
            await window.until(lambda: header.assistant_button.text() == "助手：问日期")
            await say(window, "还在吗")
            body = server.requests[-1].json
            assert body["messages"][0]["content"] == "只答一个字" and body["max_tokens"] == 5
            window.shell._wiring.chat.new()
            await window.until(lambda: not header.assistant_button.isVisible())
            await say(window, "新的")
            assert [m["role"] for m in server.requests[-1].json["messages"]] == ["user"]

    run(scenario(), timeout=90)


def test_what_is_not_sent_is_marked_and_summed_up_by_a_free_leg_alone(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("baidu", Reply.stream(["答" * 1200], usage=(3000, 800)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("baidu",)) as window:
            window.core.settings.change(chain=(SMALL,))
            made = await window.core.store.create_conversation(title="x", system="守规矩")
            await chat(window).show(made.id)
            await say(window, f"甲{LONG}")
            assert window.transcript().context.sent.first is None
            await say(window, f"乙{LONG}")
            await window.until(lambda: job(window))
            sent = server.requests[-1].json["messages"]
            assert [m["role"] for m in sent] == ["system", "user"] and sent[1]["content"].startswith("乙")
            assert len(server.requests) == 2, "no summary unless the user wants one"
            branch = await window.core.store.branch(made.id)
            mark = window.transcript().context.sent
            await window.until(lambda: mark.first == branch[2])
            (row,) = [r for r in window.transcript().window_.rows if r.id == branch[2]]
            await window.until(lambda: row._sent is not None and row._sent.isVisible())

            window.core.settings.change(auto_summary=True)
            server.on("baidu", [Reply.stream(["丙的答"]), Reply.stream(["说过甲和乙。"], usage=(2000, 9))])
            await say(window, "丙")
            await window.until(lambda: chat(window).conversation.summary == "说过甲和乙。")
            await window.until(lambda: row._sent.link.text() == "摘要")
            assert await side_attempts(window) == [("baidu", "ernie-lite-8k", "answered", "summary", 2000)]
            server.on("baidu", Reply.stream(["丁的答"]))
            window.core.settings.change(auto_summary=False)
            await say(window, "丁")
            system = server.requests[-1].json["messages"][0]
            assert system["role"] == "system" and system["content"].startswith("守规矩")
            assert "说过甲和乙。" in system["content"]
        async with opened(qapp, tmp_path / "home", server, keys=("baidu",)) as window:
            mark = window.transcript().context.sent
            await window.until(lambda: mark.first is not None and mark.link == "摘要")
            assert mark.first in branch

    run(scenario(), timeout=90)


def test_the_library_is_kept_in_order_copied_deleted_and_exchanged_in_the_settings(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            pages, library = window.shell._wiring.pages, window.core.assistants
            section = pages.show_settings("assistants").section("assistants")
            await window.until(lambda: section.model.rowCount() == 12)
            names = [one.name for one in section.model.rows]
            section.add.click()
            await window.until(lambda: section.model.rowCount() == 13 and section.name.text() == "新助手")
            assert section.model.rows[0].name == "新助手", "the user's own stand first"
            section.name.setText("我的助手")
            section.name.editingFinished.emit()
            section.prompt.editor.setPlainText("简短地答")
            section.prompt.flush()
            section.parameters.most.setText("200")
            section.parameters.most.editingFinished.emit()
            await window.until(lambda: section.model.rows[0].assistant.system == "简短地答")
            await window.until(lambda: section.model.rows[0].name == "我的助手")
            assert section.model.rows[0].assistant.parameters.max_tokens == 200
            section.name.setText(" ")
            section.name.editingFinished.emit()
            await window.until(lambda: section.problem.text() == "助手要有一个名字。")
            section.name.setText("我的助手")
            section.name.editingFinished.emit()
            await window.until(lambda: section.problem.text() == "")

            section.down.click()
            await window.until(lambda: [o.name for o in section.model.rows[:2]] == [names[0], "我的助手"])
            section.choose("builtin:polish")
            section.prompt.editor.setPlainText("改短")
            section.prompt.flush()
            await window.until(lambda: not section.reset.isHidden())
            section.reset.click()
            await window.until(section.reset.isHidden)
            assert "文字编辑" in section.prompt.text()

            section.delete.click()
            await window.until(lambda: section.model.rowCount() == 12)
            toast = window.shell.window.toast
            await window.until(toast.isVisible)
            toast._action.click()
            await window.until(lambda: section.model.rowCount() == 13)
            section.delete.click()
            await window.until(lambda: not section.restore.isHidden())

            served = pages._assistants
            path = tmp_path / "助手.json"
            await served.export_file(path)
            assert len(json.loads(path.read_text(encoding="utf-8"))["assistants"]) == 12
            mine = [one.id for one in await library.all() if one.name == "我的助手"]
            await library.delete(mine[0])
            await served.import_file(path)
            await window.until(lambda: section.model.rowCount() == 12)
            again = {one.name: one.assistant for one in section.model.rows}["我的助手"]
            assert again.system == "简短地答" and again.parameters.max_tokens == 200
            section.restore.click()
            await window.until(lambda: section.model.rowCount() == 13)
            (tmp_path / "bad.json").write_text("[1, 2", encoding="utf-8")
            section.import_button.click()
            served.dialog.fileSelected.emit(str(tmp_path / "bad.json"))
            served.dialog.reject()
            await window.until(lambda: "known:assistants.no_json" in window.shell.window.notices.names())
            order = [one.id for one in section.model.rows]
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            assert [one.id for one in await window.core.assistants.all()] == order

    run(scenario(), timeout=60)
