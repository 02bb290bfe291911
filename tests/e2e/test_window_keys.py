"""Several keys of one provider in the real window, and keys pasted where another provider's belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply

FIRST = "0123456789abcdef" * 2 + ".FirstKey12345678"
SECOND = "fedcba9876543210" * 2 + ".SecondKey1234567"


def refused(status: int, code: str) -> Reply:
    return Reply.error(status, {"error": {"code": code, "message": "no"}})


@pytest.mark.parametrize(
    "reply",
    [refused(401, "1001"), refused(429, "1113"), refused(429, "1302")],
    ids=["auth", "quota", "rate"],
)
def test_the_next_key_answers_and_is_named(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, reply: Reply
) -> None:
    server.on("zhipu", reply, key=FIRST)
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)), key=SECOND)

    async def ask(window: Opened) -> None:
        window.type("你好")
        await window.until(window.busy)
        await window.idle()
        assert (await window.stored())[-1] == ("assistant", "好", "done")

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            keys = window.core.keys
            await keys.add("zhipu", FIRST, "甲")
            second = await keys.add("zhipu", SECOND, "乙")
            window.core.settings.change(chain=("zhipu:glm-4.7-flash",))
            window.shell._wiring.chat.new()  # type: ignore[union-attr]
            await ask(window)
            asked = [r.headers["authorization"].removeprefix("Bearer ") for r in server.requests]
            assert asked == [FIRST, SECOND]
            (row,) = window.answers()
            row._unfold(True)
            told = row._details.accessibleName()
            assert "密钥“甲”" in told
            assert "密钥“乙”" in told
            # The order is the user's: the second one first from now on.
            await keys.move(second.id, 0)
            assert [ref.label for ref in keys.refs("zhipu")] == ["乙", "甲"]
            await ask(window)
            assert len(server.requests) == 3

    run(scenario(), timeout=60)


def test_a_key_pasted_at_the_wrong_provider_is_asked_about(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)))
    server.on("alibaba", refused(401, "invalid_api_key"))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            core = window.core
            page = window.shell._wiring.pages.show_settings()  # type: ignore[union-attr]
            page.show_provider("alibaba")
            shown = page.provider_page
            field = shown.keys.secret
            QGuiApplication.clipboard().setText(FIRST)
            field.paste()
            question = shown.keys.question
            assert list(question.choices) == ["zhipu", "alibaba"]
            assert "智谱" in question.words.text()
            assert core.keys.records("alibaba") == core.keys.records("zhipu") == []
            question.choices["alibaba"].click()
            # Who insists gets it checked there, and is told once more, with the way to mend it.
            await window.until(
                lambda: [r.check_hint for r in core.keys.records("alibaba")] == ["key_other_provider"]
            )
            (record,) = core.keys.records("alibaba")
            await window.until(lambda: shown.keys.rows[record.id].change.text() == "存给智谱")
            assert server.requests_for("zhipu") == []
            shown.keys.rows[record.id].change.click()
            await window.until(lambda: [r.check_kind for r in core.keys.records("zhipu")] == ["ok"])
            assert core.keys.records("alibaba") == []
            await window.until(lambda: shown.provider == "zhipu")

    run(scenario(), timeout=60)


def test_a_dismissed_question_keeps_nothing(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            pages = window.shell._wiring.pages  # type: ignore[union-attr]
            page = pages.show_settings()
            page.show_provider("alibaba")
            QGuiApplication.clipboard().setText(FIRST)
            page.provider_page.keys.secret.paste()
            page.provider_page.keys.question._dismiss()
            assert pages._providers._help._pending is None
            assert window.core.keys.records("alibaba") == []
            assert server.requests == []

    run(scenario(), timeout=60)
