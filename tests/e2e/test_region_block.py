"""OpenAI does not serve this region: one plain sentence, and a domestic leg answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import opened
from tests.e2e.program import Program, secret
from tests.fakes.server import FakeServer, Reply

BLOCKED = Reply.error(
    403,
    {
        "error": {
            "code": "unsupported_country_region_territory",
            "message": "Country, region, or territory not supported",
            "param": None,
            "type": "request_forbidden",
        }
    },
)


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    return Program(tmp_path / "home", server, keys=("openai", "zhipu"))


def test_the_command_says_it_plainly_and_hands_over(program: Program, server: FakeServer) -> None:
    server.on("openai", BLOCKED)
    server.on("zhipu", Reply.stream(["在的"], usage=(3, 1)))
    answer = program.ask("openai:gpt-5-mini", "zhipu", options=("--spend", "allow"))
    assert answer.status == 0, answer.err
    failure = next(e for e in answer.events if e["event"] == "failure")
    assert (failure["kind"], failure["code"]) == ("region_blocked", "unsupported_country_region_territory")
    assert failure["why"] == "服务商不向你所在的地区提供服务。"
    assert answer.events[-1]["event"] == "done"
    assert (answer.events[-1]["provider"], answer.events[-1]["text"]) == ("zhipu", "在的")
    # The next turn does not knock again for a day.
    again = program.ask("openai:gpt-5-mini", "zhipu", options=("--spend", "allow"))
    skip = again.events[0]
    assert (skip["event"], skip["provider"], skip["reason"]) == ("skip", "openai", "disabled")
    assert skip["until"] is not None
    assert len(server.requests_for("openai")) == 1


def test_the_window_shows_who_did_not_and_who_answered(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("openai", BLOCKED)
    server.on("zhipu", Reply.stream(["在的"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("openai", "zhipu")) as window:
            window.core.directory._endpoints["openai"] = server.url("openai")
            window.core.settings.change(chain=("openai:gpt-5-mini", "zhipu"), spend="allow")
            window.type("在吗")
            await window.until(window.busy)
            await window.idle()
            assert (await window.stored())[-1] == ("assistant", "在的", "done")
            (row,) = window.answers()
            told = row._head.accessibleName()
            assert "地区不开放" in told
            assert "智谱" in told
            assert "unsupported_country" not in told, "the vendor's words are a click away, not here"
            row._unfold(True)
            assert "Country, region, or territory not supported" in row._details.words.body.text()
            assert secret("openai") not in row._details.words.body.text()

    run(scenario(), timeout=60)
