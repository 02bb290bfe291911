"""Endpoints, servers and deployments of the user's own, in the real window and on the command line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import Opened, opened
from tests.e2e.program import Program, secret
from tests.fakes.server import FakeServer, Reply

LIST = Reply.json({"object": "list", "data": [{"id": "mine-large"}, {"id": "mine-embedding"}]})


def settings_page(window: Opened) -> Any:
    return window.shell._wiring.pages.show_settings("providers")


async def add(window: Opened, name: str, url: str, key: str = "") -> Any:
    """What a person does: Add, a name, an address, perhaps a key, save."""
    page = settings_page(window)
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    form = page.form
    form.name.insert(name)
    form.url.setFocus()
    QTest.keyClicks(form.url, url)
    QTest.keyClick(form.url, Qt.Key.Key_Return)
    if key:
        form.secret.insert(key)
        form.secret._hand_on()
    await window.until(form.list.count)
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    return page


async def asked(window: Opened, text: str) -> tuple[str, str, str]:
    window.shell.window.show_page("chat")
    window.shell._wiring.chat.new()
    window.type(text)
    await window.until(window.busy)
    await window.idle()
    return (await window.stored())[-1]


def test_an_endpoint_works_at_once_and_after_a_restart(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("office", LIST, path="/v1/models")
    server.on("office", Reply.stream(["在"], usage=(1, 1)))
    home = tmp_path / "home"

    async def scenario() -> None:
        async with opened(qapp, home, server) as window:
            # Without its `/v1`, as people paste it.
            page = await add(window, "公司网关", server.url("office").removesuffix("/v1"))
            await window.until(lambda: page.provider_page.provider != "" and not page._form_area.isVisible())
            view = page.providers.view(page.providers.row_of(page.provider_page.provider))
            assert (view.name, view.own, view.base_url) == ("公司网关", True, server.url("office"))
            assert [(m.spec.id, m.on, m.billing.value) for m in view.models] == [("mine-large", True, "free")]
            assert await asked(window, "第一问") == ("assistant", "在", "done")
        async with opened(qapp, home, server) as window:
            assert await asked(window, "第二问") == ("assistant", "在", "done")
            page = settings_page(window)
            page.show_provider(view.id)
            QTest.mouseClick(page.provider_page.own.edit, Qt.MouseButton.LeftButton)
            page.form.name.setText("新名字")
            page.form.typed.setText("mine-small, mine-tiny")
            QTest.mouseClick(page.form.save, Qt.MouseButton.LeftButton)
            await window.until(lambda: window.core.catalogue.spec(view.id).name.zh == "新名字")
            models = [m.id for m in window.core.catalogue.spec(view.id).models]
            assert models == ["mine-large", "mine-small", "mine-tiny"]
            await window.until(lambda: not page._form_area.isVisible())
            QTest.mouseClick(page.provider_page.own.remove, Qt.MouseButton.LeftButton)
            QTest.mouseClick(page.provider_page.own.question._yes, Qt.MouseButton.LeftButton)
            await window.until(lambda: window.core.catalogue.spec(view.id) is None)
            assert page.providers.row_of(view.id) == -1
        kept = [path.name for path in (home / "providers").iterdir()]
        assert kept == [f"{view.id}.toml.removed"]

    run(scenario(), timeout=60)


def test_an_endpoint_with_a_key_in_a_chain_of_the_users(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    key = secret("office")
    server.on("office", LIST, path="/models", key=key)
    server.on("office", Reply.error(401, {"error": {"message": "no key"}}), path="/models")
    server.on("office", Reply.stream(["好"], usage=(1, 1)), key=key)
    server.on("zhipu", Reply.error(500, {}))
    home = tmp_path / "home"

    async def scenario() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            window.core.settings.change(chain=("zhipu",))
            page = await add(window, "Office gateway", server.url("office"), key)
            await window.until(lambda: window.core.keys.records("office_gateway"))
            assert window.core.settings.current.chain == ("zhipu", "office_gateway")
            await window.until(
                lambda: [r.check_kind for r in window.core.keys.records("office_gateway")] == ["ok"]
            )
            assert page.provider_page.provider == "office_gateway"
            assert await asked(window, "问") == ("assistant", "好", "done")
        written = tomllib.loads((home / "providers" / "office_gateway.toml").read_text("utf-8"))
        assert (written["auth"], written["regions"][0]["base_url"]) == ("bearer", server.url("office"))
        assert Program(home).traces(key) == []

    run(scenario(), timeout=60)


def test_a_wrong_address_is_told_and_nothing_is_written(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            page = settings_page(window)
            QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
            for url, word in (
                ("http://example.com/v1", "没有加密"),
                (server.url("nobody"), "没有模型列表"),
                ("http://127.0.0.1:9/v1", ""),
            ):
                page.form.url.setText(url)
                page.form.url.setModified(True)
                page.form._problem.setText("")
                QTest.keyClick(page.form.url, Qt.Key.Key_Return)
                await window.until(page.form._problem.text)
                assert word in page.form._problem.text()
            page.form.name.setText("空的")
            page.form._problem.setText("")
            QTest.mouseClick(page.form.save, Qt.MouseButton.LeftButton)
            await window.until(lambda: "至少要有一个模型" in page.form._problem.text())
            assert not (tmp_path / "home" / "providers").exists()

    run(scenario(), timeout=40)


TAGS = Reply.json({"models": [{"name": "qwen3:8b", "model": "qwen3:8b", "capabilities": ["completion"]}]})


def test_a_local_server_is_found_and_answers(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("ollama", TAGS, path="/api/tags")
    server.on("ollama", Reply.stream(["本地"], usage=(1, 1)))
    home = tmp_path / "home"

    async def scenario() -> None:
        async with opened(qapp, home, server) as window:
            window.core.settings.change(endpoints={"ollama": server.url("ollama")})
            page = settings_page(window)
            await window.until(lambda: window.core.catalogue.get("ollama"))
            await window.until(lambda: page.providers.view(page.providers.row_of("ollama")).models)
            view = page.providers.view(page.providers.row_of("ollama"))
            assert view.note == "在运行 · 1 个模型"
            assert [item.spec for item in window.core.directory.chain()] == ["ollama"]
        async with opened(qapp, home, server) as window:
            # Remembered: a chain that names it is whole before anything was asked.
            assert window.core.directory.leg("ollama:qwen3:8b").billing.value == "free"

    run(scenario(), timeout=40)
    assert all(request.method == "GET" for request in server.requests_for("ollama"))


def test_ask_learns_the_models_of_a_local_server(tmp_path: Path, server: FakeServer) -> None:
    server.on("ollama", TAGS, path="/api/tags")
    lines = [
        {"model": "qwen3:8b", "message": {"role": "assistant", "content": "本地"}, "done": False},
        {"model": "qwen3:8b", "message": {"role": "assistant", "content": ""}, "done": True,
         "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2},
    ]  # fmt: skip
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    server.on("ollama", Reply(status=200, body=body, headers=(("content-type", "application/x-ndjson"),)))
    program = Program(tmp_path / "data", server)
    endpoint = f"ollama=http://127.0.0.1:{server.port}/ollama"
    for chain in ("ollama", "ollama:qwen3:8b"):
        answer = program.run("ask", "--json", "--endpoint", endpoint, "--chain", chain, "hi")
        assert answer.status == 0, answer.err
        done = answer.events[-1]
        assert (done["provider"], done["model"], done["text"]) == ("ollama", "qwen3:8b", "本地")
    assert program.run("ask", "--endpoint", endpoint, "hi").out.strip() == "本地"
    silent = program.run(
        "ask", "--json", "--endpoint", "ollama=http://127.0.0.1:9", "--chain", "ollama", "hi"
    )
    assert silent.status == 1
    assert "127.0.0.1:9" in silent.err


def test_azure_by_settings(tmp_path: Path, server: FakeServer) -> None:
    server.on("azure", Reply.stream(["云"], usage=(1, 1)))
    program = Program(tmp_path / "data", server, keys=("azure_openai",))
    program.home.mkdir()
    base = f"http://127.0.0.1:{server.port}/azure"
    chosen = {
        "endpoints": {"azure_openai": base},
        "own_models": {"azure_openai": ["my-deployment"]},
        "spend": "allow",
    }
    (program.home / "settings.json").write_text(json.dumps(chosen), encoding="utf-8")
    answer = program.run("ask", "--json", "--chain", "azure_openai", "hi")
    assert answer.status == 0, answer.out + answer.err
    assert answer.events[-1]["model"] == "my-deployment"
    (request,) = server.requests_for("azure")
    assert request.path.startswith("/azure/openai/deployments/my-deployment/chat/completions")
    never = program.run("ask", "--json", "--spend", "never", "--chain", "azure_openai", "hi")
    assert never.status == 3
    assert never.events[0]["reason"] == "paid"
