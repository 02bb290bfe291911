"""The field for secrets, the list put in order by hand, and the other parts."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from tests.ui.settings import samples
from ui.models.chain import ChainModel
from ui.settings.chain_editor import ChainEditor
from ui.settings.form import Adaptive, Radios, SecretField, Segment
from ui.settings.number import Number
from ui.settings.reorder import ReorderView
from ui.settings.values import check_state
from ui.settings.words import check_words
from ui.theme import Theme

SECRET = "made-up-" + "x" * 20 + "q4Zk"


@pytest.fixture
def field(qtbot, theme: Theme) -> SecretField:
    made = SecretField("粘贴密钥")
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_pasted_secret_is_handed_on_once_and_forgotten(field: SecretField) -> None:
    told: list[str] = []
    at_that_time: list[str] = []
    field.entered.connect(told.append)
    field.entered.connect(lambda _: at_that_time.append(field.text()))
    QGuiApplication.clipboard().setText(f"  {SECRET}\n")
    field.paste()
    assert told == [SECRET]
    assert at_that_time == [""]
    field.setEchoMode(QLineEdit.EchoMode.Normal)
    field.undo()
    assert field.text() == ""
    field.redo()
    assert field.text() == ""


def test_a_secret_is_never_shown(field: SecretField) -> None:
    QTest.keyClicks(field, "abc")
    assert field.echoMode() == QLineEdit.EchoMode.Password
    assert field.displayText() == "●●●" or "abc" not in field.displayText()


def test_typing_waits_for_enter(field: SecretField) -> None:
    told: list[str] = []
    field.entered.connect(told.append)
    QTest.keyClicks(field, SECRET)
    assert told == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (told, field.text()) == ([SECRET], "")


def test_blanks_are_no_secret(field: SecretField) -> None:
    told: list[str] = []
    field.entered.connect(told.append)
    QGuiApplication.clipboard().setText(" " * 20)
    field.paste()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (told, field.text()) == ([], "")


def test_two_pastes_are_two_secrets(field: SecretField) -> None:
    told: list[str] = []
    field.entered.connect(told.append)
    for text in ("first-" + "a" * 20, "second-" + "b" * 20):
        QGuiApplication.clipboard().setText(text)
        field.paste()
    assert told == ["first-" + "a" * 20, "second-" + "b" * 20]


@pytest.fixture
def rows(qtbot, theme: Theme) -> tuple[ReorderView, ChainModel, list[tuple[int, int]]]:
    """Three rows of which the last two can be moved."""
    model = ChainModel()
    model.replace(samples.entries())
    view = ReorderView(theme, lambda: range(1, 3))
    view.setModel(model)
    qtbot.addWidget(view)
    model.setParent(view)
    view.resize(300, 200)
    view.show()
    told: list[tuple[int, int]] = []
    view.moved.connect(lambda row, to: told.append((row, to)))
    return view, model, told


def drag(view: ReorderView, row: int, y: int) -> None:
    start = view.visualRect(view.model().index(row, 0)).center()
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(port, QPoint(start.x(), (start.y() + y) // 2))
    QTest.mouseMove(port, QPoint(start.x(), y))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(start.x(), y))


def test_a_row_is_dragged_within_its_range(rows) -> None:
    view, _, told = rows
    drag(view, 2, 0)
    assert told == [(2, 1)]
    drag(view, 1, 190)
    assert told == [(2, 1), (1, 2)]


def test_a_row_outside_the_range_does_not_move(rows) -> None:
    view, _, told = rows
    drag(view, 0, 190)
    assert told == []


def test_a_click_is_no_drag(rows) -> None:
    view, _, told = rows
    at = view.visualRect(view.model().index(2, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert told == []
    assert view.currentIndex().row() == 2


def test_escape_ends_a_drag(rows) -> None:
    view, _, told = rows
    start = view.visualRect(view.model().index(2, 0)).center()
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), QPoint(start.x(), 0))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(start.x(), 0))
    assert told == []


def test_alt_and_arrows_move_a_row(rows) -> None:
    view, model, told = rows
    view.setCurrentIndex(model.index(1))
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert told == [(1, 2)], "row 0 is not one of those that move"


@pytest.fixture
def editor(qtbot, theme: Theme) -> ChainEditor:
    made = ChainEditor(theme)
    qtbot.addWidget(made)
    made.show_chain(samples.entries(), samples.choices(), automatic=False)
    made.resize(600, 300)
    made.show()
    return made


def test_the_chain_is_edited_by_buttons_and_keys(editor: ChainEditor) -> None:
    told: list[tuple[str, ...]] = []
    editor.changed.connect(told.append)
    editor.view.setCurrentIndex(editor.model.index(1))
    editor.up.click()
    assert told[-1] == ("alibaba:qwen-plus", "zhipu:glm-4.7-flash", "zhipu:glm-9")
    assert (editor.up.isEnabled(), editor.down.isEnabled()) == (False, True)
    editor.down.click()
    assert told[-1] == ("zhipu:glm-4.7-flash", "alibaba:qwen-plus", "zhipu:glm-9")
    editor.view.setCurrentIndex(editor.model.index(2))
    QTest.keyClick(editor.view, Qt.Key.Key_Delete)
    assert told[-1] == ("zhipu:glm-4.7-flash", "alibaba:qwen-plus")
    editor.automatic.click()
    assert told[-1] == ()


def test_only_legs_outside_the_chain_can_be_added(editor: ChainEditor) -> None:
    told: list[tuple[str, ...]] = []
    editor.changed.connect(told.append)
    menu = editor.menu()
    assert [action.text() for action in menu.actions()] == ["商汤 日日新  1,500 次 / 5 小时"]
    menu.actions()[0].trigger()
    assert told == [("zhipu:glm-4.7-flash", "alibaba:qwen-plus", "zhipu:glm-9", "sensetime")]
    rest = editor.menu().actions()
    assert [(a.text(), a.isEnabled()) for a in rest] == [("没有可以再加的", False)]


def test_showing_a_chain_tells_nobody(editor: ChainEditor) -> None:
    told: list[object] = []
    editor.changed.connect(told.append)
    editor.show_chain([], (), automatic=True)
    assert told == []
    assert editor.automatic.isHidden()
    assert not editor._empty.isHidden()


def test_choices_follow_arrows_and_tell_only_the_users(qtbot, theme: Theme) -> None:
    segment = Segment(theme, (("a", "甲"), ("b", "乙")))
    radios = Radios((("a", "甲", "其一"), ("b", "乙", "其二")))
    for made, key in ((segment, Qt.Key.Key_Right), (radios, Qt.Key.Key_Down)):
        qtbot.addWidget(made)
        told: list[str] = []
        made.chosen.connect(told.append)
        made.choose("a")
        made.choose("unknown")
        with qtbot.waitActive(made):
            made.show()
            made.activateWindow()
        assert told == []
        first = made._group.buttons()[0]
        first.setFocus()
        QTest.keyClick(first, key)
        assert told == ["b"]


def test_the_wheel_does_not_change_a_number_in_passing(qtbot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    other, number = QLineEdit(window), Number(1, 20, " 次")
    number.setParent(window)
    number.setValue(5)
    window.show()
    other.setFocus()
    assert number.lineEdit().width() > 40
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    no_keys = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), none, no_keys, phase, False)
    number.wheelEvent(event)
    assert number.value() == 5
    assert not event.isAccepted()


def test_chevrons_count_and_a_held_one_goes_on(qtbot, theme: Theme) -> None:
    number = Number(1, 6, " s")
    qtbot.addWidget(number)
    number.setValue(3)
    number.show()
    up, down = (QPoint(number.width() - 10, y) for y in (6, number.height() - 6))
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(number, left, pos=up)
    assert number.value() == 4
    QTest.mouseClick(number, left, pos=down)
    QTest.mouseClick(number, left, pos=down)
    assert number.value() == 2
    QTest.mousePress(number, left, pos=up)
    qtbot.waitUntil(lambda: number.value() == 6, timeout=20_000)
    QTest.mouseRelease(number, left, pos=up)
    assert not number._pace.isActive()


def test_two_widgets_stand_above_each_other_where_it_is_narrow(qtbot, theme: Theme) -> None:
    first, second = QWidget(), QWidget()
    first.setMinimumSize(150, 20)
    second.setFixedSize(200, 20)
    pair = Adaptive(first, second)
    qtbot.addWidget(pair)
    pair.resize(600, 100)
    pair.show()
    assert first.y() == second.y() or second.x() > first.x()
    pair.resize(300, 100)
    qtbot.waitUntil(lambda: second.y() > first.y())
    assert pair.minimumSizeHint().width() == 200
    pair.resize(600, 100)
    qtbot.waitUntil(lambda: second.x() > first.x())


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (None, "unchecked"),
        ("checking", "checking"),
        ("ok", "ok"),
        ("auth", "bad"),
        ("region_blocked", "bad"),
        ("rate_limited", "unsure"),
        ("network", "unsure"),
    ],
)
def test_what_a_stored_check_means(kind: str | None, state: str) -> None:
    assert check_state(kind) == state


def test_a_good_check_says_how_fast_and_when() -> None:
    now = time.time()
    record = samples.key("k", "zhipu", check_kind="ok", check_ms=470, checked_at=now)
    clock = time.strftime("%H:%M", time.localtime(now))
    assert check_words(record, now) == ("ok", f"可用 · 首字 0.5 s · 查于 {clock}")
    day = time.strftime("%m-%d", time.localtime(now))
    assert check_words(record, now + 86_400 * 2)[1].endswith(day)
    assert check_words(samples.key("k", "zhipu")) == ("unchecked", "还没检查")
    state, text = check_words(samples.key("k", "zhipu", check_kind="auth"))
    assert state == "bad"
    assert text
