from __future__ import annotations

import pytest
from PySide6.QtCore import QAbstractAnimation, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from tests.ui.samples import SetClock, status
from ui.leg_button import elided_name, wait_share
from ui.leg_facts import LegFacts
from ui.leg_popover import LegPopover
from ui.relay_strip import RelayStrip
from ui.strip_room import narrow_places
from ui.theme import Theme

KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def strip(theme: Theme, clock: SetClock, qtbot: QtBot) -> RelayStrip:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.resize(760, 200)
    made = RelayStrip(theme, clock)
    made.setParent(holder)
    made.setGeometry(0, 100, 760, 44)
    made.set_legs(
        [
            status("alibaba", "qwen-plus", "parked", kind="quota_exhausted", code="FreeTierOnly"),
            status("zhipu", "glm-4.7-flash", "cooling", until=clock.at + 42, since=clock.at - 18),
            status("tencent", "hy3"),
        ]
    )
    with qtbot.waitActive(holder):
        holder.show()
        holder.activateWindow()
    made.holder = holder  # type: ignore[attr-defined] - keeps the window alive
    return made


def test_legs_share_the_width(strip: RelayStrip) -> None:
    assert strip.height() == 44
    edges = [(leg.x(), leg.geometry().right() + 1) for leg in strip.legs]
    assert edges[0][0] == 0
    assert edges[0][1] == edges[1][0]
    assert edges[1][1] == edges[2][0]
    assert edges[2][1] <= strip.spend_button.x()


def test_accessible_names_say_place_name_state(strip: RelayStrip) -> None:
    strip.set_remainders({"tencent:hy3": "剩 86.3 万 token"})
    strip.set_running("tencent:hy3")
    assert strip.legs[2].accessibleName() == "第 3 棒，腾讯混元 hy3，接力中 · 剩 86.3 万 token"
    assert "0:42" in strip.legs[1].accessibleName()
    strip.set_pinned("tencent:hy3")
    assert strip.legs[2].accessibleName().endswith("只用这一棒")
    i18n.set_language("en")
    strip.set_running(None)
    strip.set_legs([leg.status for leg in strip.legs if leg.status])
    assert strip.legs[0].accessibleName().startswith("Leg 1, Qwen qwen-plus, ")


def test_the_light_slides_from_leg_to_leg(strip: RelayStrip, qtbot: QtBot) -> None:
    strip.set_running("zhipu:glm-4.7-flash")
    assert strip._light.rect.toRect() == strip.legs[1].geometry(), "the first light does not slide in"
    strip.set_running("tencent:hy3")
    slide = strip._light._slide
    assert slide is not None
    assert slide.duration() == 180
    assert slide.state() == QAbstractAnimation.State.Running
    qtbot.waitUntil(lambda: slide.state() == QAbstractAnimation.State.Stopped)
    assert strip._light.rect.toRect() == strip.legs[2].geometry()
    strip.set_running(None)
    assert not strip._light.rect.isValid()


def test_reduced_motion_jumps(strip: RelayStrip) -> None:
    strip.set_reduced_motion(True)
    strip.set_running("zhipu:glm-4.7-flash")
    strip.set_running("tencent:hy3")
    assert strip._light._slide is None
    assert strip._light.rect.toRect() == strip.legs[2].geometry()


def test_the_clock_runs_only_while_something_cools_and_is_seen(
    strip: RelayStrip, clock: SetClock, qtbot: QtBot
) -> None:
    strip.grab()
    assert strip._tick.isActive()
    expired: list[bool] = []
    strip.expired.connect(lambda: expired.append(True))
    clock.at += 10
    strip._tick.timeout.emit()
    assert "0:32" in strip.legs[1].words
    assert expired == []
    clock.at += 32
    strip._tick.timeout.emit()
    assert expired == [True]
    strip.set_legs([status("tencent", "hy3")])
    strip._tick.stop()
    strip.grab()
    assert not strip._tick.isActive()


def test_a_hidden_strip_does_not_tick(strip: RelayStrip, clock: SetClock) -> None:
    strip.hide()
    strip._tick.stop()
    strip._second()
    assert not strip._tick.isActive()


def test_narrow_and_overflow(strip: RelayStrip, qtbot: QtBot) -> None:
    strip.set_legs([status("zhipu", f"m{n}") for n in range(7)])
    strip.set_running("zhipu:m6")
    strip.resize(560, 44)
    assert strip.height() == 28
    shown = [leg for leg in strip.legs if leg.isVisible()]
    assert 2 <= len(shown) < 7
    assert strip.legs[6] in shown, "the running leg is always there"
    assert strip._more.isVisible()
    assert strip._more.text() == f"+{7 - len(shown)}"
    qtbot.mouseClick(strip._more, LEFT)
    (menu,) = strip.findChildren(QMenu)
    assert len(menu.actions()) == 7 - len(shown), "those that are not shown"
    menu.actions()[0].trigger()
    popover = strip.findChild(LegPopover)
    assert popover is not None
    assert popover.leg_id == "zhipu:m0"
    popover.close()
    menu.close()


def test_narrow_legs_are_as_wide_as_their_names_want() -> None:
    assert narrow_places([70, 140, 90], 330, 0) == [(0, 0, 80), (1, 80, 230), (2, 230, 330)]
    cut = narrow_places([100] * 9, 440, 7)
    assert cut == [(n, (n - 4) * 100, (n - 3) * 100) for n in range(4, 8)], "the last is the one kept"
    assert narrow_places([100] * 9, 440, 2)[-1] == (3, 300, 400)
    assert narrow_places([400, 60], 300, 0) == [(0, 0, 260)], "one that is too long gets what there is"
    assert narrow_places([], 300, 0) == []


def test_a_long_name_is_whole_beside_short_ones(strip: RelayStrip) -> None:
    i18n.set_language("en")
    legs = [("alibaba", "qwen-plus"), ("zhipu", "glm-4.7-flash"), ("tencent", "hy3"), ("sensetime", "x")]
    strip.set_legs([status(*leg) for leg in legs])
    strip.resize(580, 44)
    assert strip.height() == 28
    assert all(leg.isVisible() and leg.width() >= leg.narrow_width() for leg in strip.legs)


@pytest.mark.parametrize("width", [120, 200, 419, 420, 700, 1600])
def test_no_width_breaks_it(strip: RelayStrip, width: int) -> None:
    for count in (0, 1, 3, 12):
        strip.set_legs([status("zhipu", f"m{n}") for n in range(count)])
        strip.resize(width, strip.height())
        assert not strip.grab().isNull()
        for leg in strip.legs:
            assert leg.isHidden() or leg.geometry().right() < width


def test_an_empty_chain_offers_keys(strip: RelayStrip, qtbot: QtBot) -> None:
    assert not strip._add.isVisible()
    strip.set_legs([])
    assert strip._add.isVisible()
    with qtbot.waitSignal(strip.keys_requested):
        qtbot.mouseClick(strip._add, LEFT)


def test_arrows_enter_and_alt(strip: RelayStrip, qtbot: QtBot) -> None:
    first, second, third = strip.legs
    first.setFocus()
    qtbot.keyClick(first, KEY.Key_Right)
    assert second.hasFocus()
    qtbot.keyClick(second, KEY.Key_Right)
    qtbot.keyClick(third, KEY.Key_Right)
    assert third.hasFocus()
    tabs = [leg.focusPolicy() == Qt.FocusPolicy.StrongFocus for leg in strip.legs]
    assert tabs == [False, False, True], "one leg is in the Tab order"
    with qtbot.waitSignal(strip.move_requested) as caught:
        qtbot.keyClick(third, KEY.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert caught.args == ["tencent:hy3", -1]
    qtbot.keyClick(third, KEY.Key_Return)
    popover = strip.findChild(LegPopover)
    assert popover is not None
    assert popover.leg_id == "tencent:hy3"
    popover.close()


def test_popover_acts(strip: RelayStrip, qtbot: QtBot) -> None:
    strip.legs[0].click()
    popover = strip.findChild(LegPopover)
    assert popover is not None
    assert popover._recheck.isVisible()
    assert popover._reason.text()
    with qtbot.waitSignals([strip.recheck_requested, popover.destroyed]):
        popover._recheck.click()
    strip.legs[2].click()
    popover = strip.findChild(LegPopover)
    assert popover is not None
    assert not popover._recheck.isVisible(), "a ready leg needs no check"
    with qtbot.waitSignal(strip.pin_requested) as caught:
        popover._pin.click()
    assert caught.args == ["tencent:hy3"]


def test_an_open_popover_follows_the_state(strip: RelayStrip, clock: SetClock, qtbot: QtBot) -> None:
    strip.legs[1].click()
    popover = strip.findChild(LegPopover)
    assert popover is not None
    assert popover._recheck.isVisible()
    strip.set_legs(
        [status("alibaba", "qwen-plus"), status("zhipu", "glm-4.7-flash"), status("tencent", "hy3")]
    )
    assert not popover._recheck.isVisible()
    with qtbot.waitSignal(popover.destroyed):
        qtbot.keyClick(popover, KEY.Key_Escape)
    strip.set_legs([])


def test_a_countdown_runs_in_the_popover_and_the_menu_too(
    strip: RelayStrip, clock: SetClock, qtbot: QtBot
) -> None:
    strip.legs[1].click()
    popover = strip.findChild(LegPopover)
    assert popover is not None and "0:42" in popover._state.text()
    clock.at += 2
    strip._second()
    assert "0:40" in popover._state.text()
    popover.close()
    # None that is shown has a countdown: what the menu says is as of now all the same.
    strip.resize(200, 44)
    hidden = [leg for leg in strip.legs if leg.isHidden()]
    assert [leg.leg_id for leg in hidden][:1] == ["zhipu:glm-4.7-flash"]
    clock.at += 10
    strip._more.click()
    menu = strip.findChild(QMenu)
    assert menu is not None and "0:30" in menu.actions()[0].text()
    menu.close()


def test_what_the_vendor_says_is_used_up_is_not_said_to_be_left(strip: RelayStrip) -> None:
    strip.set_remainders({"alibaba:qwen-plus": "剩 100 万 token", "tencent:hy3": "剩 3 万"})
    for at, left in ((0, False), (2, True)):
        strip.legs[at].click()
        popover = strip.findChildren(LegPopover)[-1]
        assert ("剩" in popover._state.text()) is left
        popover.close()


def test_a_third_button_does_not_wrap_alone(strip: RelayStrip) -> None:
    strip.facts = lambda _status: LegFacts(actions=(("reset", "清除这个状态"), ("pause", "暂停一天")))
    strip.legs[1].click()
    popover = strip.findChild(LegPopover)
    assert popover is not None
    popover._actions.layout().activate()
    assert len({made.y() for made in (popover._pin, *popover._made)}) == 1


def test_spend_and_practice(strip: RelayStrip, qtbot: QtBot) -> None:
    strip.set_spend("allow")
    assert strip.spend_button.text() == "允许付费"
    with qtbot.waitSignal(strip.spend_requested):
        qtbot.mouseClick(strip.spend_button, LEFT)
    strip.set_practice(True)
    assert not strip.spend_button.isVisible()
    strip.set_practice(False)
    assert strip.spend_button.isVisible()


def test_the_vendor_is_shortened_before_the_model(theme: Theme) -> None:
    metrics = QFontMetrics(theme.font("caption-bold"))
    full = metrics.horizontalAdvance("腾讯混元 hy3-turbo")
    assert elided_name("腾讯混元", "hy3-turbo", metrics, full) == "腾讯混元 hy3-turbo"
    shorter = elided_name("腾讯混元", "hy3-turbo", metrics, full - 14)
    assert shorter.endswith("… hy3-turbo")
    assert shorter.startswith("腾")
    assert (
        elided_name("腾讯混元", "hy3-turbo", metrics, metrics.horizontalAdvance("hy3-turbo")) == "hy3-turbo"
    )
    assert elided_name("腾讯混元", "hy3-turbo", metrics, 40).startswith("hy")
    two = metrics.horizontalAdvance("Zh… GLM-4.7-Flash")
    assert elided_name("Zhipu", "GLM-4.7-Flash", metrics, two) == "GLM-4.7-Flash", "two letters say nothing"


def test_a_model_named_after_its_vendor_is_named_once(strip: RelayStrip, theme: Theme) -> None:
    strip.set_legs([status("zhipu", "智谱清言")])
    assert strip.legs[0].name == "智谱清言"
    assert elided_name("智谱", "智谱清言", QFontMetrics(theme.font("caption")), 400) == "智谱清言"


def test_wait_share() -> None:
    assert wait_share(status("zhipu", "m", "cooling", until=100.0, since=0.0), 25.0) == 0.75
    assert wait_share(status("zhipu", "m", "cooling", until=100.0, since=0.0), 300.0) == 0.0
    assert wait_share(status("zhipu", "m", "cooling", until=100.0), 25.0) == 1.0
    assert wait_share(status("zhipu", "m"), 25.0) == 0.0
