"""Legs are dragged along the strip; a click stays a click."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.samples import SetClock, status
from ui.leg_popover import LegPopover
from ui.relay_strip import RelayStrip
from ui.theme import Theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def strip(theme: Theme, qtbot: QtBot) -> RelayStrip:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.resize(760, 200)
    made = RelayStrip(theme, SetClock())
    made.setParent(holder)
    made.setGeometry(0, 100, 760, 44)
    made.set_legs(
        [status("alibaba", "qwen-plus"), status("zhipu", "glm-4.7-flash"), status("tencent", "hy3")]
    )
    holder.show()
    made.holder = holder  # type: ignore[attr-defined] - keeps the window alive
    return made


def drag(strip: RelayStrip, leg: int, to: int, *, drop: bool = True) -> None:
    """Press on a leg and move to `to` pixels along the strip."""
    button = strip.legs[leg]
    QTest.mousePress(button, LEFT, pos=QPoint(40, 20))
    for part in (0.3, 0.7, 1.0):
        at = round(button.x() + 40 + (to - button.x() - 40) * part)
        QTest.mouseMove(button, QPoint(at - button.x(), 20))
    if drop:
        QTest.mouseRelease(button, LEFT, pos=QPoint(to - button.x(), 20))


@pytest.mark.parametrize(
    ("leg", "target", "places"), [(0, 2, 2), (0, 1, 1), (2, 0, -2), (1, 0, -1), (1, 2, 1)]
)
def test_a_leg_lands_where_it_is_dropped(
    strip: RelayStrip, qtbot: QtBot, leg: int, target: int, places: int
) -> None:
    to = strip.legs[target].geometry()
    x = to.right() - 10 if places > 0 else to.left() + 10
    moved_leg = strip.legs[leg].leg_id
    with qtbot.waitSignal(strip.move_requested) as caught:
        drag(strip, leg, x)
    assert caught.args == [moved_leg, places]
    assert strip.findChild(LegPopover) is None, "a drag is no click"


def test_dropped_where_it_was_nothing_moves(strip: RelayStrip, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(strip.move_requested):
        drag(strip, 1, strip.legs[1].geometry().center().x() + 20)
    assert strip.findChild(LegPopover) is None


def test_a_shaky_click_opens_the_details(strip: RelayStrip, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(strip.move_requested):
        drag(strip, 1, strip.legs[1].x() + 43)
    popover = strip.findChild(LegPopover)
    assert popover is not None and popover.leg_id == "zhipu:glm-4.7-flash"
    popover.close()


def test_the_mark_stands_at_the_gap_and_escape_gives_up(strip: RelayStrip, qtbot: QtBot) -> None:
    def line_at(x: int) -> bool:
        image = strip.grab().toImage()
        accent = strip._theme.color("accent").rgb()
        return any(image.pixel(x + d, 20) == accent for d in (-1, 0, 1))

    edge = strip.legs[2].x()
    assert not line_at(edge)
    drag(strip, 0, edge + 10, drop=False)
    assert line_at(edge) and strip.legs[0].cursor().shape() is Qt.CursorShape.ClosedHandCursor
    with qtbot.assertNotEmitted(strip.move_requested):
        QTest.keyClick(strip.legs[0], Qt.Key.Key_Escape)
        assert not line_at(edge)
        QTest.mouseRelease(strip.legs[0], LEFT, pos=QPoint(500, 20))


def test_the_practice_relay_keeps_its_order(strip: RelayStrip, qtbot: QtBot) -> None:
    strip.set_practice(True)
    with qtbot.assertNotEmitted(strip.move_requested):
        drag(strip, 0, strip.legs[2].geometry().right() - 5)


def test_a_chain_that_changes_meanwhile_ends_the_drag(strip: RelayStrip, qtbot: QtBot) -> None:
    drag(strip, 0, strip.legs[2].x() + 10, drop=False)
    strip.set_legs([status("tencent", "hy3"), status("alibaba", "qwen-plus")])
    with qtbot.assertNotEmitted(strip.move_requested):
        QTest.mouseRelease(strip.legs[0], LEFT, pos=QPoint(500, 20))
    assert not strip._drag.dragging


def test_the_keyboard_goes_with_the_leg_it_moves(strip: RelayStrip, qtbot: QtBot) -> None:
    order = [status("alibaba", "qwen-plus"), status("zhipu", "glm-4.7-flash"), status("tencent", "hy3")]
    moved: list[tuple[str, int]] = []
    strip.move_requested.connect(lambda leg, places: moved.append((leg, places)))
    with qtbot.waitActive(strip.window()):
        strip.window().activateWindow()
    strip.legs[0].setFocus()
    for at in (0, 1):
        QTest.keyClick(strip.legs[at], Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        order.insert(at + 1, order.pop(at))
        strip.set_legs(order)
        assert strip.legs[at + 1].hasFocus()
    assert moved == [("alibaba:qwen-plus", 1)] * 2
