from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from app import i18n
from tests.ui.samples import SetClock, conversation
from ui.models.conversations import ID_ROLE
from ui.sidebar import Sidebar, spend_word
from ui.theme import Theme

DAY = 86400
KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sidebar(theme: Theme, clock: SetClock, qtbot: QtBot) -> Sidebar:
    made = Sidebar(theme, clock)
    qtbot.addWidget(made)
    made.resize(264, 600)
    made.set_conversations(
        [
            conversation("pinned", clock.at - 3 * DAY, pinned=True),
            conversation("first", clock.at),
            conversation("second", clock.at - 60),
            conversation("third", clock.at - DAY, interrupted=True),
        ]
    )
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def _where(sidebar: Sidebar, name: str) -> QPoint:
    return sidebar.list.visualRect(sidebar.model.index_of(name)).center()


def _current(sidebar: Sidebar) -> str | None:
    return sidebar.list.currentIndex().data(ID_ROLE)


def _selected(sidebar: Sidebar) -> list[str]:
    return [i.data(ID_ROLE) for i in sidebar.list.selectionModel().selectedIndexes()]


def test_a_click_opens(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.opened) as caught:
        qtbot.mouseClick(sidebar.list.viewport(), LEFT, pos=_where(sidebar, "second"))
    assert caught.args == ["second"]
    assert _selected(sidebar) == ["second"]
    with qtbot.assertNotEmitted(sidebar.opened):
        heading = sidebar.list.visualRect(sidebar.model.index(0)).center()
        qtbot.mouseClick(sidebar.list.viewport(), LEFT, pos=heading)
    assert _selected(sidebar) == ["second"]


def test_arrows_move_and_enter_opens(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_open("first")
    sidebar.list.setFocus()
    opened: list[str] = []
    sidebar.opened.connect(opened.append)
    qtbot.keyClick(sidebar.list, KEY.Key_Down)
    assert (_current(sidebar), _selected(sidebar), opened) == ("second", ["first"], [])
    qtbot.keyClick(sidebar.list, KEY.Key_Down)
    assert _current(sidebar) == "third", "headings are stepped over"
    qtbot.keyClick(sidebar.list, KEY.Key_Return)
    assert (opened, _selected(sidebar)) == (["third"], ["third"])


def test_rename_in_place(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_open("first")
    sidebar.rename_current()
    editor = sidebar.list.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "first"
    editor.setText("  better  title ")
    with qtbot.waitSignal(sidebar.wishes.renamed) as caught:
        qtbot.keyClick(editor, KEY.Key_Return)
    assert caught.args == ["first", "better title"]


def test_f2_and_escape(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_open("second")
    sidebar.list.setFocus()
    with qtbot.assertNotEmitted(sidebar.wishes.renamed):
        qtbot.keyClick(sidebar.list, KEY.Key_F2)
        editor = sidebar.list.findChild(QLineEdit)
        assert editor is not None
        editor.setText("never")
        qtbot.keyClick(editor, KEY.Key_Escape)


def test_double_click_renames_only_the_open_one(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = sidebar.list
    qtbot.mouseClick(view.viewport(), LEFT, pos=_where(sidebar, "first"))
    qtbot.mouseDClick(view.viewport(), LEFT, pos=_where(sidebar, "second"))
    assert view.findChild(QLineEdit) is None
    qtbot.mouseClick(view.viewport(), LEFT, pos=_where(sidebar, "second"))
    qtbot.mouseDClick(view.viewport(), LEFT, pos=_where(sidebar, "second"))
    assert view.findChild(QLineEdit) is not None


def test_delete_key(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_open("third")
    sidebar.list.setFocus()
    with qtbot.waitSignal(sidebar.wishes.deleted) as caught:
        qtbot.keyClick(sidebar.list, KEY.Key_Delete)
    assert caught.args == [["third"]]


def _menu(sidebar: Sidebar, name: str) -> QMenu:
    where = _where(sidebar, name)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, where, sidebar.list.viewport().mapToGlobal(where)
    )
    QApplication.sendEvent(sidebar.list.viewport(), event)
    menus = [m for m in sidebar.list.findChildren(QMenu) if m.isVisible()]
    assert len(menus) == 1
    return menus[0]


@pytest.mark.parametrize(("name", "pinned"), [("pinned", False), ("first", True)])
def test_context_menu_pins_and_deletes(sidebar: Sidebar, qtbot: QtBot, name: str, pinned: bool) -> None:
    menu = _menu(sidebar, name)
    texts = [a.text() for a in menu.actions() if a.text()]
    assert texts == ["重命名", "置顶" if pinned else "取消置顶", "归档", "移到文件夹", "标签", "删除"]
    actions = [a for a in menu.actions() if a.text()]
    with qtbot.waitSignal(sidebar.wishes.pinned) as caught:
        actions[1].trigger()
    assert caught.args == [[name], pinned]
    with qtbot.waitSignal(sidebar.wishes.deleted) as deleted:
        actions[-1].trigger()
    assert deleted.args == [[name]]
    actions[0].trigger()
    assert sidebar.list.findChild(QLineEdit) is not None
    menu.close()


def test_the_menu_leaves_the_open_one_alone(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_open("first")
    with qtbot.assertNotEmitted(sidebar.opened):
        qtbot.mouseClick(sidebar.list.viewport(), Qt.MouseButton.RightButton, pos=_where(sidebar, "second"))
    assert _selected(sidebar) == ["first"]


def test_menu_on_a_heading_stays_away(sidebar: Sidebar) -> None:
    where = sidebar.list.visualRect(sidebar.model.index(0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, QPoint())
    QApplication.sendEvent(sidebar.list.viewport(), event)
    assert not sidebar.list.findChildren(QMenu)


def test_search_filters_titles(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_open("third")
    sidebar.focus_search()
    assert sidebar.search.hasFocus()
    with qtbot.waitSignal(sidebar.search_changed) as caught:
        sidebar.search.setText("ir")
    assert caught.args == ["ir"]
    names = {sidebar.model.index(n).data(ID_ROLE) for n in range(sidebar.model.rowCount())}
    assert names == {None, "first", "third"}
    assert _selected(sidebar) == ["third"]
    qtbot.keyClick(sidebar.search, KEY.Key_Escape)
    assert sidebar.search.text() == ""
    qtbot.keyClick(sidebar.search, KEY.Key_Down)
    assert sidebar.list.hasFocus()


def test_the_open_conversation_stays_selected(sidebar: Sidebar, clock: SetClock) -> None:
    sidebar.set_open("third")
    sidebar.upsert(conversation("third", clock.at + 9))
    assert _selected(sidebar) == ["third"]
    sidebar.search.setText("first")
    assert _selected(sidebar) == []
    sidebar.search.setText("")
    assert _selected(sidebar) == ["third"]
    sidebar.set_open(None)
    assert _selected(sidebar) == []
    sidebar.set_open("new")
    sidebar.upsert(conversation("new", clock.at + 10))
    assert _selected(sidebar) == ["new"]
    sidebar.remove("new")
    assert sidebar.model.total() == 4


def test_buttons(sidebar: Sidebar, qtbot: QtBot) -> None:
    for made, signal in (
        (sidebar.new_button, sidebar.new_requested),
        (sidebar.hide_button, sidebar.collapse_requested),
        (sidebar.quota_button, sidebar.quota_requested),
        (sidebar.settings_button, sidebar.settings_requested),
    ):
        assert made.accessibleName() or made.text()
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(made, LEFT)


def test_spend_words(theme: Theme) -> None:
    assert [spend_word(s) for s in ("never", "ask", "allow")] == ["绝不付费", "先问我", "允许付费"]
    i18n.set_language("en")
    assert spend_word("never") == "Never pay"


def test_empty_states_are_painted(sidebar: Sidebar, both_themes: Theme) -> None:
    sidebar.set_spend("allow")
    sidebar.set_month("本月计费 2 次")
    full = sidebar.grab().toImage()
    sidebar.search.setText("“不存在”")
    nothing = sidebar.list.grab().toImage()
    sidebar.search.setText("")
    sidebar.set_conversations([])
    empty = sidebar.list.grab().toImage()
    assert nothing != empty
    assert full.size() == sidebar.grab().toImage().size()


def test_a_new_day_groups_anew(sidebar: Sidebar, clock: SetClock) -> None:
    assert sidebar.model.index(2).data() == "今天"
    assert sidebar._midnight.isActive()
    clock.at += DAY
    sidebar._midnight.timeout.emit()
    assert sidebar.model.index(2).data() == "昨天"
    assert sidebar._midnight.isActive()


def test_hovering_repaints_the_row(sidebar: Sidebar, qtbot: QtBot) -> None:
    before = sidebar.list.grab().toImage()
    qtbot.mouseMove(sidebar.list.viewport(), _where(sidebar, "second"))
    QApplication.sendEvent(sidebar.list.viewport(), QEvent(QEvent.Type.UpdateRequest))
    assert sidebar.list.hasMouseTracking()
    assert before.size() == sidebar.list.grab().toImage().size()


def test_a_tooltip_says_only_what_the_row_cannot_show(sidebar: Sidebar, clock: SetClock) -> None:
    rows = sidebar.list
    sidebar.set_conversations(
        [
            replace(conversation("short", clock.at), title="Short"),
            replace(conversation("tagged", clock.at), title="Short, too", tags=("home",)),
            replace(conversation("long", clock.at), title="<b>A long</b> title " * 9),
        ]
    )

    def tip(name: str) -> str:
        QToolTip.hideText()
        at = _where(sidebar, name)
        event = QHelpEvent(QEvent.Type.ToolTip, at, rows.viewport().mapToGlobal(at))
        QApplication.sendEvent(rows.viewport(), event)
        return QToolTip.text()

    assert tip("short") == "" and tip("tagged").count("#home") == 1
    assert "Short" not in tip("tagged")
    assert "&lt;b&gt;A long" in tip("long")
