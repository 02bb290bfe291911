"""Titles and summaries: who is asked for them, what is made of an answer, what is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.core import Core
from app.store.entries import GrantRow
from app.store.records import Conversation
from app.titles import clean_title, title_from
from tests.app.parts import message
from tests.app.services import core
from tests.e2e.program import FREE_TIER_ONLY
from tests.fakes.server import FakeServer, Reply


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("限流模块设计", "限流模块设计"),
        ("标题：《限流模块设计》\n因为……", "限流模块设计"),
        ('"Rate limiter design."', "Rate limiter design"),
        ("\n\n**Title: Rate limiter**\n", "Rate limiter"),
        ("接力是**把话接着说下去** `relay`", "接力是把话接着说下去 relay"),
        ("「查询\u202e额度」", "查询额度"),
        ("好的，" + "这是一个非常长的标题" * 6, ""),
        ("……\n", "…"),
        ("", ""),
        ("“”", ""),
    ],
)
def test_titles_are_one_clean_line(said: str, title: str) -> None:
    assert clean_title(said).strip("…") == title.strip("…")


async def talked(
    made: Core, question: str = "问题", *, practice: bool = False, chain: Any = None
) -> Conversation:
    """A conversation with one answer."""
    store = made.store
    kept = await store.create_conversation(title=title_from(question), practice=practice, chain=chain)
    asked = message("q" + kept.id, kept.id, None, question)
    said = message("a" + kept.id, kept.id, asked.id, "回答", "assistant")
    await store.add_turn(kept.id, asked, said)
    found = await store.conversation(kept.id)
    assert found is not None
    return found


async def title(made: Core, conversation: Conversation) -> str:
    found = await made.store.conversation(conversation.id)
    assert found is not None
    return found.title


def test_a_title_comes_from_a_free_leg_of_the_chain(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("zhipu", Reply.stream(["查额度"], usage=(50, 3)))
    server.on("deepseek", Reply.stream(["贵"], usage=(50, 3)))

    async def scenario() -> None:
        async with core(tmp_path, server, "zhipu", "deepseek", chain=("deepseek", "zhipu")) as made:
            one = await talked(made)
            assert await made.idle.titles.improve(one.id) and await title(made, one) == "查额度"
            assert not await made.idle.titles.improve(one.id)
            assert len(server.requests_for("zhipu")) == 1 and not server.requests_for("deepseek")
            practice = await talked(made, practice=True)
            assert not await made.idle.titles.improve(practice.id)
            named = await talked(made)
            await made.store.update_conversation(named.id, title="我的", title_by_user=True)
            assert not await made.idle.titles.improve(named.id)
            only_paid = await talked(made, chain=("deepseek",))
            assert not await made.idle.titles.improve(only_paid.id)
            gone = await talked(made, chain=("nobody",))
            assert not await made.idle.titles.improve(gone.id)
            pinned = await talked(made)
            await made.store.update_conversation(pinned.id, pinned_leg="deepseek:deepseek-chat")
            assert not await made.idle.titles.improve(pinned.id)
            made.settings.change(auto_title=False)
            assert not await made.idle.titles.improve((await talked(made)).id)
            assert len(server.requests) == 1

    arun(scenario())


def test_a_grant_or_the_users_word_makes_a_leg_unfit(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("zhipu", Reply.stream(["标题"]))

    async def scenario() -> None:
        free = "zhipu:glm-4.7-flash"
        async with core(tmp_path, server, "zhipu", chain=(free,), billing={free: "grant"}) as made:
            assert not await made.idle.titles.improve((await talked(made)).id)
            made.settings.change(billing={})
            made.settings.change(models={free: False})
            assert not await made.idle.titles.improve((await talked(made)).id)
            made.settings.change(models={})
            leg = made.directory.leg(free)
            assert not made.ledger.metered(leg)
            await made.ledger.add(GrantRow("", "zhipu", "tokens", 1000, 0.0, model=leg.model.id))
            assert made.ledger.metered(leg)
            assert not await made.idle.titles.improve((await talked(made)).id)
            assert server.requests == []

    arun(scenario())


@pytest.mark.parametrize(
    "reply",
    [
        FREE_TIER_ONLY,
        Reply.error(429, {"error": {"message": "slow"}}),
        Reply.stream([""]),
        Reply.error(500, {}),
    ],
)
def test_a_failure_leaves_no_trace_but_its_record(
    arun: Any, tmp_path: Path, server: FakeServer, reply: Reply
) -> None:
    server.on("zhipu", reply)

    async def scenario() -> None:
        async with core(tmp_path, server, "zhipu", chain=("zhipu:glm-4.7-flash",)) as made:
            one = await talked(made)
            assert not await made.idle.titles.improve(one.id)
            assert await title(made, one) == "问题" and made.health.rows() == ()
            assert len(server.requests) == 1, "no second try"
            spent = await made.store._database.call(
                lambda db: db.execute("SELECT outcome, code, message, conversation FROM attempt").fetchall()
            )
            assert spent == [("failed", "title", None, one.id)]

    arun(scenario())


def test_a_resting_leg_is_left_alone(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on(
        "zhipu", [Reply.error(429, {"error": {"message": "Too many requests"}}), Reply.stream(["标题"])]
    )

    async def scenario() -> None:
        from app.asking import Ask

        async with core(tmp_path, server, "zhipu", chain=("zhipu:glm-4.7-flash",), max_attempts=1) as made:
            async for _ in made.chat.ask(Ask(text="问")):
                pass
            assert made.health.rows() != ()
            asked = len(server.requests)
            assert not await made.idle.titles.improve((await talked(made)).id)
            assert len(server.requests) == asked

    arun(scenario())
