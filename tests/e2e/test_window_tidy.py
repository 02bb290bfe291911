"""The real window: conversations are tidied, deleted, taken back; after a restart all is as it was left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.store.records import Conversation
from tests.app.parts import message
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer
from ui.models.arranging import View
from ui.models.conversations import FOLDER_ROLE, HEADING_ROLE, ID_ROLE
from ui.name_popup import NamePopup

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
AT = 1_790_000_000.0


async def _fill(window: Opened, n: int) -> None:
    for k in range(n):
        name = f"c{k}"
        tree = [
            message(f"{name}1", name, None, f"第 {k} 问"),
            message(f"{name}2", name, f"{name}1", "好的。", "assistant"),
        ]
        made = Conversation(name, f"标题 {k}", AT - k, AT - k, head=f"{name}2")
        await window.core.store.add_conversation(made, tree)
    await window.until(lambda: window.shell.window.sidebar.model.total() == n)


def _rows(window: Opened) -> list[str]:
    """What the list shows: folders in slashes, no headings."""
    model = window.shell.window.sidebar.model
    out = []
    for n in range(model.rowCount()):
        index = model.index(n)
        if index.data(FOLDER_ROLE):
            out.append(f"/{index.data(FOLDER_ROLE)}/")
        elif not index.data(HEADING_ROLE):
            out.append(index.data(ID_ROLE))
    return out


def _click(window: Opened, name: str, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    view = window.shell.window.sidebar.list
    where = view.visualRect(view.model().index_of(name)).center()
    QTest.mouseClick(view.viewport(), LEFT, held, where)


def _menu(window: Opened, where: str) -> dict[str, Any]:
    """Press the Menu key on the row under the keyboard; the entries by their text, inner menus by path."""
    view = window.shell.window.sidebar.list
    QTest.keyClick(view, Qt.Key.Key_Menu)
    menu = next(m for m in view.findChildren(QMenu) if m.isVisible())
    found: dict[str, Any] = {"menu": menu}
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found.update({f"{action.text()}/{a.text()}": a for a in inner.actions()})
        found[action.text()] = action
    assert where in found, list(found)
    return found


async def _named(window: Opened, name: str) -> None:
    """Write a name into the small field and press Enter."""
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, NamePopup)
    popup.field.insert(name)
    QTest.keyClick(popup.field, Qt.Key.Key_Return)


def test_tidied_by_keyboard_and_mouse_and_all_as_left_after_a_restart(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "home"

    async def tidy() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            await _fill(window, 8)
            sidebar, store = window.shell.window.sidebar, window.core.store
            assert _rows(window) == [f"c{k}" for k in range(8)]

            _click(window, "c1")
            await window.until(lambda: window.shell._wiring.chat.conversation)
            _click(window, "c3", SHIFT)
            assert sorted(sidebar.list.choice.ids()) == ["c1", "c2", "c3"]
            await window.until(lambda: sidebar._bulk is not None and sidebar._bulk.isVisible())
            assert sidebar._bulk.count.text() == "已选 3 个"
            _click(window, "c2", CTRL)
            assert sorted(sidebar.list.choice.ids()) == ["c1", "c3"]

            # into a new folder, from the menu of a row that is chosen
            _click(window, "c2", CTRL)
            entries = _menu(window, "移到文件夹/新建文件夹…")
            entries["移到文件夹/新建文件夹…"].trigger()
            entries["menu"].close()
            await _named(window, "工作")
            await window.until(lambda: _rows(window)[:4] == ["/工作/", "c1", "c2", "c3"])

            # a tag for what is still chosen
            entries = _menu(window, "标签/新标签…")
            entries["标签/新标签…"].trigger()
            entries["menu"].close()
            await _named(window, "#重要")
            await window.until(lambda: sidebar.model.tags() == {"重要": 3})

            # folded with the keyboard, then one more dragged in
            QTest.keyClick(sidebar.list, Qt.Key.Key_Escape)
            assert not sidebar.list.choice.several
            sidebar.list.setCurrentIndex(sidebar.model.index_of_folder("工作"))
            QTest.keyClick(sidebar.list, Qt.Key.Key_Left)
            assert _rows(window) == ["/工作/", "c0", "c4", "c5", "c6", "c7"]
            _drag(window, "c7", sidebar.list.visualRect(sidebar.model.index_of_folder("工作")).center())
            await window.until(lambda: "c7" in sidebar.model.inside("工作"))

            # archived, and one of them taken back with Ctrl+Z
            _click(window, "c4")
            entries = _menu(window, "归档")
            entries["归档"].trigger()
            entries["menu"].close()
            await window.until(lambda: "c4" not in _rows(window))
            sidebar.list.setFocus()
            QTest.keyClick(sidebar.list, Qt.Key.Key_Z, CTRL)
            await window.until(lambda: "c4" in _rows(window))
            _click(window, "c5")
            sidebar.wishes.archived.emit(["c5"], True)
            await window.until(lambda: "c5" not in _rows(window))

            # several deleted at once, undone by the bar; then again for good with the key
            _click(window, "c0")
            _click(window, "c4", SHIFT)
            QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
            await window.until(lambda: _rows(window) == ["/工作/", "c6"])
            toast = window.shell.window.toast
            assert toast.isVisible() and "2" in toast.accessibleName()
            QTest.mouseClick(toast._action, LEFT)
            await window.until(lambda: _rows(window) == ["/工作/", "c0", "c4", "c6"])
            _click(window, "c0")
            _click(window, "c4", SHIFT)
            QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
            await window.until(lambda: _rows(window) == ["/工作/", "c6"])
            assert [c.id for c in await store.deleted_conversations()] == ["c0", "c4"]

            # one comes back from the bin, the other goes for good after the question
            sidebar.wishes.bin_opened.emit()
            pages = window.shell._wiring.pages
            await window.until(lambda: window.shell.window.page() == "bin")
            page = pages.bin.presenter.page
            await window.until(lambda: page.model.rowCount() == 2)
            assert window.shell.window.page() == "bin"
            page.list.setCurrentIndex(page.model.index(page.model.ids().index("c0")))
            QTest.keyClick(page.list, Qt.Key.Key_Return)
            await window.until(lambda: page.model.ids() == ["c4"])
            QTest.mouseClick(page.empty, LEFT)
            assert page.question.isVisible()
            assert page.model.ids() == ["c4"], "nothing happens before it is confirmed"
            QTest.mouseClick(page.question._yes, LEFT)
            await window.until(lambda: page.model.ids() == [])
            QTest.keyClick(page, Qt.Key.Key_Escape)
            assert window.shell.window.page() == "chat"
            assert _rows(window) == ["/工作/", "c0", "c6"]
            sidebar.model.sort_by("title")

    async def look() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            sidebar = window.shell.window.sidebar
            await window.until(lambda: sidebar.model.total() == 7)
            assert _rows(window) == ["/工作/", "c0", "c6"]
            assert sidebar.model.arrangement.sort == "title"
            sidebar.model.fold("工作", False)
            assert _rows(window) == ["/工作/", "c1", "c2", "c3", "c7", "c0", "c6"]
            sidebar.look_at(View(archived=True))
            assert _rows(window) == ["c5"]
            sidebar.look_at(View(tag="重要"))
            assert sorted(_rows(window)) == ["c1", "c2", "c3"]
            assert await window.core.store.deleted_conversations() == []

    run(tidy(), timeout=60)
    run(look(), timeout=40)


def _drag(window: Opened, name: str, to: QPoint) -> None:
    view = window.shell.window.sidebar.list
    start = view.visualRect(view.model().index_of(name)).center()
    QTest.mousePress(view.viewport(), LEFT, pos=start)
    QTest.mouseMove(view.viewport(), start - QPoint(0, 30))
    QTest.mouseMove(view.viewport(), to)
    assert view._drag.active
    view.viewport().grab()
    QTest.mouseRelease(view.viewport(), LEFT, pos=to)
    assert not view._drag.active


def test_a_snapshot_is_merged_and_everything_is_deleted_from_the_data_page(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "home"

    async def scenario() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            await _fill(window, 3)
            store, pages = window.core.store, window.shell._wiring.pages
            page = pages.show_settings("data")
            cards = page.section("data").cards
            space, snapshots, erase = cards["space"], cards["snapshots"], cards["erase"]
            await window.until(lambda: "3 个对话" in _words(space))

            QTest.mouseClick(_button(snapshots, "现在做一份"), LEFT)
            await window.until(lambda: "快照做好了" in _words(snapshots))
            await window.until(lambda: _button(snapshots, "恢复（合并）"))
            await store.delete_conversation("c1")
            gone = await store.purge_conversations(["c1"])
            await store.update_conversation("c2", title="新标题")
            assert gone == ["c1"]
            QTest.mouseClick(_button(snapshots, "恢复（合并）"), LEFT)
            assert snapshots.question.isVisible()
            QTest.mouseClick(snapshots.question._yes, LEFT)
            await window.until(lambda: "彻底删除，没有恢复" in _words(snapshots))
            newest = await store.conversation("c2")
            assert newest is not None and newest.title == "新标题"

            QTest.mouseClick(_button(snapshots, "检查"), LEFT)
            await window.until(lambda: "文件完好" in _words(snapshots))

            QTest.mouseClick(erase.begin, LEFT)
            assert erase.word.isVisible() and not erase.really.isEnabled()
            erase.word.insert("删")
            QTest.keyClick(erase.word, Qt.Key.Key_Return)
            assert len(await store.conversations()) == 2, "half a word erases nothing"
            erase.word.setText("删除")
            QTest.mouseClick(erase.really, LEFT)
            await window.until(lambda: "全部删除了" in _words(erase))
            assert await store.conversations(archived=None) == []
            assert window.shell.window.page() == "settings"
            assert window.shell.window.sidebar.model.total() == 0
            assert not (store.path.parent / "snapshots").exists()
            await window.until(lambda: "0 个对话" in _words(space))

    run(scenario(), timeout=60)
    left = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert "标题".encode() not in left
    assert "第 1 问".encode() not in left


def _words(card: Any) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(one.text() for one in card.findChildren(QLabel) if one.isVisible())


def _button(card: Any, text: str) -> Any:
    from PySide6.QtWidgets import QPushButton

    return next((b for b in card.findChildren(QPushButton) if b.text() == text and b.isVisible()), None)


def test_many_are_deleted_at_once_and_taken_back(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            store, sidebar = window.core.store, window.shell.window.sidebar
            for k in range(400):
                await store.add_conversation(Conversation(f"c{k}", f"标题 {k}", AT - k, AT - k), [])
            await window.until(lambda: sidebar.model.total() == 400)
            assert sidebar.model.rowCount() < 400, "not all have appeared"
            sidebar.list.setFocus()
            QTest.keyClick(sidebar.list, Qt.Key.Key_A, CTRL)
            assert len(sidebar.list.choice.ids()) == 400
            sidebar.list.setCurrentIndex(sidebar.model.index(1))
            QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
            await window.until(lambda: sidebar.model.total() == 0)
            window.composer.editor.insertPlainText("x")
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Z, CTRL)
            assert window.composer.text() == "", "what was written is taken back first"
            assert sidebar.model.total() == 0
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Z, CTRL)
            await window.until(lambda: sidebar.model.total() == 400)

    run(scenario(), timeout=60)
