"""The first-run page in the real window: every trouble with a key has its sentence and one next step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.paths import locate
from tests.e2e.opened import Opened, opened
from tests.e2e.program import ROOT, Program
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


@pytest.mark.parametrize(
    ("reply", "state", "said", "step"),
    [
        (refused(401, "1001"), "bad", "智谱不认这把密钥", "更换密钥"),
        (refused(429, "1113", "余额不足"), "unsure", "密钥是对的。这个模型要用余额", "打开控制台"),
        (refused(403, "1220", "您无权访问"), "unsure", "还不能用这个模型", "打开控制台"),
        (None, "unsure", "对方没有接受连接", "再检查一次"),
    ],
    ids=["wrong key", "no balance", "not activated", "offline"],
)
def test_what_is_wrong_is_said_with_one_next_step(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, reply, state, said, step
) -> None:
    if reply is not None:
        server.on("zhipu", reply)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            if reply is None:
                window.core.settings.change(endpoints={})
                window.core.directory._endpoints["zhipu"] = f"http://127.0.0.1:{closed_port()}/v1"
            page = page_of(window)
            page.show_provider("zhipu")
            paste(page.cards["zhipu"].secret, ZHIPU)
            await window.until(lambda: page.cards["zhipu"].head.state == state)
            card = page.cards["zhipu"]
            assert said in card._result.text()
            assert card._next.text() == step
            assert not page.start.isEnabled()
            assert ZHIPU not in card._vendor.body.text()
            if reply is not None:
                assert card._vendor.head.isVisibleTo(page)
                card._vendor.head.click()
                assert "HTTP" in card._vendor.body.text()
                card._vendor.copy.click()
                assert QGuiApplication.clipboard().text() == card._vendor.body.text()

    run(scenario(), timeout=40)


def test_a_key_of_the_other_region_is_switched_with_one_click(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu-china", refused(401, "1001"))
    server.on("zhipu-overseas", Reply.stream(["好"], usage=(3, 1)))

    # The user's own file says where the vendor's hosts are; both are played here.
    folder = locate(tmp_path / "home", {}).user_providers
    folder.mkdir(parents=True)
    text = (ROOT / "resources" / "providers" / "zhipu.toml").read_text(encoding="utf-8")
    for host, region in (("open.bigmodel.cn", "china"), ("api.z.ai", "overseas")):
        text = text.replace(
            f'base_url = "https://{host}/api/paas/v4"', f'base_url = "{server.url(f"zhipu-{region}")}"'
        )
    text = text.replace("checked = 2026-11-22", "checked = 2099-01-01", 1)
    (folder / "zhipu.toml").write_text(text, encoding="utf-8")

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            core = window.core
            core.directory._endpoints.pop("zhipu")
            page = page_of(window)
            page.show_provider("zhipu")
            paste(page.cards["zhipu"].secret, ZHIPU)
            await window.until(lambda: page.cards["zhipu"].head.state == "unsure")
            card = page.cards["zhipu"]
            assert "海外" in card._result.text()
            assert card._next.text().startswith("换到海外")
            card._next.click()
            await window.until(lambda: page.cards["zhipu"].works)
            assert core.settings.current.regions["zhipu"] == "overseas"

    run(scenario(), timeout=40)


def test_a_server_on_this_computer_is_offered(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("vllm", Reply.models(["qwen3-8b"]), path="/models")
    server.on("vllm", Reply.stream(["本机"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            page = page_of(window)
            window.core.directory._endpoints["vllm"] = server.url("vllm")
            await window.shell._wiring.pages._offer_local(page)  # type: ignore[union-attr]
            button = page.offers.buttons["vllm"]
            assert "1 个模型" in button.text()
            button.click()
            await window.until(lambda: window.shell.window.page() == "chat")
            window.type("你好")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "本机", "done")

    run(scenario(), timeout=40)
