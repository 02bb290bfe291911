"""The real window: what is typed into the search field is found, opened in its branch, and marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.store.records import Conversation
from tests.app.parts import message
from tests.e2e.opened import Opened, opened
from tests.e2e.program import Program
from tests.fakes.server import FakeServer

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def _key(window: Opened, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = window.shell.window.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, held)


async def _fill(window: Opened) -> None:
    """Two conversations; the second has another branch, which holds the word."""
    store = window.core.store
    for name, text in (("a", "数据库的索引怎么建"), ("b", "今天天气如何")):
        tree = [
            message(f"{name}1", name, None, text),
            message(f"{name}2", name, f"{name}1", "先看一看。\n" * 40, "assistant"),
            message(f"{name}3", name, f"{name}2", "再说一遍"),
            message(f"{name}4", name, f"{name}3", "好的。", "assistant"),
        ]
        if name == "b":
            tree.insert(2, message("b2x", "b", "b1", "另一个答案里写着剩余额度。", "assistant"))
        made = Conversation(name, f"标题 {name}", 1_700_000_000.0, 1_700_000_000.0, head=f"{name}4")
        await store.add_conversation(made, tree)


def _texts(window: Opened) -> list[str]:
    results = window.shell._wiring.finding.results.results
    hits = [results.hit(results.index(row)) for row in range(results.rowCount())]
    return [hit.snippet.text if hit.message else hit.title.text for hit in hits if hit is not None]


async def _type(window: Opened, text: str) -> None:
    search = window.shell.window.sidebar.search
    for letter in text:
        search.insert(letter)
    presenter = window.shell._wiring.finding.presenter
    await window.until(lambda: presenter._text == text.strip() and presenter._token is None)


def test_a_two_character_word_is_found_opened_in_its_branch_and_marked(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _fill(window)
            shell = window.shell
            QTest.keyClick(shell.window, Qt.Key.Key_F, CTRL | SHIFT)
            sidebar = shell.window.sidebar
            await _type(window, "额度")
            assert _texts(window) == ["另一个答案里写着剩余额度。"]
            assert sidebar.list.isHidden() and not shell._wiring.finding.results.isHidden()
            QTest.keyClick(sidebar.search, Qt.Key.Key_Return)
            await window.until(lambda: "b2x" in window.transcript().window_.ids)
            assert await window.core.store.branch("b") == ["b1", "b2x"]
            assert shell._wiring.chat.conversation.id == "b"
            await window.until(lambda: any(row.id == "b2x" for row in window.answers()))
            await window.until(lambda: _marked(window) == ["额度"])
            QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
            assert sidebar.search.text() == ""
            assert not sidebar.list.isHidden()

    run(scenario(), timeout=40)


def _marked(window: Opened) -> list[str]:
    """What wears the mark of a hit in the transcript."""
    theme = window.shell.window.theme
    colours = (theme.color("mark-hit"), theme.color("accent"))
    found: list[str] = []
    for row in window.transcript().window_.rows:
        for browser in row.findChildren(_browser()) if row is not None else []:
            for selection in browser.extraSelections():
                if selection.format.background().color() in colours:
                    found.append(selection.cursor.selectedText())
    return found


def _browser() -> type:
    from PySide6.QtWidgets import QTextEdit

    return QTextEdit


def test_typing_on_replaces_what_was_asked_and_arrows_choose(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each row is painted in a turn of its own, so that typing on comes in between.
    monkeypatch.setattr("ui.search.painted.SLICE", 0.0)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _fill(window)
            shell, finding = window.shell, window.shell._wiring.finding
            shell.window.focus_search()
            await _type(window, "标题")
            assert sorted(_texts(window)) == ["标题 a", "标题 b"]
            first = finding.results.currentIndex().row()
            QTest.keyClick(shell.window.sidebar.search, Qt.Key.Key_Down)
            assert finding.results.currentIndex().row() == first + 1
            QTest.keyClick(shell.window.sidebar.search, Qt.Key.Key_Up)
            assert finding.results.currentIndex().row() == first
            shell.window.sidebar.search.clear()
            await _type(window, "没有的词")
            assert _texts(window) == []
            shell.window.sidebar.search.clear()
            await _type(window, "索引 from:user")
            assert _texts(window) == ["数据库的索引怎么建"]
            await window.core.store.delete_conversation("a")
            await window.until(lambda: _texts(window) == [])

    run(scenario(), timeout=40)


def test_the_palette_goes_to_conversations_commands_and_settings(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _fill(window)
            shell = window.shell
            await window.until(lambda: shell.window.sidebar.model.total() == 2)

            def ask(text: str) -> None:
                QTest.keyClick(shell.window, Qt.Key.Key_K, CTRL)
                palette = shell._wiring.finding.palette
                assert palette.isVisible()
                palette.field.setText(text)
                QTest.keyClick(palette.field, Qt.Key.Key_Return)
                assert not palette.isVisible()

            ask("标题 b")
            await window.until(lambda: shell._wiring.chat.conversation)
            assert shell._wiring.chat.conversation.id == "b"
            ask("网络")
            assert shell.window.page() == "settings"
            assert shell._wiring.pages.where()[:2] == ("settings", "network")
            ask("新对话")
            assert shell.window.page() == "chat"
            assert shell._wiring.chat.conversation is None
            ask("怎么建")
            assert shell.window.sidebar.search.text() == "怎么建"
            await window.until(lambda: _texts(window) == ["数据库的索引怎么建"])
            ask("dark")
            assert window.core.settings.current.theme == "dark"

    run(scenario(), timeout=40)


def test_the_command_finds_what_the_window_wrote(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _fill(window)

    run(scenario(), timeout=40)
    program = Program(tmp_path / "home", server)
    done = program.run("search", "--json", "额度", "-再说")
    assert done.status == 0
    (hit,) = done.events
    assert (hit["conversation"], hit["message"], hit["kind"]) == ("b", "b2x", "message")
    start, end = hit["marks"][0]
    assert hit["snippet"][start:end] == "额度"
    nothing = program.run("search", "没有的词")
    assert nothing.status == 1 and nothing.out == ""
    for wrong in (("before:never",), ("--limit", "x", "y")):
        refused = program.run("search", *wrong)
        assert refused.status == 2
        assert len(refused.err.strip().splitlines()) == 1


def test_a_message_of_another_chat_keeps_the_draft(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _fill(window)
            chat = window.shell._wiring.chat
            await chat.show("a")
            window.composer.set_text("还没写完")
            window.shell.window.focus_search()
            await _type(window, "天气")
            QTest.keyClick(window.shell.window.sidebar.search, Qt.Key.Key_Return)
            await window.until(lambda: chat.conversation and chat.conversation.id == "b")
            stored = await window.core.store.conversation("a")
            assert stored is not None
            assert stored.draft == "还没写完"

    run(scenario(), timeout=40)
