"""One question to several legs: what is stored, what each is sent, how it goes on and ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.asking import Ask
from app.chat import ChatService
from app.comparing import Column, chosen, in_order, leg_of
from app.errors import KnownError
from tests.app.test_chat import Script, answer, play, sent, service

LEGS = ("zhipu:glm-4.7-flash", "alibaba:qwen-plus")


async def _fill(chat: ChatService, columns: list[Column]) -> list[Any]:
    return [event for column in columns async for event in chat.answer(column)]


def test_each_leg_answers_the_same_question_alone(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(*answer("答"))
        store, chat = await service(tmp_path, relay)
        columns = await chat.compare(Ask(text="比一比"), LEGS)
        first = columns[0].started
        assert first.created and first.asked
        assert not columns[1].started.created
        assert len({column.started.question.id for column in columns}) == 1
        await _fill(chat, columns)
        assert [turn.pinned for turn in relay.turns] == list(LEGS)
        assert all(sent(turn) == [("user", "比一比")] for turn in relay.turns)
        group = first.answer.column_group
        assert group is not None
        members = in_order(await store.column_group(first.conversation.id, group))
        assert [leg_of(member) for member in members] == list(LEGS)
        assert [(m.text, m.status) for m in members] == [("答", "done")] * 2
        assert (await store.branch(first.conversation.id))[-1] == members[0].id
        await chat.choose(first.conversation.id, members[1].id)
        assert (await store.branch(first.conversation.id))[-1] == members[1].id
        assert chosen(await store.column_group(first.conversation.id, group))
        await store.close()

    arun(scenario())


def test_it_goes_on_under_every_answer(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(*answer("答"))
        store, chat = await service(tmp_path, relay)
        columns = await chat.compare(Ask(text="一"), LEGS)
        await _fill(chat, columns)
        conversation = columns[0].started.conversation.id
        group = columns[0].started.answer.column_group or ""
        more = await chat.follow(Ask(text="二", conversation=conversation), group)
        await _fill(chat, more)
        assert [turn.pinned for turn in relay.turns[2:]] == list(LEGS)
        assert all(
            sent(turn) == [("user", "一"), ("assistant", "答"), ("user", "二")] for turn in relay.turns[2:]
        )
        assert [c.started.question.parent for c in more] == [c.started.answer.id for c in columns]
        again = more[0].started.answer.column_group
        assert again not in (None, group)
        await store.close()

    arun(scenario())


def test_an_answer_made_again_takes_its_column(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(*answer("答"))
        store, chat = await service(tmp_path, relay)
        columns = await chat.compare(Ask(text="一"), LEGS)
        await _fill(chat, columns)
        first, second = (column.started for column in columns)
        conversation = first.conversation.id
        ask = Ask(
            conversation=conversation,
            answer=second.answer.id,
            in_column=True,
            pinned=LEGS[1],
            chain=(LEGS[1],),
        )
        events = await play(chat, ask)
        members = in_order(await store.column_group(conversation, first.answer.column_group or ""))
        assert [member.id for member in members] == [first.answer.id, events[0].answer.id]
        assert len(members[1].siblings) == 3
        assert (await store.branch(conversation))[-1] == first.answer.id, "the branch shown ends where it did"
        await store.close()

    arun(scenario())


def test_an_old_question_is_compared_where_it_stands(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(*answer("答"))
        store, chat = await service(tmp_path, relay)
        started = (await play(chat, Ask(text="旧")))[0]
        ask = Ask(conversation=started.conversation.id, answer=started.question.id)
        columns = await chat.compare(ask, LEGS)
        assert {column.started.question.id for column in columns} == {started.question.id}
        assert not columns[0].started.asked
        with pytest.raises(KnownError):
            await chat.follow(Ask(text="二", conversation=started.conversation.id), "none")
        await store.close()

    arun(scenario())
