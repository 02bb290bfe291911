"""A key that was pasted where messages are written: held back, offered as a key, on no disk meanwhile."""

from __future__ import annotations

import random
import string
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.secrets import MemorySecrets
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.assistants.conversation_dialog import ConversationDialog

_LOTS = random.Random()


def drawn(length: int, signs: str = string.ascii_letters + string.digits) -> str:
    return "".join(_LOTS.choice(signs) for _ in range(length))


class Found(MemorySecrets):
    """A keyring that works."""

    @property
    def name(self) -> str:
        return "Secret Service"


def bar_of(window: Opened) -> Any:
    return window.shell._wiring.guarding.guard.bar  # type: ignore[union-attr]


def says(window: Opened) -> str:
    bar = bar_of(window)
    return bar.words.text() if bar is not None and bar.isVisible() else ""


def on_disk(home: Path, secret: str) -> list[Path]:
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if secret.encode() in path.read_bytes()]


def two_keys(path: Path) -> tuple[str, str]:
    one, two = "sk-" + drawn(32), "sk-" + drawn(32)
    path.write_text(f"OTHER={one}\nNAME=值\nMORE={two}\n", encoding="utf-8")
    return one, two


async def _in_a_file(window: Opened, server: FakeServer, home: Path, path: Path) -> None:
    wiring = window.shell._wiring
    one, two = two_keys(path)
    wiring.chat.new()  # type: ignore[union-attr]
    held = wiring.enclosing.enclosures  # type: ignore[union-attr]
    held.add_files([path])
    await window.until(lambda: len(held.held) == 1 and not held.reading)
    await window.until(lambda: "“设置.env”里有一把" in says(window))
    rows = await window.core.store.draft_parts(None)
    assert [row.data.decode() for row in rows] == ["OTHER=\nNAME=值\nMORE=\n"]
    assert on_disk(home, one) == [] and on_disk(home, two) == []
    sent = len(server.requests)
    window.composer.editor.insertPlainText("看看")
    QTest.keyClick(bar_of(window).close_button, Qt.Key.Key_Escape)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert says(window) and not window.busy() and len(server.requests) == sent
    # What is kept as a key is out of the file; the other one stands there until it is taken out, too.
    bar_of(window).keep.click()
    assert one not in held.held[0].text and two in held.held[0].text
    await window.until(lambda: window.shell.window.page() == "welcome")
    page = wiring.pages.welcome.page  # type: ignore[union-attr]
    await window.until(lambda: len(page.paste.question.choices) > 1)
    page.paste.question.dismissed.emit()
    window.shell.window.show_page("chat")
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert says(window) and not window.busy()
    bar_of(window).out_of_file.click()
    await window.until(lambda: not says(window))
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
    await window.until(lambda: len(server.requests) == sent + 1)
    await window.idle()
    asked = server.requests_for("zhipu")[-1].json["messages"][-1]["content"]
    assert "NAME=值" in asked and one not in asked and two not in asked


def test_a_key_among_the_messages(run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)))
    zhipu = drawn(32, "0123456789abcdef") + "." + drawn(16)
    plain = "sk-" + drawn(32, "0123456789abcdef")
    home = tmp_path / "home"

    async def scenario() -> None:
        async with opened(qapp, home, server, keys=("baidu",)) as window:
            window.core.keys._vault._choose = lambda: (Found(), None)
            chat, composer = window.shell._wiring.chat, window.composer  # type: ignore[union-attr]
            chat.new()
            # It is noticed where it stands, before anything is sent, and no draft has it.
            composer.editor.insertPlainText(f"怎么用？\nZHIPU_API_KEY={zhipu}")
            await window.until(lambda: "智谱" in says(window))
            assert bar_of(window).keep.text() == "存为智谱的密钥"
            chat.keep_draft()
            assert chat.fresh_draft == "怎么用？\nZHIPU_API_KEY="
            assert composer.text().endswith(zhipu), "what is written stays"
            # Put aside, it comes back when the message is to be sent.
            QTest.keyClick(bar_of(window).close_button, Qt.Key.Key_Escape)
            assert says(window) == "" and composer.editor.hasFocus() == composer.isActiveWindow()
            QTest.keyClick(composer.editor, Qt.Key.Key_Return)
            assert says(window) and not window.busy() and chat.conversation is None
            # Kept as a key: checked at its provider, out of the text and its undo history.
            bar_of(window).keep.click()
            assert composer.text() == "怎么用？" and not composer.editor.document().isUndoAvailable()
            await window.until(lambda: [r.check_kind for r in window.core.keys.records("zhipu")] == ["ok"])
            assert window.shell.window.page() == "settings"
            assert says(window) == ""
            # A stored one is known whatever stands around it, and can only be taken out.
            chat.new()
            composer.set_text(f"curl -H 'Authorization: Bearer {zhipu}'")
            QTest.keyClick(composer.editor, Qt.Key.Key_Return)
            assert "你存着的智谱密钥" in says(window)
            assert bar_of(window).keep.isHidden()
            bar_of(window).out.click()
            assert zhipu not in composer.text() and not window.busy()
            # One of many vendors': the first-run page asks whose.
            second = "sk-" + drawn(32, "0123456789abcdef")
            composer.set_text(f"{plain}\n{second}")
            QTest.keyClick(composer.editor, Qt.Key.Key_Return)
            assert bar_of(window).keep.text() == "存为密钥…"
            bar_of(window).keep.click()
            await window.until(lambda: window.shell.window.page() == "welcome")
            page = window.shell._wiring.pages.welcome.page  # type: ignore[union-attr]
            await window.until(lambda: len(page.paste.question.choices) > 1)
            page.paste.question.dismissed.emit()
            assert composer.text() == second, "of two, the other one is not lost"
            # Whoever insists sends it.
            chat.new()
            sent = len(server.requests)
            composer.set_text(f"这把不是真的：{plain}")
            await window.until(lambda: says(window))
            assert on_disk(home, plain) == [] and on_disk(home, zhipu) == []
            bar_of(window).anyway.click()
            await window.until(lambda: len(server.requests) == sent + 1)
            await window.idle()
            assert (await window.stored())[0][1] == f"这把不是真的：{plain}"
            # No name has it, whoever gives the name.
            assert plain not in chat.conversation.title
            header = window.shell.window.header
            header.edit_title()
            header._edit.setText(f"给 {plain} 的名字")
            QTest.keyClick(header._edit, Qt.Key.Key_Return)
            assert chat.conversation is not None
            await window.until(lambda: header._title.text == "给 的名字")
            # A prompt would go with every question.
            window.shell._wiring.assistants.edit()  # type: ignore[union-attr]
            await window.until(lambda: window.shell.window.findChildren(ConversationDialog))
            dialog = window.shell.window.findChildren(ConversationDialog)[0]
            await window.until(dialog.isVisible)
            dialog.prompt.set_text(f"密钥 {plain}")
            dialog.save.click()
            assert dialog.isVisible() and "每次提问" in dialog.problem.text() and dialog.problem.isVisible()
            dialog.prompt.set_text("简短些")
            dialog.save.click()
            assert not dialog.isVisible()
            # In a file that goes along it is found as well, and no draft of it is on disk.
            await _in_a_file(window, server, home, tmp_path / "设置.env")
            # A window that is built anew still has what was written, and says so.
            chat.new()
            composer.editor.insertPlainText(f"再问 {plain}")
            before = window.shell._wiring
            window.core.settings.change(theme="dark")
            await window.until(lambda: window.shell._wiring is not before and window.shell._standing)
            await window.until(lambda: window.composer.text() == f"再问 {plain}")
            await window.until(lambda: says(window))
            composer = window.composer
            # What is left standing at the end is not kept.
            composer.set_text(f"再来 {zhipu}")
        assert on_disk(home, zhipu) == []

    run(scenario(), timeout=120)


def test_a_key_in_the_small_window(run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer) -> None:
    zhipu = drawn(32, "0123456789abcdef") + "." + drawn(16)
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("baidu",)) as window:
            window.core.keys._vault._choose = lambda: (Found(), None)
            shell = window.shell
            shell.quick_ask()
            quick = shell._desktop._quick  # type: ignore[union-attr]
            await window.until(quick.window.isVisible)
            low = quick.window.height()
            quick.window.editor.insertPlainText(zhipu)
            QTest.keyClick(quick.window.editor, Qt.Key.Key_Return)
            bar = quick.guard.bar
            assert bar.isVisible()
            await window.until(lambda: quick.window.height() == low + bar.height())
            quick.guard.bar.keep.click()
            assert quick.window.editor.toPlainText() == "" and not quick.window.isVisible()
            await window.until(lambda: [r.check_kind for r in window.core.keys.records("zhipu")] == ["ok"])
            assert quick.conversation is None and await window.core.store.conversations() == []

    run(scenario(), timeout=60)
