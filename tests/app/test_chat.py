"""Asking in a conversation: what is stored, what is sent, where a new answer goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.asking import Ask, Started
from app.chat import ChatService
from app.clock import SystemClock
from app.directory import Directory
from app.domain import Turn
from app.errors import KnownError
from app.policy import Policy
from app.relay.events import Delta, Done, RelayEvent, Switch, Usage
from app.settings import Settings
from app.store.store import Store
from app.titles import title_from
from providers.catalogue import load_catalogue
from tests.e2e.program import ROOT


class Script:
    """A relay that answers every turn with the same events and remembers what it was asked."""

    def __init__(self, *events: RelayEvent) -> None:
        self.events = events
        self.turns: list[Turn] = []

    async def run(self, turn: Turn) -> AsyncGenerator[RelayEvent, None]:
        self.turns.append(turn)
        for event in self.events:
            await asyncio.sleep(0)
            yield event


def answer(text: str) -> tuple[RelayEvent, ...]:
    return Delta(text), Done("zhipu", "glm-4.7-flash", text, "stop", Usage(1, 1, False))


async def service(folder: Path, relay: Script) -> tuple[Store, ChatService]:
    store = await Store.open(folder / "jieli.db", SystemClock(), folder / "running")
    directory = Directory(load_catalogue(ROOT / "resources" / "providers"), Settings(chain=("zhipu",)))
    chat = ChatService(
        store=store,
        relay=relay,
        directory=directory,
        policy=Policy,
        clock=SystemClock(),
        fresh_practice=lambda: None,
    )
    return store, chat


async def play(chat: ChatService, ask: Ask) -> list[Any]:
    return [event async for event in chat.ask(ask)]


def sent(turn: Turn) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in turn.messages]


def test_an_older_answer_is_made_again_from_what_stood_before_it(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(*answer("答" * 9000))
        store, chat = await service(tmp_path, relay)
        started = (await play(chat, Ask(text="第一问")))[0]
        assert isinstance(started, Started)
        conversation = started.conversation.id
        for n in range(2, 130):
            await play(chat, Ask(text=f"第{n}问", conversation=conversation))
        await play(chat, Ask(conversation=conversation, answer=started.answer.id))
        assert sent(relay.turns[-1]) == [("user", "第一问")]
        branch = await store.messages(await store.branch(conversation))
        assert [m.text for m in branch] == ["第一问", "答" * 9000]
        assert len(branch[-1].siblings) == 2
        await store.close()

    arun(scenario(), timeout=60)


def test_a_chain_that_names_nothing_leaves_no_conversation(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        store, chat = await service(tmp_path, Script(*answer("好")))
        with pytest.raises(KnownError):
            await play(chat, Ask(text="问", chain=("nobody",)))
        assert await store.conversations() == []
        await store.close()

    arun(scenario())


def test_a_deleted_conversation_is_not_gone_on_with(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        store, chat = await service(tmp_path, Script(*answer("好")))
        started = (await play(chat, Ask(text="问")))[0]
        await store.delete_conversation(started.conversation.id)
        with pytest.raises(KnownError):
            await play(chat, Ask(text="再问", conversation=started.conversation.id))
        await store.close()

    arun(scenario())


def test_a_restart_keeps_what_was_read_as_a_sibling(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        end = replace(Done("zhipu", "glm-4.7-flash", "重来", "stop", Usage(1, 1, True)))
        relay = Script(Delta("读过的"), Switch("a:x", "zhipu:glm-4.7-flash", "restart"), Delta("重来"), end)
        store, chat = await service(tmp_path, relay)
        started = (await play(chat, Ask(text="问")))[0]
        branch = await store.messages(await store.branch(started.conversation.id))
        assert branch[-1].text == "重来"
        kept = await store.messages(branch[-1].siblings)
        assert {m.text for m in kept} == {"读过的", "重来"}
        await store.close()

    arun(scenario())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("你好", "你好"),
        ("# 标题\n正文", "标题"),
        ("\n\n  second line  ", "second line"),
        ("", ""),
        ("word " * 20, "word word word word…"),
        ("长" * 40, "长" * 24 + "…"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_from(text) == title
