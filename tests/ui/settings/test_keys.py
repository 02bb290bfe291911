"""Keys on the settings page: checked, renamed, replaced, removed; no secret stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.i18n import tr
from tests.ui.settings import samples
from tests.ui.settings.building import build, heard, press, texts
from ui.settings.keys import KeysCard
from ui.settings.page import SettingsPage
from ui.theme import Theme

SECRET = "made-up-" + "x" * 20 + "q4Zk"


@pytest.fixture
def page(theme: Theme, qtbot) -> SettingsPage:
    return build(theme, qtbot)


def test_a_pasted_key_goes_out_and_stays_nowhere(page: SettingsPage) -> None:
    told = heard(page.key_pasted)
    press(page.provider_page, "粘贴一把密钥")
    keys = page.provider_page.keys
    assert keys.secret.hasFocus()
    keys.name.setText("备用")
    QGuiApplication.clipboard().setText(SECRET)
    keys.secret.paste()
    assert told == [("zhipu", SECRET, "备用")]
    assert not any("made-up" in text for text in texts(page))


def test_what_is_typed_for_one_provider_goes_to_no_other(theme: Theme, qtbot) -> None:
    keyless = [replace(view, keys=()) for view in samples.views()]
    page = build(theme, qtbot)
    page.set_providers(keyless)
    keys = page.provider_page.keys
    assert page.provider_page.provider == "zhipu" and keys._card.isHidden() and keys.secret.isVisible()
    told = heard(page.key_pasted)
    QTest.keyClicks(keys.secret, "half a ke")
    keys.name.setText("备用")
    page.set_providers([replace(view, name=view.name + " ") for view in keyless])
    assert keys.secret.text() == "half a ke"
    page.show_provider("alibaba")
    assert (keys.secret.text(), keys.name.text()) == ("", "")
    QTest.keyClick(keys.secret, Qt.Key.Key_Return)
    assert told == []


def test_without_a_key_there_is_no_card_of_keys(theme: Theme, qtbot) -> None:
    card = KeysCard(theme)
    qtbot.addWidget(card)
    card.show_keys(())
    card.show()
    assert not card._card.isVisible() and card.secret.isVisible()


def test_a_key_shows_its_last_four_only(page: SettingsPage) -> None:
    assert "sk-••••••••7d1c" in texts(page.provider_page.keys)


def test_a_check_runs_and_says_what_it_found(page: SettingsPage) -> None:
    told = heard(page.key_check_requested)
    row = page.provider_page.keys.rows["k1"]
    press(row, "检查")
    assert told == [("k1",)]
    page.set_check("k1", "checking", "正在检查")
    assert not row.check.isEnabled()
    page.set_check("k1", "auth", "智谱不认这把密钥")
    assert row.check.isEnabled()
    assert not row.change.isHidden()
    assert row.line.words.text() == "智谱不认这把密钥"
    page.set_check("k1", "ok", "GLM-4.7-Flash 答了")
    assert row.change.isHidden()


def test_a_check_is_remembered_when_another_provider_was_looked_at(page: SettingsPage) -> None:
    page.set_check("k3", "network", "连不上")
    page.show_provider("alibaba")
    assert page.provider_page.keys.rows["k3"].line.words.text() == "连不上"
    page.show_provider("zhipu")
    page.set_check("k3", "ok", "可用了")
    page.show_provider("alibaba")
    assert page.provider_page.keys.rows["k3"].line.words.text() == "可用了"


def choose(row: QWidget, text: str) -> None:
    """Trigger an entry of a key's menu."""
    [action] = [a for a in row.menu().actions() if a.text() == text]  # type: ignore[attr-defined]
    action.trigger()


def test_a_key_is_renamed_in_its_row(page: SettingsPage) -> None:
    told = heard(page.key_rename)
    row = page.provider_page.keys.rows["k1"]
    choose(row, "改名")
    assert row._field.hasFocus()
    QTest.keyClick(row._field, Qt.Key.Key_Escape)
    assert (told, row._rest.isHidden()) == ([], False)
    choose(row, "改名")
    row._field.setText(" 家里的 ")
    QTest.keyClick(row._field, Qt.Key.Key_Return)
    assert told == [("k1", "家里的")]


def test_a_key_is_replaced_in_its_row(page: SettingsPage) -> None:
    told = heard(page.key_replace)
    row = page.provider_page.keys.rows["k2"]
    press(row, "更换")
    QGuiApplication.clipboard().setText(SECRET)
    row._secret.paste()
    assert told == [("k2", SECRET)]
    assert row._secret.text() == ""


def test_a_key_is_removed_only_after_a_second_word(page: SettingsPage) -> None:
    told = heard(page.key_remove)
    row = page.provider_page.keys.rows["k1"]
    choose(row, "删除")
    assert told == []
    assert "删除密钥“自己的账号”（末四位 7d1c）？密钥环里的也会删掉。" in texts(row)
    press(row, "取消")
    assert (told, row._rest.isHidden()) == ([], False)
    choose(row, "删除")
    press(row, "删除")
    assert told == [("k1",)]


def test_keys_move_within_their_list(page: SettingsPage) -> None:
    told = heard(page.key_moved)
    choose(page.provider_page.keys.rows["k1"], "下移")
    choose(page.provider_page.keys.rows["k1"], "上移")
    assert told == [("k1", 1)]


def test_news_of_the_same_keys_leave_an_edit_alone(page: SettingsPage) -> None:
    row = page.provider_page.keys.rows["k1"]
    choose(row, "改名")
    row._field.setText("半")
    views = samples.views()
    page.set_providers([replace(views[0], state="cooling"), *views[1:]])
    assert page.provider_page.keys.rows["k1"] is row
    assert row._field.text() == "半"
    assert row._field.hasFocus()
    # Nor does a check of one of them that ends meanwhile.
    keys = [replace(key, check_kind="ok", checked_at=1.0, label=f"{key.label}二") for key in views[0].keys]
    page.set_providers([replace(views[0], keys=tuple(keys)), *views[1:]])
    assert page.provider_page.keys.rows["k1"] is row and row._field.text() == "半"
    assert "自己的账号二" in texts(row)


def test_dozens_of_keys_are_shown_in_pieces(page: SettingsPage, qtbot: QtBot) -> None:
    first, *others = samples.views()
    many = tuple(replace(first.keys[0], id=f"m{n}", label="长" * 60) for n in range(30))
    page.set_providers([replace(first, keys=many), *others])
    card = page.provider_page.keys
    assert 0 < len(card.rows) < 30, "the window is not kept waiting for all of them"
    # The next news come while rows are still being made.
    page.set_providers([replace(first, keys=tuple(replace(key, label="短") for key in many)), *others])
    qtbot.waitUntil(lambda: len(card.rows) == 30, timeout=60_000)
    assert list(card.rows) == [key.id for key in many]
    assert {row._name.text() for row in card.rows.values()} == {"短"}
    # A name that has no room is shortened, and said whole.
    page.set_providers([replace(first, keys=many[:1]), *others])
    row = card.rows["m0"]
    assert row._name.text().endswith("…") and row._name.toolTip() == row._name.accessibleName() == "长" * 60


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("memory", "没有密钥环，只保留到退出。"),
        ("locked", "没有密钥环，只保留到退出。"),
    ],
)
def test_the_page_says_when_keys_are_not_in_the_keyring(page: SettingsPage, kind, said: str) -> None:
    part = page.provider_page
    assert part._memory.isHidden()
    assert part._locked.isHidden()
    page.set_storage_state(kind)
    notice = part._memory if kind == "memory" else part._locked
    assert notice.words.text() in (tr("settings.keys.memory"), tr("settings.keys.locked"))
    page.set_storage_state(kind, reason="没有密钥环，只保留到退出。")
    notice = part._memory if kind == "memory" else part._locked
    assert notice.isVisibleTo(page)
    assert notice.words.text() == said
    told = heard(page.storage_retry_requested)
    if kind == "locked":
        press(notice, "解锁密钥环")
        assert told == [()]
