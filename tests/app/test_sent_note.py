"""An answer remembers from where on the conversation was sent with its question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.asking import Ask, Finished, Started
from app.relay.events import Trimmed
from tests.app.test_chat import Script, answer, play, service


def test_what_the_relay_cut_is_noted_and_forgotten_when_all_is_sent_again(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(*answer("答"))
        store, chat = await service(tmp_path, relay)
        started = (await play(chat, Ask(text="一")))[0]
        assert isinstance(started, Started) and started.sent == (started.question.id,)
        conversation = started.conversation.id
        relay.events = (Trimmed(2), *answer("答二"))
        events = await play(chat, Ask(text="二", conversation=conversation))
        began, ended = events[0], events[-1]
        assert isinstance(began, Started) and isinstance(ended, Finished)
        assert began.sent == (started.question.id, started.answer.id, began.question.id)
        assert ended.answer.facts == {"from": began.question.id}
        (stored,) = await store.messages([ended.answer.id])
        assert stored.facts == {"from": began.question.id}
        # Twice in one turn, for a smaller window each time.
        relay.events = (Trimmed(2), Trimmed(2), *answer("答三"))
        ended = (await play(chat, Ask(text="三", conversation=conversation)))[-1]
        branch = await store.branch(conversation)
        assert ended.answer.facts == {"from": branch[4]}
        relay.events = answer("答四")
        ended = (await play(chat, Ask(text="四", conversation=conversation)))[-1]
        assert ended.answer.facts == {}
        await store.close()

    arun(scenario())


def test_nonsense_from_the_relay_marks_nothing(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        relay = Script(Trimmed(9), *answer("答"))
        store, chat = await service(tmp_path, relay)
        ended = (await play(chat, Ask(text="一")))[-1]
        assert ended.answer.facts == {}
        await store.close()

    arun(scenario())
