from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from tests.ui.samples import SetClock, conversation
from ui.composer import Composer
from ui.main_window import COLUMN, MainWindow, column_width
from ui.relay_strip import RelayStrip
from ui.sidebar import Sidebar
from ui.theme import Theme

KEY = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def make(theme: Theme, qtbot: QtBot) -> MainWindow:
    clock = SetClock()
    window = MainWindow(theme, Sidebar(theme, clock), Composer(theme, RelayStrip(theme, clock)))
    window.set_transcript(QWidget())
    window.sidebar.set_conversations([conversation("a", clock.at), conversation("b", clock.at - 9)])
    window.sidebar.set_open("a")
    window.set_title("a")
    qtbot.addWidget(window, before_close_func=lambda w: w.hide())
    window.resize(1120, 760)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> MainWindow:
    return make(theme, qtbot)


def test_the_layout_of_the_style_guide(window: MainWindow) -> None:
    assert window.sidebar.width() == 264
    assert window.header.height() == 44
    assert not window.header.sidebar_button.isVisible()
    composer = window.composer
    middle = composer.mapTo(window, composer.rect().center()).x()
    assert abs(middle - (264 + (1120 - 264) // 2)) <= 1
    assert composer.mapTo(window, QPoint(0, composer.height())).y() == 760 - 12
    assert window.minimumSize().toTuple() == (640, 480)


@pytest.mark.parametrize(("width", "column"), [(376, 352), (640, 592), (780, 732), (2000, COLUMN)])
def test_column_width(width: int, column: int) -> None:
    assert column_width(width) == column


def test_the_composer_stands_under_the_transcripts_column(theme: Theme, qtbot: QtBot) -> None:
    clock = SetClock()
    area = QScrollArea()
    composer = Composer(theme, RelayStrip(theme, clock))
    window = MainWindow(theme, Sidebar(theme, clock), composer)
    window.set_transcript(area)
    qtbot.addWidget(window, before_close_func=lambda w: w.hide())

    def aligned() -> bool:
        column = column_width(area.width())
        left = area.mapTo(window, QPoint(0, 0)).x() + (area.width() - column) // 2
        return (composer.mapTo(window, QPoint(0, 0)).x(), composer.width()) == (left, column)

    for width in (1600, 900, 700):
        window.resize(width, 700)
        window.show()
        qtbot.waitUntil(aligned)
    left = composer.mapTo(window, QPoint(0, 0)).x()
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    qtbot.waitUntil(lambda: area.viewport().width() < area.width())
    assert aligned() and composer.mapTo(window, QPoint(0, 0)).x() == left, "a scroll bar moves nothing"


def test_sidebar_hides_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.sidebar.hide_button, LEFT)
    assert not window.sidebar.isVisible()
    assert window.header.sidebar_button.isVisible()
    assert window.header.mapTo(window, QPoint(0, 0)).x() == 0
    qtbot.mouseClick(window.header.sidebar_button, LEFT)
    assert window.sidebar.isVisible()
    qtbot.keyClick(window, KEY.Key_B, CTRL)
    assert not window.sidebar_shown()


def test_narrow_windows_lay_the_sidebar_over(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(700, 600)
    assert not window.sidebar.isVisible()
    window.toggle_sidebar()
    assert window.sidebar.isVisible()
    assert window.header.mapTo(window, QPoint(0, 0)).x() == 0, "it lies over the page"
    with qtbot.waitSignal(window.sidebar.opened):
        where = window.sidebar.list.visualRect(window.sidebar.model.index_of("b")).center()
        qtbot.mouseClick(window.sidebar.list.viewport(), LEFT, pos=where)
    assert not window.sidebar.isVisible(), "choosing closes it"
    window.toggle_sidebar()
    qtbot.mouseClick(window._scrim, LEFT, pos=QPoint(650, 300))
    assert not window.sidebar.isVisible(), "a click beside closes it"
    window.toggle_sidebar()
    qtbot.keyClick(window, KEY.Key_Escape)
    assert not window.sidebar.isVisible()
    window.resize(1120, 700)
    assert window.sidebar.isVisible()


def test_the_sidebar_is_dragged_within_its_bounds(window: MainWindow) -> None:
    for x, width in ((320, 320), (90, 200), (900, 400)):
        window._handle.dragged.emit(x)
        assert window.sidebar.width() == width


def test_shortcuts(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.new_requested):
        qtbot.keyClick(window, KEY.Key_N, CTRL)
    with qtbot.waitSignal(window.settings_requested):
        qtbot.keyClick(window, KEY.Key_Comma, CTRL)
    window.toggle_sidebar()
    with qtbot.waitSignal(window.palette_requested):
        qtbot.keyClick(window, KEY.Key_K, CTRL)
    qtbot.keyClick(window, KEY.Key_F, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert window.sidebar.isVisible()
    assert window.sidebar.search.hasFocus()
    qtbot.keyClick(window, KEY.Key_L, CTRL)
    assert window.composer.editor.hasFocus()


def test_f2_edits_where_the_keyboard_is(window: MainWindow, qtbot: QtBot) -> None:
    window.composer.setFocus()
    qtbot.keyClick(window, KEY.Key_F2)
    editor = window.header.findChild(QLineEdit)
    assert editor is not None
    editor.setText(" 新  标题 ")
    with qtbot.waitSignal(window.header.title_edited) as caught:
        qtbot.keyClick(editor, KEY.Key_Return)
    assert caught.args == ["新 标题"]
    window.sidebar.list.setFocus()
    qtbot.keyClick(window, KEY.Key_F2)
    assert window.sidebar.list.findChild(QLineEdit) is not None


def test_title_editing_can_be_left(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(window.header.title_edited):
        window.header.edit_title()
        editor = window.header.findChild(QLineEdit)
        assert editor is not None
        editor.setText("never")
        qtbot.keyClick(editor, KEY.Key_Escape)
        window.header.edit_title()
        window.header.edit_title()
        window.composer.setFocus()
    window.set_title("", editable=False)
    window.header.edit_title()
    assert not window.header.rename_button.isVisible()


def test_titles_reach_the_frame(window: MainWindow) -> None:
    window.set_title("令牌桶")
    assert window.windowTitle() == "令牌桶 · 接力 Jieli"
    window.set_title("")
    assert window.windowTitle() == "接力 Jieli"


def test_pages(window: MainWindow, qtbot: QtBot) -> None:
    page = QPushButton("设置")
    window.add_page("settings", page)
    assert window.has_page("settings")
    assert not window.has_page("welcome")
    with qtbot.waitSignal(window.page_changed) as caught:
        window.show_page("settings")
    assert caught.args == ["settings"]
    assert page.isVisible()
    assert not window.sidebar.isVisible()
    assert page.width() == window.width()
    with qtbot.waitSignal(window.escape_pressed):
        qtbot.keyClick(window, KEY.Key_Escape)
    qtbot.keyClick(window, KEY.Key_F, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert window.page() == "chat"
    with pytest.raises(ValueError, match="nowhere"):
        window.show_page("nowhere")


def test_closing_is_only_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.closing):
        assert not window.close()
    assert not window.isVisible()


def test_geometry_survives(theme: Theme, window: MainWindow, qtbot: QtBot) -> None:
    window.resize(780, 500)
    window._handle.dragged.emit(310)
    saved = window.save_geometry()
    other = make(theme, qtbot)
    assert other.restore_geometry(saved)
    assert other.size().toTuple() == (780, 500)
    assert other.sidebar.width() == 310
    for broken in ("", "x", "300 1 !!!", "300 1 AAAA", "a b c d"):
        assert not other.restore_geometry(broken)
    assert other.size().toTuple() == (780, 500)


def test_notices_by_name(window: MainWindow, qtbot: QtBot) -> None:
    assert not window.notices.isVisible()
    window.set_practice(True)
    assert window.notices.isVisible()
    pressed: list[bool] = []
    window.notices.put("keys", "密钥只保留到退出", "cool", "怎么办", lambda: pressed.append(True))
    window.notices.put("keys", "密钥只保留到退出", "cool", "怎么办", lambda: pressed.append(True))
    assert window.notices.names() == ["practice", "keys"]
    link = window.notices.findChildren(QPushButton)[-1]
    link.click()
    assert pressed == [True]
    window.set_practice(False)
    window.notices.clear("keys")
    window.notices.clear("keys")
    assert not window.notices.isVisible()


def test_the_bar_for_undo_stands_over_the_composer_as_it_is_then(theme: Theme, qtbot: QtBot) -> None:
    window = make(theme, qtbot)
    toast = window.toast

    def clear() -> bool:
        gap = window.composer.mapTo(window, QPoint(0, 0)).y() - toast.mapTo(window, QPoint(0, 0)).y()
        return 0 < gap - toast.height() < 40

    for text in ("", "一\n二\n三\n四\n五"):
        window.composer.set_text(text)
        qtbot.wait(10)
        toast.show_text("已删除")
        assert clear()
    # It makes way for a composer that grows.
    before = window.composer.height()
    window.composer.set_text("\n" * 12)
    qtbot.waitUntil(lambda: window.composer.height() > before and clear())
    window.composer.set_text("")
    qtbot.waitUntil(lambda: window.composer.height() < before and clear())


def test_undo(window: MainWindow, qtbot: QtBot) -> None:
    undone: list[str] = []
    toast = window.toast
    toast.show_undo("已删除“a”", lambda: undone.append("a"))
    assert toast.isVisible()
    bottom = toast.mapTo(window, QPoint(0, toast.height())).y()
    top = window.composer.mapTo(window, QPoint(0, 0)).y()
    assert bottom < top, "it does not cover the composer"
    assert top - bottom < 40
    toast._action.click()
    toast._action.click()
    assert undone == ["a"]
    assert not toast.isVisible()
    toast.show_undo("已删除“b”", lambda: undone.append("b"))
    toast._timer.timeout.emit()
    assert not toast.isVisible()
    toast.show_text("已复制")
    assert not toast._action.isVisible()
    toast.dismiss()
    assert undone == ["a"]


def test_the_more_menu_shows_when_it_has_something(window: MainWindow, qtbot: QtBot) -> None:
    header = window.header
    assert not header.more_button.isVisible()
    header.menu.addAction("导出")
    header.menu_changed()
    qtbot.mouseClick(header.more_button, LEFT)
    assert header.menu.isVisible()
    header.menu.close()
    header.set_chain("快到期的先用")
    with qtbot.waitSignal(header.chain_requested):
        qtbot.mouseClick(header.chain_button, LEFT)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(640, 480), (900, 600), (1600, 900)])
def test_every_control_has_a_name_and_is_reached_by_tab(
    theme: Theme, qtbot: QtBot, language: i18n.Language, size: tuple[int, int]
) -> None:
    i18n.set_language(language)
    window = make(theme, qtbot)
    window.resize(*size)
    window.composer.set_text("x")
    seen: set[QWidget] = set()
    for _ in range(40):
        focus = window.focusWidget()
        assert focus is not None
        assert focus.accessibleName() or getattr(focus, "text", str)(), focus
        seen.add(focus)
        qtbot.keyClick(focus, KEY.Key_Tab)
    assert window.composer.editor in seen
    assert window.composer.send_button in seen
    if window.sidebar.isVisible():
        assert {window.sidebar.list, window.sidebar.search, window.sidebar.settings_button} <= seen
    assert not window.grab().isNull()
