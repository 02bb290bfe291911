"""The first-run page in the real window: every trouble with a key has its sentence and one next step."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea

from tests.e2e.opened import Opened, opened
from tests.e2e.program import Program
from tests.e2e.regions import zhipu_in_two_regions
from tests.fakes.server import FakeServer, Reply, closed_port

ZHIPU = "0123456789abcdef" * 2 + "." + "AbCdEfGh12345678"


def page_of(window: Opened) -> Any:
    return window.shell._wiring.pages._welcome_page  # type: ignore[union-attr]


def paste(field: Any, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    field.setFocus()
    field.paste()


def refused(status: int, code: str, message: str = "no") -> Reply:
    return Reply.error(status, {"error": {"code": code, "message": message}})


def test_one_field_recognises_the_provider_asks_and_sends_to_no_other(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            page = page_of(window)
            paste(page.paste.secret, f"export ZHIPUAI_API_KEY='{ZHIPU}'")
            question = page.paste.question
            assert list(question.choices) == ["zhipu"]
            assert "智谱" in question.words.text()
            bar = page.findChild(QScrollArea).verticalScrollBar()
            before = bar.value()
            QTest.keyClick(question.choices["zhipu"], Qt.Key.Key_Escape)
            assert page.paste.secret.hasFocus()
            assert bar.maximum() > 0 and bar.value() == before, "the page stays where it is"
            paste(page.paste.secret, ZHIPU)
            assert server.requests == [], "nothing is sent before the user agrees"
            QTest.keyClick(question.choices["zhipu"], Qt.Key.Key_Return)
            await window.until(lambda: page.cards["zhipu"].works)
            (request,) = server.requests
            assert request.headers["authorization"] == f"Bearer {ZHIPU}"
            QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
            await window.until(lambda: window.shell.window.page() == "chat")
        assert Program(tmp_path / "home").traces(ZHIPU) == []

    run(scenario(), timeout=40)


def test_a_key_in_the_wrong_card_is_asked_about_before_it_is_sent(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            page = page_of(window)
            page.show_provider("alibaba")
            paste(page.cards["alibaba"].secret, ZHIPU)
            question = page.cards["alibaba"]._question
            assert list(question.choices) == ["zhipu", "alibaba"]
            assert server.requests == []
            question.choices["zhipu"].click()
            await window.until(lambda: page.cards["zhipu"].works)
            assert server.requests_for("alibaba") == []
            assert window.core.keys.records("alibaba") == []

    run(scenario(), timeout=40)


TROUBLES = {
    "wrong key": ("bad", "智谱不认这把密钥", "更换密钥", "doesn't know this key", "Replace key"),
    "no balance": ("unsure", "密钥是对的。这个模型要用余额", "打开控制台", "needs balance", "Open console"),
    "not activated": ("unsure", "还不能用这个模型", "打开控制台", "may not use this model", "Open console"),
    "real name": ("unsure", "还没做实名认证", "打开控制台", "real-name", "Open console"),
    "busy": ("unsure", "临时出错", "再检查一次", "passing fault", "Check again"),
    "refused": ("unsure", "对方没有接受连接", "再检查一次", "connection was refused", "Check again"),
    "dns": ("unsure", "找不到服务商的地址", "再检查一次", "can't be found", "Check again"),
    "proxy": ("unsure", "代理用不了", "网络设置", "proxy doesn't work", "Network settings"),
    "web page": ("unsure", "回的是网页", "改接口地址", "web page", "Edit base URL"),
}
"""What each trouble must come to: state, words and step in Chinese, words and step in English."""

REPLIES = {
    "wrong key": refused(401, "1001"),
    "no balance": refused(429, "1113", "余额不足"),
    "not activated": refused(403, "1220", "您无权访问"),
    "real name": refused(403, "", "您的账号未完成实名认证，请先完成实名认证"),
    "busy": refused(503, "1230", "internal error"),
    "web page": Reply(headers=(("Content-Type", "text/html"),), body=b"<html><body>login</body></html>"),
}


def arrange(window: Opened, server: FakeServer, trouble: str) -> None:
    """Let the next check run into a trouble."""
    endpoints = window.core.directory._endpoints
    endpoints["zhipu"] = server.url("zhipu")
    window.core.settings.change(proxy="none")
    if trouble in REPLIES:
        server.on("zhipu", REPLIES[trouble])
    elif trouble == "refused":
        endpoints["zhipu"] = f"http://127.0.0.1:{closed_port()}/v1"
    else:
        endpoints["zhipu"] = "https://nowhere.invalid/v1"
        if trouble == "proxy":
            window.core.settings.change(proxy=f"http://127.0.0.1:{closed_port()}")


def built(window: Opened, before: Any) -> bool:
    """Whether the first-run page stands that follows another one."""
    page = page_of(window)
    return window.shell.window.page() == "welcome" and page is not None and page is not before


def settled(page: Any, key: str) -> bool:
    """Whether the check of this key has ended and is shown."""
    card = page.cards["zhipu"]
    return card.card.last4 == key[-4:] and card.head.state not in ("checking", "unchecked")


def test_what_is_wrong_is_said_with_one_next_step_in_both_languages(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            wrong = []
            for language in ("zh", "en"):
                if language == "en":
                    before = page_of(window)
                    window.core.settings.change(language="en")
                    # The window is built anew, and shows the same page a moment later.
                    await window.until(partial(built, window, before))
                page = page_of(window)
                page.show_provider("zhipu")
                for number, (trouble, (state, zh, zh_step, en, en_step)) in enumerate(TROUBLES.items()):
                    arrange(window, server, trouble)
                    said, step = (zh, zh_step) if language == "zh" else (en, en_step)
                    key = f"{ZHIPU[:-4]}{language}{number:02}"
                    card = page.cards["zhipu"]
                    card._replace()
                    paste(card.secret, key)
                    await window.until(partial(settled, page, key))
                    card = page.cards["zhipu"]
                    shown = (card.head.state, card._next.text(), card._result.text())
                    if (state, step) != shown[:2] or said not in shown[2]:
                        wrong.append((trouble, *shown))
                    assert card._next.isVisibleTo(page)
                    assert not page.start.isEnabled()
                    assert key not in card._vendor.body.text()
                    if trouble in REPLIES:
                        card._vendor.head.click()
                        assert "HTTP" in card._vendor.body.text()
                        card._vendor.copy.click()
                        assert QGuiApplication.clipboard().text() == card._vendor.body.text()
                    # Each key took the place of the one before: only one is ever tried.
                    (record,) = window.core.keys.records("zhipu")
                    assert record.last4 == key[-4:]
            assert wrong == []

    run(scenario(), timeout=90)


def test_a_key_of_the_other_region_is_switched_with_one_click(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu-china", refused(401, "1001"))
    server.on("zhipu-overseas", Reply.stream(["好"], usage=(3, 1)))
    zhipu_in_two_regions(tmp_path / "home", server)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            core = window.core
            core.directory._endpoints.pop("zhipu")
            for language, (said, step) in REGIONS.items():
                if language == "en":
                    before = page_of(window)
                    core.settings.change(language="en", regions={"zhipu": "china"})
                    await window.until(partial(built, window, before))
                page = page_of(window)
                page.show_provider("zhipu")
                if language == "en":
                    page.cards["zhipu"]._replace()
                key = f"{ZHIPU[:-4]}{language}00"
                paste(page.cards["zhipu"].secret, key)
                await window.until(partial(settled, page, key))
                card = page.cards["zhipu"]
                assert (card.head.state, card._result.text(), card._next.text()) == ("unsure", said, step)
                assert not page.start.isEnabled()
                card._next.click()
                await window.until(lambda page=page: page.cards["zhipu"].works)
                assert core.settings.current.regions["zhipu"] == "overseas"

    run(scenario(), timeout=40)


REGIONS = {
    "zh": (
        "密钥是对的，但属于海外（Z.ai 密钥），不是现在选的中国。换过去就能用。",
        "换到海外（Z.ai 密钥）",
    ),
    "en": (
        "The key is right but for another region: Abroad (Z.ai keys), not China. Switch over to use it.",
        "Switch to Abroad (Z.ai keys)",
    ),
}
"""What a key of the other region is answered with: the sentence, and the step."""


def test_a_server_on_this_computer_is_offered(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("vllm", Reply.models(["qwen3-8b"]), path="/models")
    server.on("vllm", Reply.stream(["本机"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            page = page_of(window)
            window.core.directory._endpoints["vllm"] = server.url("vllm")
            await window.shell._wiring.pages.welcome.offer_local(page)  # type: ignore[union-attr]
            button = page.offers.buttons["vllm"]
            assert "1 个模型" in button.text()
            button.click()
            await window.until(lambda: window.shell.window.page() == "chat")
            window.type("你好")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "本机", "done")

    run(scenario(), timeout=40)


def test_a_first_start_paints_the_first_run_at_once_and_fills_it_later(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    before: list[Any] = []

    def early(shell: Any) -> None:
        shell.show_first_run()
        page = shell.window.stack.currentWidget()
        before.append(page)
        assert shell.window.page() == "welcome" and page.isVisible() and not page.cards
        # What is asked for now would be lost.
        middle = page.practice.mapTo(page, page.practice.rect().center())
        assert page.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        QTest.mouseClick(page, Qt.MouseButton.LeftButton, pos=middle)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, early=early) as window:
            assert page_of(window) is before[0] and window.shell.window.page() == "welcome"
            await window.until(lambda: len(before[0].cards) > 3)
            paste(before[0].paste.secret, ZHIPU)
            await window.until(lambda: "zhipu" in before[0].paste.question.choices)

    run(scenario(), timeout=40)
