"""The settings page as a user works it: every wish comes out as a signal at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QRadioButton

from app import i18n
from app.settings import Settings
from tests.ui.settings import samples, walking
from tests.ui.settings.building import build, heard, press
from ui.settings.kinds import SECTIONS
from ui.settings.page import SettingsPage
from ui.theme import Theme


@pytest.fixture
def page(theme: Theme, qtbot) -> SettingsPage:
    return build(theme, qtbot)


def test_the_keyboard_begins_at_the_sections(page: SettingsPage, qtbot) -> None:
    assert page.sections.hasFocus()
    shown = heard(page.section_shown)
    QTest.keyClick(page.sections, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown == [(SECTIONS[1],)], timeout=60_000)


# provider


def test_the_chosen_provider_is_shown_and_stays(page: SettingsPage) -> None:
    assert page.provider_page.provider == "zhipu"
    page.show_provider("sensetime")
    assert page.provider_page.provider == "sensetime"
    page.set_providers(samples.views()[::-1])
    assert page.provider_page.provider == "sensetime"
    page.show_provider("nobody")
    assert page.provider_page.provider == "sensetime"
    page.set_providers(samples.views()[:1])
    assert page.provider_page.provider == "zhipu"
    page.set_providers([])


def test_provider_wishes(page: SettingsPage) -> None:
    on, urls, legs = heard(page.provider_toggled), heard(page.open_url), heard(page.model_toggled)
    page.provider_page._on.click()
    press(page.provider_page, "密钥页")
    press(page.provider_page, "控制台")
    page.provider_page.models.table.setFocus()
    QTest.keyClick(page.provider_page.models.table, Qt.Key.Key_Down)
    QTest.keyClick(page.provider_page.models.table, Qt.Key.Key_Space)
    assert on == [("zhipu", False)]
    assert urls == [("https://open.bigmodel.cn/keys",), ("https://open.bigmodel.cn/overview",)]
    assert legs == [("zhipu:glm-4.5-flash", False)]


def test_a_click_on_a_model_ticks_it(page: SettingsPage) -> None:
    told = heard(page.model_toggled)
    table = page.provider_page.models.table
    at = table.visualRect(table.model().index(4, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert told == [("zhipu:glm-5.0", True)]
    other = table.visualRect(table.model().index(4, 2)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=other)
    assert len(told) == 1


def test_the_rest_of_the_models_unfolds(page: SettingsPage) -> None:
    models = page.provider_page.models
    low = models.table.height()
    press(models, "还有 5 个")
    assert models.model.rowCount() == 13
    assert models.table.height() > low
    assert models._foot.isHidden()
    models.filter.setText("nichts")
    assert not models._empty.isHidden()


def test_providers_are_put_in_order_by_keys(page: SettingsPage) -> None:
    told = heard(page.provider_moved)
    QTest.keyClick(page.provider_list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert told == [("zhipu", 1)]


def test_a_region_is_chosen_at_once(page: SettingsPage) -> None:
    told = heard(page.region_chosen)
    press(page.provider_page, "国际站（海外）", QRadioButton)
    assert told == [("zhipu", "intl")]
    assert page.provider_page._url.text() == "https://api.z.ai/api/paas/v4"
    assert page.provider_page._url.isReadOnly()


def test_an_own_address_goes_out_once_and_its_problem_is_shown(page: SettingsPage) -> None:
    told = heard(page.endpoint_entered)
    part = page.provider_page
    press(part, "自填地址", QRadioButton)
    assert part._url.hasFocus()
    QTest.keyClicks(part._url, "http://example.com/v1")
    QTest.keyClick(part._url, Qt.Key.Key_Return)
    part.keys.setFocus()
    part._on.setFocus()
    assert told == [("zhipu", "http://example.com/v1")]
    page.show_endpoint_problem("alibaba", "别处的")
    assert part._problem.isHidden()
    page.show_endpoint_problem("zhipu", "只有本机地址可以用 http。")
    assert part._problem.isVisibleTo(page)
    assert part._url.bad
    press(part, "中国站", QRadioButton)
    assert (part._problem.isHidden(), part._url.bad) == (True, False)
    assert part._url.text() == "https://open.bigmodel.cn/api/paas/v4"


def test_an_own_address_left_untouched_changes_nothing(page: SettingsPage) -> None:
    told = heard(page.endpoint_entered)
    part = page.provider_page
    press(part, "自填地址", QRadioButton)
    part._on.setFocus()
    assert told == []
    assert part._region_radios["cn"].isChecked()


def test_no_key_part_where_none_is_needed(page: SettingsPage) -> None:
    local = replace(samples.plain("ollama", "机"), local=True, auth="none")
    page.set_providers([samples.view(local)])
    assert page.provider_page._keys_part.isHidden()


def test_files_that_could_not_be_read_are_named(page: SettingsPage) -> None:
    page.set_catalogue_problems(["mine.toml：第 3 行写错了"])
    assert page._problems.isVisibleTo(page)
    page.set_catalogue_problems([])
    assert page._problems.isHidden()


# other sections


@pytest.mark.parametrize(
    ("section", "text", "kind", "wish"),
    [
        ("relay", "先用最快的", QRadioButton, ("order", "fastest")),
        ("relay", "由下一棒从头写", QRadioButton, ("midstream", "restart")),
        ("spend", "先问我", QRadioButton, ("spend", "ask")),
        ("appearance", "English", QAbstractButton, ("language", "en")),
        ("appearance", "深色", QAbstractButton, ("theme", "dark")),
        ("appearance", "Ctrl+Enter", QAbstractButton, ("send_key", "ctrl_enter")),
        ("network", "不用代理", QRadioButton, ("proxy", "none")),
        ("relay", "改回自动", QAbstractButton, ("chain", ())),
    ],
)
def test_a_choice_is_a_wish_at_once(page: SettingsPage, section: str, text: str, kind, wish) -> None:
    told = heard(page.setting_changed)
    page.show_section(section)
    press(page.section(section), text, kind)
    assert told == [wish]


def test_numbers_and_switches_are_wishes_in_the_settings_own_types(page: SettingsPage) -> None:
    told = heard(page.setting_changed)
    page.section("relay")._attempts.setValue(3)
    page.section("relay")._times["stall"].setValue(33)
    page.section("relay")._blocked.click()
    page.section("appearance")._size.setValue(18)
    page.section("appearance")._motion.click()
    assert told == [
        ("max_attempts", 3),
        ("stall", 33.0),
        ("pass_blocked", True),
        ("font_size", 18),
        ("reduced_motion", True),
    ]
    assert isinstance(told[1][1], float)
    for name, value in told:
        assert replace(Settings(), **{name: value}) != Settings()


def test_settings_are_shown_without_an_echo(page: SettingsPage) -> None:
    told = heard(page.setting_changed)
    page.set_settings(
        Settings(
            language="en",
            theme="dark",
            font_size=19,
            spend="allow",
            order="fastest",
            midstream="ask",
            pass_blocked=True,
            max_attempts=9,
            stall=40.0,
            proxy="socks5://127.0.0.1:1080",
            reduced_motion=True,
        )
    )
    assert told == []
    assert page.section("relay")._attempts.value() == 9
    assert page.section("relay")._times["stall"].value() == 40
    assert page.section("appearance")._size.value() == 19
    assert page.section("relay")._blocked.isChecked()
    assert page.section("network")._url.text() == "socks5://127.0.0.1:1080"
    checked = [r.text() for r in page.section("relay").findChildren(QRadioButton) if r.isChecked()]
    assert checked == ["先用最快的", "先问我"]


def test_an_own_proxy_goes_out_when_it_is_typed(page: SettingsPage) -> None:
    page.show_section("network")
    network = page.section("network")
    told = heard(network.proxy_entered)
    press(network, "自己填", QRadioButton)
    assert told == []
    QTest.keyClicks(network._url, "socks5://127.0.0.1:7890")
    QTest.keyClick(network._url, Qt.Key.Key_Return)
    assert told == [("socks5://127.0.0.1:7890",)]
    network.show_problem("这个代理地址读不懂。")
    assert network._problem.isVisibleTo(page)
    assert network._url.bad


def test_folders_open(page: SettingsPage) -> None:
    told = heard(page.open_folder)
    page.show_section("data")
    folders = page.section("data").cards["folders"]
    buttons = [b for b in folders.findChildren(QAbstractButton) if b.text() == "打开" and b.isVisibleTo(page)]
    buttons[1].click()
    assert told == [("C:\\Users\\li\\logs",)]


def test_back_by_button_and_escape(page: SettingsPage) -> None:
    told = heard(page.back_requested)
    page.side.back.click()
    QTest.keyClick(page.sections, Qt.Key.Key_Escape)
    assert told == [(), ()]


# reach


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_tab_reaches_every_control_and_each_has_a_name(theme: Theme, qtbot, language, section: str) -> None:
    i18n.set_language(language)
    page = build(theme, qtbot)
    page.provider_page.keys.open_new()
    page.set_storage_state("locked")
    page.show_section(section)
    assert walking.check(page) >= 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_smallest_window_shows_list_and_provider_in_turn(theme: Theme, qtbot, language: str) -> None:
    i18n.set_language(language)
    page = build(theme, qtbot, (640, 480))
    assert page.width() == 640
    assert page.minimumSizeHint().width() <= 640
    assert page._middle.isVisibleTo(page)
    assert not page._third.isVisibleTo(page)
    QTest.keyClick(page.provider_list, Qt.Key.Key_Return)
    assert page._third.isVisibleTo(page)
    assert page.provider_page.width() <= page._detail.viewport().width(), "nothing is cut at the right"
    walking.check(page)
    page._to_list.click()
    assert page._middle.isVisibleTo(page)
    for section in SECTIONS[1:]:
        page.show_section(section)
        part = page.section(section)
        assert part.mapTo(page, QPoint(part.width(), 0)).x() <= 640, section
    page.show_section("providers")
    page.resize(1280, 820)
    assert page._middle.isVisibleTo(page)
    assert page._third.isVisibleTo(page)


@pytest.mark.parametrize("height", [480, 600, 820])
def test_all_sections_fit_beside_each_other_in_the_smallest_window(theme: Theme, qtbot, height: int) -> None:
    page = build(theme, qtbot, (640, height))
    sections = page.sections
    assert not sections.verticalScrollBar().isVisible()
    last = sections.visualItemRect(sections.item(sections.count() - 1))
    assert sections.viewport().rect().contains(last)
    assert last.height() == (32 if height == 820 else last.height()) and last.height() >= 26
    # Where they cannot fit, the chosen one is brought into view.
    page.show_section("about")
    sections.setFixedHeight(200)
    qtbot.waitUntil(lambda: sections.height() == 200, timeout=60_000)
    assert sections.viewport().rect().contains(sections.visualItemRect(sections.currentItem()))
