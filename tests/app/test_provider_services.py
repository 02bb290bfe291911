"""Model lists, balances and probes over real sockets, with a real store and keys."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.core import Core
from app.errors import KnownError
from providers.failures import Failure, FailureKind
from providers.spec import BillingClass
from tests.app.services import core, listed, told
from tests.e2e.program import ROOT
from tests.fakes.server import FakeServer, Reply

BALANCE = {
    "is_available": True,
    "balance_infos": [{"currency": "CNY", "total_balance": "13.62", "granted_balance": "10.00"}],
}
EMPTY = {"is_available": False, "balance_infos": [{"currency": "CNY", "total_balance": "0.00"}]}


# models


def test_new_models_wait_for_the_user_and_gone_ones_are_known(
    arun: Any, tmp_path: Path, server: FakeServer
) -> None:
    server.on("deepseek", listed("deepseek-flash", "deepseek-v9"), path="/models")

    async def story() -> None:
        async with core(tmp_path, server, "deepseek") as made:
            found = await made.providers.models.refresh("deepseek")
            assert (found.total, found.new, found.gone) == (2, ("deepseek-v9",), ("deepseek-v4-pro",))
            leg = made.directory.leg("deepseek:deepseek-v9")
            assert (leg.enabled, leg.billing) == (False, BillingClass.PAID)
            assert made.directory.leg("deepseek:deepseek-flash").enabled
            again = await made.providers.models.refresh("deepseek")
            assert again.new == ()
        async with core(tmp_path, server, "deepseek", models={"deepseek:deepseek-v9": True}) as made:
            assert made.directory.leg("deepseek:deepseek-v9").enabled, "remembered, and turned on since"
            assert made.providers.models.gone("deepseek") == {"deepseek-v4-pro"}

    told(arun, story)


def test_a_refusal_and_a_missing_key_are_told(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("deepseek", Reply.error(401, {"error": {"message": "no"}}), path="/models")

    async def story() -> None:
        async with core(tmp_path, server, "deepseek") as made:
            models = made.providers.models
            assert (await models.refresh("deepseek")).problem
            assert "密钥" in (await models.refresh("zhipu")).problem
            assert (await models.refresh("azure_openai")).problem
            assert (await models.refresh("nobody")).problem
            assert models.known("deepseek") is None

    told(arun, story)


def test_servers_on_this_computer(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("ollama", Reply.json({"models": [{"name": "qwen3:8b"}]}), path="/api/tags")
    server.on("vllm", listed(), path="/models")

    async def story() -> None:
        async with core(tmp_path, server) as made:
            changes = 0

            def count() -> None:
                nonlocal changes
                changes += 1

            made.catalogue.subscribe(count)
            found = await made.providers.models.discover()
            assert [(one.provider, one.models) for one in found] == [("ollama", 1), ("vllm", 0)]
            assert made.providers.models.running == found
            assert [item.spec for item in made.directory.chain()] == ["ollama"]
            await made.providers.models.discover()
            assert changes == 1, "an unchanged answer tells nobody anything"
            leg = made.directory.item("ollama").legs[0]
            assert (leg.id, leg.billing, leg.model.uncertain) == ("ollama:qwen3:8b", BillingClass.FREE, False)
            # Nobody has listed a model: one named by the chain is tried, the bare provider says what to do.
            assert made.directory.leg("vllm:some/model").billing is BillingClass.FREE
            with pytest.raises(KnownError) as caught:
                made.directory.item("vllm")
            assert server.url("vllm") in str(caught.value)

    told(arun, story)
    assert all("authorization" not in request.headers for request in server.requests)


def test_a_chain_with_a_model_of_another_server_asks_anew(
    arun: Any, tmp_path: Path, server: FakeServer
) -> None:
    server.on("ollama", Reply.json({"models": [{"name": "old"}]}), path="/api/tags")

    async def story() -> None:
        async with core(tmp_path, server) as made:
            models = made.providers.models
            await models.ensure(["ollama", "zhipu"])
            await models.ensure(["ollama:old"])
            asked = len(server.requests_for("ollama"))
            assert asked == 1
            server.on("ollama", Reply.json({"models": [{"name": "new"}]}), path="/api/tags")
            await models.ensure(["ollama:new"])
            assert len(server.requests_for("ollama")) == 2
            assert made.directory.leg("ollama:new")

    told(arun, story)


def test_damaged_memory_counts_as_none(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    async def story() -> None:
        for text in ("{", "[]", '{"zhipu": 3}', '{"zhipu": {"base_url": "x", "at": 1, "models": [{}]}}'):
            async with core(tmp_path, server) as made:
                await made.store.set_meta("found_models", text)
            async with core(tmp_path, server) as made:
                assert made.providers.models.known("zhipu") is None
                assert made.catalogue.get("zhipu") is not None

    told(arun, story)


def test_named_models(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    async def story() -> None:
        async with core(tmp_path, server) as made:
            made.settings.change(own_models={"azure_openai": ("my-gpt",), "nobody": ("x",)})
            leg = made.directory.leg("azure_openai:my-gpt")
            assert (leg.billing, leg.enabled) == (BillingClass.PAID, False), "overseas until turned on"
            made.settings.change(endpoints={"azure_openai": "https://me.openai.azure.cn"})
            assert made.directory.leg("azure_openai:my-gpt").enabled
            made.settings.change(own_models={})
            assert made.catalogue.get("azure_openai") is None

    told(arun, story)


# balances


def test_a_balance_in_words(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("deepseek", [Reply.json(BALANCE), Reply.json(EMPTY), Reply.error(401, {})], path="/balance")

    async def story() -> None:
        async with core(tmp_path, server, "deepseek") as made:
            balances = made.providers.balances
            first = await balances.check("deepseek")
            assert (first.text, first.told, first.empty) == ("余额 ¥13.62，其中赠送 ¥10.00", True, False)
            second = await balances.check("deepseek")
            assert "¥0.00" in second.text
            assert second.empty
            third = await balances.check("deepseek")
            assert not third.told
            assert balances.last("deepseek") == third
            for provider in ("zhipu", "siliconflow", "nobody"):
                with pytest.raises(KnownError):
                    await balances.check(provider)

    told(arun, story)


def test_an_account_with_something_left_comes_out_of_the_parking_once(
    arun: Any, tmp_path: Path, server: FakeServer
) -> None:
    server.on("deepseek", Reply.json(BALANCE), path="/balance")

    async def story() -> None:
        async with core(tmp_path, server, "deepseek") as made:
            tasks: list[asyncio.Task[None]] = []
            end = made.providers.begin(
                lambda work, _name: tasks.append(asyncio.ensure_future(work)), lambda _report: None
            )
            tasks[0].cancel()
            leg = made.directory.item("deepseek").legs[0]
            key = made.keys.refs("deepseek")[0].id
            refused = Failure(FailureKind.QUOTA_EXHAUSTED, code="balance", status=402)
            made.health.on_failure(leg, key, refused, started=made_at(made))
            assert made.health.look(leg, key, made_at(made)).state == "parked"
            await asyncio.wait(tasks)
            assert made.health.look(leg, key, made_at(made)).state == "ready"
            # It shows money and refuses all the same: not asked out a second time by itself.
            made.health.on_failure(leg, key, refused, started=made_at(made))
            await asyncio.wait(tasks)
            assert made.health.look(leg, key, made_at(made)).state == "parked"
            await made.providers.balances.check("deepseek")
            assert made.health.look(leg, key, made_at(made)).state == "ready", "the user asked"
            end()

    told(arun, story)


def made_at(made: Core) -> float:
    return SystemClock().now()


def test_what_counts_in_calls_reaches_the_store(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("calls", Reply.json({"left": 120}), path="/left")
    folder = tmp_path / "providers"
    folder.mkdir()
    (folder / "calls.toml").write_text(
        'id = "calls"\nname = { zh = "按次", en = "Calls" }\n[[regions]]\nid = "main"\n'
        f'name = {{ zh = "主", en = "Main" }}\nbase_url = "{server.url("calls")}"\n[[models]]\nid = "m"\n'
        '[balance]\npath = "/left"\ntotal = "left"\nunit = "calls"\n',
        "utf-8",
    )

    async def story() -> None:
        async with core(tmp_path, server, "calls") as made:
            report = await made.providers.balances.check("calls")
            assert "120 次" in report.text
            (kept,) = await made.store.corrections("calls")
            assert (kept.unit, kept.remaining, kept.source) == ("calls", 120, "vendor")

    told(arun, story)


def test_doctor_tells_whose_file_it_is(tmp_path: Path, server: FakeServer) -> None:
    from tests.e2e.program import Program

    program = Program(tmp_path / "data", server)
    (program.home / "providers").mkdir(parents=True)
    text = (ROOT / "resources" / "providers" / "stepfun.toml").read_text("utf-8")
    (program.home / "providers" / "mine.toml").write_text(text, "utf-8")
    lines = [json.loads(line) for line in program.run("doctor", "--json").out.splitlines()]
    assert any("stepfun" in line["text"] and "mine.toml" in line["text"] for line in lines)
