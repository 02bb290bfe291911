"""The first-run page: paste, see it checked, chat; or watch the practice relay."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from app import i18n
from tests.ui.settings import samples, walking
from ui.pieces import at_once
from ui.settings.check_news import CheckNews
from ui.theme import Theme
from ui.welcome.cards import welcome_card
from ui.welcome.page import SHOWN, WelcomePage

SECRET = "made-up-" + "x" * 20 + "q4Zk"


def cards(more: int = 6):
    specs = [samples.plain(f"p{i}", "某") for i in range(more)]
    specs += [samples.alibaba(), samples.sensetime(), samples.zhipu()]
    return [welcome_card(spec) for spec in specs]


def build(theme: Theme, qtbot, size: tuple[int, int] = (1280, 820)) -> WelcomePage:
    page = WelcomePage(theme)
    qtbot.addWidget(page)
    page.set_providers(cards())
    page.resize(*size)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return page


@pytest.fixture
def page(theme: Theme, qtbot) -> WelcomePage:
    return build(theme, qtbot)


def heard(signal) -> list[tuple[object, ...]]:
    told: list[tuple[object, ...]] = []
    signal.connect(lambda *args: told.append(args))
    return told


def shown(page: WelcomePage) -> list[str]:
    return [provider for provider, card in page.cards.items() if card.isVisibleTo(page)]


def paste(page: WelcomePage, provider: str) -> None:
    QGuiApplication.clipboard().setText(SECRET)
    page.cards[provider].secret.paste()


def test_the_best_offer_is_first_and_open(page: WelcomePage) -> None:
    assert shown(page) == ["zhipu", "sensetime", "alibaba", "p0", "p1", "p2", "p3"]
    assert [p for p, card in page.cards.items() if card.is_open] == ["zhipu"]
    assert not page.start.isEnabled()


def test_the_rest_unfolds(page: WelcomePage) -> None:
    assert page._more.text() == "再看 2 家"
    page._more.click()
    assert len(shown(page)) == len(page.cards) == SHOWN + 2
    assert not page._more.isVisibleTo(page)
    assert page.cards["p4"].head.hasFocus()


def test_paste_starts_the_check_and_start_waits_for_it(page: WelcomePage) -> None:
    told, started = heard(page.key_pasted), heard(page.start_requested)
    paste(page, "zhipu")
    assert told == [("zhipu", SECRET)]
    page.set_check("zhipu", "checking", "正在检查")
    assert not page.start.isEnabled()
    page.set_check("zhipu", "auth", "智谱不认这把密钥")
    assert not page.start.isEnabled()
    assert page.cards["zhipu"]._result.text() == "智谱不认这把密钥"
    page.set_check("zhipu", "ok", "GLM-4.7-Flash 答了“你好”")
    page.start.click()
    assert started == [()]
    page.set_check("nobody", "ok", "")


def test_of_a_pasted_key_only_the_end_remains(page: WelcomePage) -> None:
    paste(page, "zhipu")
    card = page.cards["zhipu"]
    assert not card.secret.isVisibleTo(page)
    written = [
        w.text() for w in page.findChildren(QWidget) if isinstance(w, QLabel | QAbstractButton | QLineEdit)
    ]
    assert not any("made-up" in text or "xxx" in text for text in written)
    assert "•" * 12 + "q4Zk" in written
    card._stored.replace.click()
    assert card.secret.isVisibleTo(page)
    assert card.secret.text() == ""
    assert card.secret.hasFocus()


def test_a_short_text_shows_no_end(page: WelcomePage) -> None:
    card = page.cards["zhipu"]
    QTest.keyClicks(card.secret, "abcd1234")
    QTest.keyClick(card.secret, Qt.Key.Key_Return)
    assert card._stored._dots.text() == "•" * 12


def test_getting_a_key_opens_the_page_and_the_card(page: WelcomePage) -> None:
    told = heard(page.open_url)
    page.cards["sensetime"].get.setFocus()
    QTest.keyClick(page.cards["sensetime"].get, Qt.Key.Key_Space)
    assert told == [("https://platform.sensenova.cn/keys",)]
    assert [p for p, card in page.cards.items() if card.is_open] == ["sensetime"]
    assert page.cards["sensetime"].secret.hasFocus(), "the keyboard goes where the key goes"


def test_a_card_opens_and_closes_by_keyboard(page: WelcomePage) -> None:
    head = page.cards["alibaba"].head
    head.setFocus()
    QTest.keyClick(head, Qt.Key.Key_Space)
    assert page.cards["alibaba"].is_open
    assert not page.cards["zhipu"].is_open
    QTest.keyClick(head, Qt.Key.Key_Space)
    assert not page.cards["alibaba"].is_open


def test_news_keep_the_open_card(page: WelcomePage) -> None:
    page.show_provider("p5")
    assert page.cards["p5"].isVisibleTo(page), "a card among the rest unfolds them"
    page.set_providers(cards())
    assert page.cards["p5"].is_open


def test_the_keyboard_stays_when_a_card_is_made_anew(page: WelcomePage) -> None:
    card = page.cards["zhipu"]
    page.show_check("zhipu", CheckNews("checking", "…"))
    page.show_check("zhipu", CheckNews("bad", "不认这把密钥", step="更换密钥", action="replace_key"))
    assert card._next.hasFocus()
    stored = [welcome_card(samples.zhipu(), last4="q4Zk"), *cards()[:-1]]
    page.set_providers(stored)
    fresh = page.cards["zhipu"]
    assert fresh is not card and fresh._next.hasFocus()
    page.cards["alibaba"].head.setFocus()
    page.set_providers(stored)
    assert page.cards["zhipu"] is fresh, "there is nothing new about it"
    assert page.cards["alibaba"].head.hasFocus()


def test_a_stored_working_key_is_enough(theme: Theme, qtbot) -> None:
    page = WelcomePage(theme)
    qtbot.addWidget(page)
    page.set_providers([welcome_card(samples.zhipu(), last4="1234", works=True)])
    assert page.start.isEnabled()
    assert page.cards["zhipu"]._stored._dots.text().endswith("1234")


def test_only_those_without_real_name(page: WelcomePage) -> None:
    page._anonymous.setChecked(True)
    assert shown(page) == ["zhipu"]
    page._anonymous.setChecked(False)
    assert len(shown(page)) == SHOWN


def test_practice_is_always_there(page: WelcomePage) -> None:
    told = heard(page.practice_requested)
    page.practice.button.click()
    assert told == [()]
    page.set_providers([])
    assert page.practice.isVisibleTo(page)


def test_the_foot_says_what_it_may_cost_and_who_answers(page: WelcomePage) -> None:
    page.set_spend("ask")
    page.set_chain_text("智谱 GLM-4.7-Flash")
    assert page._guard.text() == "花费守卫：先问我。可随时在设置里改。"
    assert page._chain.text() == "接力链：智谱 GLM-4.7-Flash"


def test_where_keys_are_kept_is_said_in_every_card(page: WelcomePage) -> None:
    page.set_storage_note("密钥只保留到退出为止。")
    page.set_providers(cards())
    assert {card._note.text() for card in page.cards.values()} == {"密钥只保留到退出为止。"}


@pytest.mark.parametrize("size", [(1280, 820), (640, 480)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_tab_reaches_everything_and_nothing_is_cut(
    theme: Theme, qtbot, language, size: tuple[int, int]
) -> None:
    i18n.set_language(language)
    page = build(theme, qtbot, size)
    assert page.width() == size[0]
    assert walking.check(page) >= 15
    for card in page.cards.values():
        if card.isVisibleTo(page):
            assert card.mapTo(page, QPoint(card.width(), 0)).x() <= size[0]
    paste(page, "zhipu")
    page.set_check("zhipu", "ok", "GLM-4.7-Flash")
    walking.check(page)


def test_nothing_shifts_when_the_providers_come(theme: Theme, qtbot) -> None:
    page = WelcomePage(theme)
    qtbot.addWidget(page)
    page.resize(1280, 900)
    with qtbot.waitExposed(page):
        page.show()
    QCoreApplication.sendPostedEvents()
    bar = page._bar_room.area.verticalScrollBar()
    before = page.paste.mapTo(page, QPoint(0, 0)).x(), page.paste.width()
    assert not bar.isVisible() and not page._own.isVisible()
    page.set_providers(cards(more=20))
    page._more.click()
    qtbot.waitUntil(bar.isVisible, timeout=60_000)
    qtbot.waitUntil(lambda: page.cards["zhipu"].height() > 100, timeout=60_000)
    assert (page.paste.mapTo(page, QPoint(0, 0)).x(), page.paste.width()) == before
    assert page._own.isVisible()


def test_a_page_built_in_pieces_is_the_page(theme: Theme, qtbot) -> None:
    page, whole = WelcomePage(theme, whole=False), build(theme, qtbot)
    qtbot.addWidget(page)
    at_once(page.build())
    at_once(page.fill(cards()))
    assert list(page.cards) == list(whole.cards)
    assert shown(page) == shown(whole)
    assert [card.is_open for card in page.cards.values()] == [card.is_open for card in whole.cards.values()]
    assert page.cards["zhipu"].card == whole.cards["zhipu"].card
    told = heard(page.key_pasted)
    paste(page, "zhipu")
    assert told == [("zhipu", SECRET)]
