"""An answer breaks off and the user is asked: in the window and on a terminal."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import Opened, opened
from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply
from ui.controls import Button

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
BROKEN = Reply.stream(["第一句说完了。", "第二句", "写到"]).cut(after=3)
REST = Reply.stream(["一半就断了。"], usage=(3, 2))
WHOLE = Reply.stream(["整个", "重写。"], usage=(3, 2))
SETTINGS = {"midstream": "ask", "chain": ["zhipu:glm-4.7-flash", "alibaba:qwen-plus"]}


def settings(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")


def buttons(window: Opened) -> dict[str, Button]:
    rows = window.answers()[-1:]
    return {b.text(): b for row in rows for b in row.findChildren(Button) if not b.isHidden() and b.text()}


async def broken(window: Opened) -> dict[str, Button]:
    window.type("问题")
    await window.until(lambda: any("接着写" in text for text in buttons(window)))
    return buttons(window)


@pytest.mark.parametrize("choice", ["接着写", "就这样", "重新回答"])
def test_the_window_asks_and_does_what_is_chosen(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, choice: str
) -> None:
    settings(tmp_path / "home")
    server.on("zhipu", [BROKEN, WHOLE])
    server.on("alibaba", REST if choice == "接着写" else WHOLE)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            offered = await broken(window)
            assert any("通义千问" in text for text in offered), "who would go on is named"
            assert not server.requests_for("alibaba")
            (button,) = [b for text, b in offered.items() if choice in text]
            button.click()
            if choice == "就这样":
                await window.until(lambda: not any("接着写" in text for text in buttons(window)))
                assert (await window.stored())[-1][1:] == ("第一句说完了。第二句写到", "done")
                return
            await window.until(lambda: window.busy() or len(server.requests_for("alibaba")) == 1)
            await window.idle()
            role, text, status = (await window.stored())[-1]
            assert (role, status) == ("assistant", "done")
            assert text == ("第一句说完了。第二句写到一半就断了。" if choice == "接着写" else "整个重写。")

    run(scenario(), timeout=60)


def test_the_question_survives_a_restart(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "home"
    settings(home)
    server.on("zhipu", BROKEN)
    server.on("alibaba", REST)

    async def scenario() -> None:
        async with opened(qapp, home, server, keys=("zhipu", "alibaba")) as window:
            await broken(window)
        async with opened(qapp, home, server, keys=("zhipu", "alibaba")) as window:
            await window.until(lambda: window.answers() and any("接着写" in t for t in buttons(window)))
            next(b for text, b in buttons(window).items() if "接着写" in text).click()
            await window.until(lambda: server.requests_for("alibaba"))
            await window.idle()
            assert (await window.stored())[-1][1] == "第一句说完了。第二句写到一半就断了。"

    run(scenario(), timeout=60)


def test_json_ends_with_what_was_read_and_who_is_next(tmp_path: Path, server: FakeServer) -> None:
    program = Program(tmp_path / "data", server, keys=("zhipu", "alibaba"))
    settings(tmp_path / "data")
    server.on("zhipu", BROKEN)
    done = program.ask("zhipu:glm-4.7-flash", "alibaba:qwen-plus")
    last = done.events[-1]
    assert done.status == 3 and last["event"] == "exhausted"
    assert last["next"] == "alibaba:qwen-plus" and last["text"] == "第一句说完了。第二句写到"
    assert not server.requests_for("alibaba")


@posix
@pytest.mark.parametrize(
    ("typed", "said", "status"), [("c", "一半就断了。", 0), ("", "写到", 0), ("r", "整个重写。", 0)]
)
def test_the_terminal_asks(tmp_path: Path, server: FakeServer, typed: str, said: str, status: int) -> None:
    import pty
    import subprocess

    program = Program(tmp_path / "data", server, keys=("zhipu", "alibaba"))
    settings(tmp_path / "data")
    server.on("zhipu", BROKEN)
    server.on("alibaba", WHOLE if typed == "r" else REST)
    line = program.command("ask", "问题", endpoints=["zhipu", "alibaba"])
    master, slave = pty.openpty()
    process = subprocess.Popen(
        line, env=program.environ, stdin=slave, stdout=subprocess.PIPE, stderr=slave, close_fds=True
    )
    os.close(slave)
    heard = b""
    while "就这样".encode() not in heard and b"Enter" not in heard:
        heard += os.read(master, 1024)
    os.write(master, typed.encode() + b"\n")
    out, _ = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == status
    assert said in out.decode()
    answers = program.rows("SELECT text, status FROM message WHERE role = 'assistant' AND status = 'done'")
    expected = {
        "c": "第一句说完了。第二句写到一半就断了。",
        "": "第一句说完了。第二句写到",
        "r": "整个重写。",
    }[typed]
    assert answers == [(expected, "done")]


def test_a_seam_offers_the_whole_anew(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [BROKEN, WHOLE])
    server.on("alibaba", [REST, WHOLE])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            window.core.settings.change(chain=SETTINGS["chain"])
            window.type("问题")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1][1] == "第一句说完了。第二句写到一半就断了。"
            (whole,) = [b for text, b in buttons(window).items() if text == "整个重答"]
            whole.click()
            await window.until(window.busy)
            await window.idle()
            _role, text, status = (await window.stored())[-1]
            assert (text, status) == ("整个重写。", "done")
            chat = window.shell._wiring.chat
            ids = await window.core.store.branch(chat.conversation.id)
            (shown,) = await window.core.store.messages(ids[-1:])
            assert len(shown.siblings) == 2, "the joined answer is kept"

    run(scenario(), timeout=60)
