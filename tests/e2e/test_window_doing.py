"""What one does in a conversation: edit, answer again in each way, delete and undo, quote, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.i18n import tr
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.presenters.doing import Doing
from ui.transcript.row import Row


async def _ask(window: Opened, text: str) -> None:
    window.type(text)
    await window.until(window.busy)
    await window.idle()


def _rows(window: Opened) -> list[Row]:
    return list(window.transcript().window_.rows)


def _doing(window: Opened) -> Doing:
    return window.shell._wiring.chat.doing


async def _menu(window: Opened) -> QMenu:
    """The menu of the last answer's button."""
    row = window.answers()[-1]
    row.focus_inside(True)
    button = next(b for b in row.foot._buttons if b.icon_name == "retry")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await window.until(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_what_was_being_written_survives_an_edit(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["甲"]), Reply.stream(["乙"])])

    async def scenario() -> None:
        home = tmp_path / "home"
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            await _ask(window, "第一问")
            composer, notices = window.composer, window.shell.window.notices
            composer.editor.insertPlainText("写到一半")
            window.transcript().edit_requested.emit(_rows(window)[0].id)
            await window.until(lambda: composer.text() == "第一问")
            QTest.keyClick(composer.editor, Qt.Key.Key_Escape)
            assert composer.text() == "写到一半"
            assert "place" not in notices.names()
            window.transcript().edit_requested.emit(_rows(window)[0].id)
            await window.until(lambda: composer.text() == "第一问")
            # Another page and back: the edit goes on where it was.
            chat = window.shell._wiring.chat
            conversation = chat.conversation.id
            composer.editor.insertPlainText("改了")
            chat.new()
            assert composer.text() == ""
            chat.open(conversation)
            await window.until(lambda: composer.text() == "第一问改了")
            assert "place" in notices.names()
            stored = await window.core.store.conversation(conversation)
            assert stored is not None and stored.draft == "写到一半"
            QTest.keyClick(composer.editor, Qt.Key.Key_Return)
            await window.until(window.busy)
            await window.idle()
            assert await window.stored() == [("user", "第一问改了", "done"), ("assistant", "乙", "done")]
            assert composer.text() == "写到一半"
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            await window.until(lambda: window.composer.text() == "写到一半")

    run(scenario(), timeout=40)


def test_answer_again_by_the_same_the_next_and_a_chosen_leg(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on(
        "zhipu",
        [Reply.stream(["甲一"]), Reply.stream(["甲二"]), Reply.stream(["甲三", "…"]).gated("go", after=1)],
    )
    server.on("alibaba", [Reply.stream(["乙一"]), Reply.stream(["乙二"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            window.core.settings.change(chain=("zhipu:glm-4.7-flash", "alibaba:qwen-plus"))
            await _ask(window, "问")

            async def take(index: int, text: str) -> None:
                menu = await _menu(window)
                actions = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator()]
                actions[index].trigger()
                menu.close()
                await window.until(window.busy)
                await window.idle()
                await window.until(lambda: [r.message.text for r in window.answers()] == [text])

            await take(1, "甲二")  # the same leg
            await take(2, "乙一")  # the next one
            menu = await _menu(window)
            chosen = [a for a in menu.actions() if a.isEnabled() and "GLM" in a.text()]
            assert chosen, "the legs can be chosen by name"
            chosen[0].trigger()
            menu.close()
            await window.until(window.busy)
            await window.until(lambda: window.answers() and window.answers()[0].message.status == "streaming")
            question = _rows(window)[0]
            question.focus_inside(True)
            compare = next(b for b in question.foot._buttons if b.icon_name == "compare")
            assert not compare.isEnabled()
            assert compare.accessibleDescription(), "it says why"
            server.open_gate("go")
            await window.idle()
            assert compare.isEnabled()
            await window.until(lambda: [r.message.text for r in window.answers()] == ["甲三…"])
            answer = window.answers()[0]
            assert len(answer.message.siblings) == 4
            answer.setFocus()
            QTest.keyClick(answer, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
            await window.until(lambda: [r.message.text for r in window.answers()] == ["乙一"])

    run(scenario(), timeout=40)


def test_deleting_is_taken_back_by_the_keyboard(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["甲"]), Reply.stream(["乙"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _ask(window, "第一问")
            await _ask(window, "第二问")
            window.composer.editor.insertPlainText("没写完")
            before = await window.stored()
            row = _rows(window)[2]
            row.setFocus()
            QTest.keyClick(row, Qt.Key.Key_Delete)
            await window.until(lambda: len(_rows(window)) == 2)
            assert await window.stored() == before[:2]
            assert window.composer.text() == "没写完"
            toast = window.shell.window.toast
            assert toast.isVisible()
            QTest.keyClick(window.transcript(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            await window.until(lambda: len(_rows(window)) == 4)
            assert await window.stored() == before
            _rows(window)[0].setFocus()
            QTest.keyClick(_rows(window)[0], Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
            await window.until(lambda: window.transcript().window_.ids == [])
            await window.until(toast.isVisible)
            QTest.mouseClick(toast._action, Qt.MouseButton.LeftButton)
            await window.until(lambda: len(_rows(window)) == 4)

    run(scenario(), timeout=40)


def test_one_message_in_the_middle_is_deleted_and_what_follows_stays(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream([text]) for text in ("甲", "乙", "丙", "丁")])

    def shown(window: Opened) -> list[str]:
        rows = _rows(window)
        return [r.message.text for r in rows] if not any(r.busy for r in rows) else []

    async def scenario() -> None:
        home = tmp_path / "home"
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            for text in ("第一问", "第二问", "第三问"):
                await _ask(window, text)
            whole = ["第一问", "甲", "第二问", "乙", "第三问", "丙"]
            await window.until(lambda: shown(window) == whole)
            window.transcript()._copying.menu(_rows(window)[3])
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            alone, onwards = (
                next(a for a in menu.actions() if a.text().startswith(tr(f"transcript.{name}")))
                for name in ("delete", "delete_from")
            )
            assert alone.isEnabled() and onwards.isEnabled()
            alone.trigger()
            menu.close()
            await window.until(lambda: shown(window) == ["第一问", "甲", "第二问", "第三问", "丙"])
            # The question that lost its answer can be answered again.
            window.transcript()._copying.menu(_rows(window)[2])
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            words = [a.text() for a in menu.actions()]
            again = words.count(tr("transcript.retry"))
            menu.close()
            assert again == 1
            # A question goes with its answer.
            window.shell.window.activateWindow()
            await window.until(lambda: window.transcript().hasFocus())
            first = _rows(window)[0]
            first.setFocus()
            QTest.keyClick(first, Qt.Key.Key_Delete)
            await window.until(lambda: shown(window) == ["第二问", "第三问", "丙"])
            conversation = window.shell._wiring.chat.conversation.id
            assert await window.core.store.occurrences(conversation, "甲") == {}
            await _ask(window, "第四问")
            sent = [m["content"] for m in server.requests[-1].json["messages"] if m["role"] != "system"]
            assert sent == ["第二问", "第三问", "丙", "第四问"]
            after = ["第二问", "第三问", "丙", "第四问", "丁"]
            await window.until(lambda: shown(window) == after)
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            await window.until(lambda: shown(window) == after)
            # The last answer has nothing behind it.
            window.transcript()._copying.menu(_rows(window)[-1])
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            assert not any(a.text().startswith(tr("transcript.delete_from")) for a in menu.actions())
            menu.close()

    run(scenario(), timeout=60)


def test_a_message_deleted_in_the_middle_is_taken_back(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream([text]) for text in ("甲", "乙")])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            for text in ("第一问", "第二问"):
                await _ask(window, text)
            await window.until(lambda: len(_rows(window)) == 4)
            before = await window.stored()
            window.transcript().edit_requested.emit(_rows(window)[0].id)
            await window.until(lambda: window.composer.text() == "第一问")
            finding = window.transcript().finding
            finding.open()
            finding.bar.field.setText("问")
            await window.until(lambda: finding.total == 2)
            _rows(window)[0].setFocus()
            QTest.keyClick(_rows(window)[0], Qt.Key.Key_Delete)
            await window.until(lambda: len(window.transcript().window_.ids) == 2)
            assert await window.stored() == before[2:]
            assert window.composer.text() == "", "what was edited is gone"
            await window.until(lambda: finding.total == 1)
            assert finding.bar.isVisible(), "who looks for something goes on looking"
            await window.until(window.shell.window.toast.isVisible)
            QTest.keyClick(window.transcript(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            await window.until(lambda: len(window.transcript().window_.ids) == 4)
            assert await window.stored() == before
            await window.until(lambda: finding.total == 2)

    run(scenario(), timeout=40)


def _text_of(window: Opened, message: str) -> str | None:
    return next((row.message.text for row in _rows(window) if row.id == message), None)


def test_what_another_computer_did_appears_when_a_sync_ends(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream([text]) for text in ("甲", "乙")])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            (tmp_path / "cloud").mkdir()
            window.core.settings.change(sync="folder", sync_folder=str(tmp_path / "cloud"))
            await window.core.sync.set_up()
            for text in ("第一问", "第二问"):
                await _ask(window, text)
            await window.until(lambda: len(window.transcript().window_.ids) == 4)
            answer = window.transcript().window_.ids[1]
            # As a merge does it: nobody tells the transcript.
            await window.core.store.remove_message(answer, alone=True)
            await window.core.sync.once()
            await window.until(lambda: len(window.transcript().window_.ids) == 3)
            assert answer not in window.transcript().window_.ids
            transcript = window.transcript()
            await window.until(lambda: transcript.wishes.without_answer(transcript.window_.ids[0]))
            await window.until(lambda: len(_rows(window)) == 3)
            assert not transcript.wishes.without_answer(transcript.window_.ids[1])
            # A text that is another one now, while something else is looked at.
            last = transcript.window_.ids[-1]
            window.shell.window.add_page("elsewhere", QWidget())
            window.shell.window.show_page("elsewhere")
            await window.until(lambda: not transcript.isVisible())
            await window.core.store.save_answer(last, text="乙，别处续写")
            await window.core.sync.once()
            window.shell.window.show_page("chat")
            await window.until(lambda: _text_of(window, last) == "乙，别处续写")

    run(scenario(), timeout=40)


def test_a_selection_is_quoted_and_copied_across_messages(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["一个**重点**"]), Reply.stream(["乙"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _ask(window, "第一问")
            await _ask(window, "第二问")
            await window.until(lambda: len(_rows(window)) == 4 and not any(r.busy for r in _rows(window)))
            transcript = window.transcript()
            transcript.setFocus()
            QTest.keyClick(transcript, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            QTest.keyClick(transcript, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
            assert QGuiApplication.clipboard().text() == "第一问\n\n一个重点\n\n第二问\n\n乙"
            window.composer.editor.insertPlainText("开头")
            transcript._copying.quote()
            assert window.composer.text().startswith("开头\n\n> 第一问\n>\n> 一个重点\n")
            transcript._copying._copy_plain(_rows(window)[1])
            assert QGuiApplication.clipboard().text() == "一个重点"

    run(scenario(), timeout=40)


def test_stop_ends_a_leg_that_never_sends_its_headers(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["永远不来"]).stalled())

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.type("在吗")
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "", "stopped")
            window.type("还在吗")
            await window.until(lambda: len(server.requests_for("zhipu")) > 0)
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "", "stopped")

    run(scenario(), timeout=40)


def test_turns_of_several_conversations_do_not_mix(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    answers = [Reply.stream([f"答{n}", "。"]).gated("go", after=1) for n in range(3)]
    server.on("zhipu", answers)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            chat, turns = window.shell._wiring.chat, window.shell._turns
            for n in range(3):
                chat.new()
                window.type(f"问{n}")
                await window.until(lambda n=n: len(turns.conversations()) == n + 1)
            running = [turns.running(one) for one in turns.conversations()]
            await window.until(lambda: [r.live.text for r in running] == ["答0", "答1", "答2"])
            model = window.shell.window.sidebar.model
            assert window.shell.window.sidebar.model.rowCount() >= 3 and model is not None
            chat.open(running[0].conversation)
            await window.until(lambda: window.answers() and chat.conversation.id == running[0].conversation)
            turns.stop(running[1].conversation)
            server.open_gate("go")
            await window.until(lambda: not window.busy())
            texts = []
            for one in running:
                ids = await window.core.store.branch(one.conversation)
                texts.append([m.text for m in await window.core.store.messages(ids)])
            assert texts == [["问0", "答0。"], ["问1", "答1"], ["问2", "答2。"]]

    run(scenario(), timeout=40)
