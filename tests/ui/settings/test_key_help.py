"""A check's next step is one button, the vendor's words are folded, whose key it is is asked in place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app import i18n
from app.advice import Step
from app.keycheck import KeyCheck
from tests.ui.settings import walking
from tests.ui.settings.building import build, heard
from ui.settings.check_news import CheckNews, news_of
from ui.settings.page import SettingsPage
from ui.theme import Theme

WORDS = "HTTP 429 · 1113 · 余额不足"
MONEY = CheckNews("unsure", "密钥是对的。没有余额了。", "打开控制台", "open_console", "", WORDS)


@pytest.fixture
def page(theme: Theme, qtbot) -> SettingsPage:
    return build(theme, qtbot)


def test_the_next_step_is_one_button(page: SettingsPage) -> None:
    told = heard(page.provider_page.keys.step_requested)
    row = page.provider_page.keys.rows["k1"]
    page.provider_page.show_check("k1", MONEY)
    assert row.change.text() == "打开控制台"
    assert not row.change.isHidden()
    row.change.click()
    assert told == [("k1", "open_console", "")]
    page.provider_page.show_check("k1", CheckNews("bad", "不认", "更换密钥", "replace_key"))
    assert row.change.text() == "更换"
    row.change.click()
    assert not row._replacing.isHidden()
    page.provider_page.show_check("k1", CheckNews("unsure", "太久", "再检查一次", "check_again"))
    assert row.change.isHidden(), "there is a button for that already"


def test_the_vendors_words_are_folded_and_can_be_copied(page: SettingsPage) -> None:
    row = page.provider_page.keys.rows["k1"]
    vendor = row.line.vendor
    assert vendor.isHidden()
    page.provider_page.show_check("k1", MONEY)
    assert vendor.isVisibleTo(page)
    assert vendor.body.isHidden()
    vendor.head.click()
    assert vendor.body.text() == WORDS
    assert vendor.body.isVisibleTo(page)
    vendor.copy.click()
    assert QGuiApplication.clipboard().text() == WORDS
    page.set_check("k1", "ok", "好了")
    assert vendor.isHidden()


def test_a_question_takes_enter_and_escape(page: SettingsPage) -> None:
    question = page.provider_page.keys.question
    answered, dismissed = heard(question.answered), heard(question.dismissed)
    question.ask("是哪家的？", [("zhipu", "智谱"), ("alibaba", "通义千问")])
    assert question.choices["zhipu"].hasFocus()
    QTest.keyClick(question.choices["zhipu"], Qt.Key.Key_Return)
    assert (answered, question.isHidden()) == ([("zhipu",)], True)
    question.ask("是哪家的？", [("zhipu", "智谱")])
    QTest.keyClick(question.choices["zhipu"], Qt.Key.Key_Escape)
    assert (dismissed, question.isHidden()) == ([()], True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tab_reaches_step_words_and_answers(theme: Theme, qtbot, language) -> None:
    i18n.set_language(language)
    page = build(theme, qtbot)
    page.provider_page.show_check("k1", MONEY)
    page.provider_page.keys.question.ask("?", [(f"p{n}", f"服务商 {n}") for n in range(9)])
    assert walking.check(page) > 20


@pytest.mark.parametrize(
    ("kind", "finding", "state"),
    [
        ("ok", "ok", "ok"),
        ("rate_limited", "rate_limited", "ok"),
        ("quota_exhausted", "arrears", "unsure"),
        ("auth", "wrong_key", "bad"),
        ("auth", "real_name", "unsure"),
        ("auth", "other_region", "unsure"),
        ("auth", "other_provider", "bad"),
        ("region_blocked", "region_blocked", "bad"),
        ("network", "dns", "unsure"),
        ("transient", "busy", "unsure"),
    ],
)
def test_only_a_refused_key_is_red(kind, finding, state) -> None:
    found = KeyCheck("k", "p", kind, "…", False, finding=finding, step=Step("做", "open_console"))
    assert news_of(found).state == state
