"""Choosing several rows, by mouse and by keyboard, and what happens to the choice when the list changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from tests.ui.samples import SetClock, conversation
from ui.models.conversations import ID_ROLE
from ui.models.row_changes import PAGE
from ui.sidebar import Sidebar
from ui.theme import Theme

KEY = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sidebar(theme: Theme, clock: SetClock, qtbot: QtBot) -> Sidebar:
    made = Sidebar(theme, clock)
    qtbot.addWidget(made)
    made.resize(264, 700)
    made.set_conversations(
        [conversation(f"c{n}", clock.at - n, folder="f" if n > 6 else None) for n in range(9)]
    )
    made.set_open("c0")
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def chosen(sidebar: Sidebar) -> list[str]:
    """What is chosen, which Qt's selection has to mirror."""
    ids = sorted(sidebar.list.choice.ids())
    shown = sorted(i.data(ID_ROLE) for i in sidebar.list.selectionModel().selectedIndexes())
    assert shown == [one for one in ids if sidebar.model.index_of(one).isValid()]
    return ids


def _click(sidebar: Sidebar, qtbot: QtBot, name: str, held: Qt.KeyboardModifier) -> None:
    where = sidebar.list.visualRect(sidebar.model.index_of(name)).center()
    qtbot.mouseClick(sidebar.list.viewport(), LEFT, held, where)


def test_mouse(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(sidebar.opened):
        _click(sidebar, qtbot, "c2", CTRL)
        assert chosen(sidebar) == ["c0", "c2"]
        _click(sidebar, qtbot, "c4", SHIFT)
        assert chosen(sidebar) == ["c2", "c3", "c4"]
        _click(sidebar, qtbot, "c3", CTRL)
        assert chosen(sidebar) == ["c2", "c4"]
    with qtbot.waitSignal(sidebar.opened):
        _click(sidebar, qtbot, "c4", Qt.KeyboardModifier.NoModifier)
    assert chosen(sidebar) == ["c4"]


def test_keyboard(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = sidebar.list
    view.setFocus()
    qtbot.keyClick(view, KEY.Key_Down, SHIFT)
    qtbot.keyClick(view, KEY.Key_Down, SHIFT)
    assert chosen(sidebar) == ["c0", "c1", "c2"]
    qtbot.keyClick(view, KEY.Key_Down)
    qtbot.keyClick(view, KEY.Key_Space, CTRL)
    assert chosen(sidebar) == ["c0", "c1", "c2", "c3"]
    with qtbot.waitSignal(sidebar.wishes.deleted) as caught:
        qtbot.keyClick(view, KEY.Key_Delete)
    assert sorted(caught.args[0]) == ["c0", "c1", "c2", "c3"]
    qtbot.keyClick(view, KEY.Key_Escape)
    assert chosen(sidebar) == ["c0"]
    qtbot.keyClick(view, KEY.Key_A, CTRL)
    assert len(chosen(sidebar)) == 9
    qtbot.keyClick(view, KEY.Key_Escape)
    sidebar.set_open(None)
    view.setCurrentIndex(sidebar.model.index_of("c4"))
    qtbot.keyClick(view, KEY.Key_Down, SHIFT)
    assert chosen(sidebar) == ["c4", "c5"], "from the keyboard's row when nothing is chosen"


def test_the_choice_survives_changes(sidebar: Sidebar, qtbot: QtBot, clock: SetClock) -> None:
    _click(sidebar, qtbot, "c1", CTRL)
    _click(sidebar, qtbot, "c8", CTRL)
    qtbot.waitUntil(lambda: sidebar._bulk is not None)
    sidebar.upsert(conversation("c8", clock.at + 5))
    sidebar.upsert(conversation("new", clock.at + 9))
    assert chosen(sidebar) == ["c0", "c1", "c8"]
    sidebar.remove("c1")
    assert chosen(sidebar) == ["c0", "c8"]
    sidebar.model.fold("f", True)
    sidebar.remove("c8")
    assert chosen(sidebar) == ["c0"]
    assert sidebar._bulk is not None
    assert not sidebar._bulk.isVisible()


def test_the_keyboards_row_stays_on_its_conversation(sidebar: Sidebar, clock: SetClock) -> None:
    sidebar.list.setCurrentIndex(sidebar.model.index_of("c5"))
    sidebar.upsert(conversation("c5", clock.at + 7))
    assert sidebar.list.currentIndex().data(ID_ROLE) == "c5"
    assert sidebar.list.currentIndex().row() == sidebar.model.index_of("c5").row()


def test_all_are_chosen_that_have_not_appeared(sidebar: Sidebar, qtbot: QtBot, clock: SetClock) -> None:
    sidebar.set_conversations([conversation(str(n), clock.at - n) for n in range(2 * PAGE)])
    sidebar.list.setFocus()
    qtbot.keyClick(sidebar.list, KEY.Key_A, CTRL)
    assert len(chosen(sidebar)) == 2 * PAGE
    while sidebar.model.canFetchMore():
        sidebar.model.fetchMore()
    assert len(sidebar.list.selectionModel().selectedIndexes()) == 2 * PAGE


def test_the_bar_says_and_wishes(sidebar: Sidebar, qtbot: QtBot, clock: SetClock) -> None:
    _click(sidebar, qtbot, "c1", CTRL)
    qtbot.waitUntil(lambda: sidebar._bulk is not None)
    bar = sidebar._bulk
    assert bar is not None
    assert bar.isVisible()
    assert bar.count.text() == "已选 2 个"
    with qtbot.waitSignal(sidebar.wishes.archived) as caught:
        qtbot.mouseClick(bar.archive, LEFT)
    assert (sorted(caught.args[0]), caught.args[1]) == (["c0", "c1"], True)
    with qtbot.waitSignal(sidebar.wishes.pinned) as caught:
        qtbot.mouseClick(bar.pin, LEFT)
    assert caught.args[1] is True
    with qtbot.waitSignal(sidebar.wishes.deleted):
        qtbot.mouseClick(bar.delete, LEFT)
    qtbot.mouseClick(bar.move_to, LEFT)
    menu = next(m for m in bar.findChildren(QMenu) if m.isVisible())
    with qtbot.waitSignal(sidebar.wishes.moved) as caught:
        next(a for a in menu.actions() if a.text() == "f").trigger()
    assert caught.args[1] == "f"
    menu.close()
    for made in (bar.archive, bar.move_to, bar.tag, bar.pin, bar.delete, bar.close_button):
        assert made.text() or made.accessibleName()
    qtbot.mouseClick(bar.close_button, LEFT)
    assert not bar.isVisible()


def _press(sidebar: Sidebar, kind: QEvent.Type, key: Qt.Key) -> None:
    QApplication.sendEvent(sidebar.list, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier))


def test_dragging(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = sidebar.list
    viewport = view.viewport()
    start = view.visualRect(sidebar.model.index_of("c2")).center()
    folder = view.visualRect(sidebar.model.index_of_folder("f")).center()
    with qtbot.assertNotEmitted(sidebar.wishes.moved):
        qtbot.mousePress(viewport, LEFT, pos=start)
        qtbot.mouseMove(viewport, start + QPoint(0, 40))
        assert view._drag.active
        _press(sidebar, QEvent.Type.KeyPress, KEY.Key_Escape)
        assert not view._drag.active
        qtbot.mouseRelease(viewport, LEFT, pos=folder)
    with qtbot.waitSignal(sidebar.wishes.moved) as caught:
        qtbot.mousePress(viewport, LEFT, pos=start)
        qtbot.mouseMove(viewport, start + QPoint(0, 40))
        qtbot.mouseMove(viewport, folder)
        assert view._drag.target() == ("f",)
        view.grab()
        qtbot.mouseRelease(viewport, LEFT, pos=folder)
    assert caught.args == [["c2"], "f"]
    inside = view.visualRect(sidebar.model.index_of("c8")).center()
    with qtbot.waitSignal(sidebar.wishes.moved) as caught:
        qtbot.mousePress(viewport, LEFT, pos=inside)
        qtbot.mouseMove(viewport, inside + QPoint(0, 20))
        qtbot.mouseMove(viewport, start)
        qtbot.mouseRelease(viewport, LEFT, pos=start)
    assert caught.args == [["c8"], None]
