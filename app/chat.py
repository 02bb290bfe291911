"""Asking in a conversation: stores the question, runs the relay, saves what streams in, stores the end.

The window and `jieli ask` both go through here, so what one can do the other can.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from app.answering import Answering, Runner
from app.asking import Ask, ChatEvent, Started, note_with
from app.clock import Clock
from app.comparing import Column, Comparing
from app.context import new_message
from app.directory import Directory
from app.domain import Turn
from app.errors import KnownError
from app.ledger.consent import Consents
from app.planning import Plan, Planner
from app.policy import Policy
from app.relay.estimate import Estimator
from app.store.records import Message
from app.store.store import Store
from app.unicode import sound


class ChatService:
    """Runs turns. One instance serves every conversation; turns of different conversations may overlap."""

    def __init__(
        self,
        *,
        store: Store,
        relay: Runner,
        directory: Directory,
        policy: Callable[[], Policy],
        clock: Clock,
        fresh_practice: Callable[[], None],
        consents: Consents | None = None,
        estimator: Estimator | None = None,
    ) -> None:
        self._store = store
        self._answering = Answering(store, relay, clock)
        self._planner = Planner(
            store=store,
            directory=directory,
            policy=policy,
            clock=clock,
            fresh_practice=fresh_practice,
            consents=consents,
            estimator=estimator,
        )
        self._comparing = Comparing(store, self._planner)
        self._consents = consents

    async def ask(self, ask: Ask) -> AsyncGenerator[ChatEvent, None]:
        """Run one turn and yield its events: `Started`, the relay's events, `Finished`.

        What the user wrote is on disk before anything is sent. When the consumer stops early or its task
        is cancelled, what was read so far is stored as `stopped`. Raises `KnownError` before `Started` when
        the conversation, a leg or the disk does not allow the turn.
        """
        ask = _sound(ask)
        started, turn = await self._prepare(ask)
        yield started
        # Asked for once in a turn: whoever has just agreed or declined is not asked again.
        asks_price = turn.policy.spend == "ask" and not ask.consented
        async with aclosing(self._answering.run(started, turn, asks_price=asks_price)) as events:
            async for event in events:
                yield event

    async def compare(self, ask: Ask, legs: Sequence[str]) -> list[Column]:
        """Store one question and an empty answer for each of `legs`; `answer` fills them, side by side.

        With `ask.text` None the question of `ask.answer` is asked again. Each leg answers or fails for
        itself. Raises `KnownError` as `ask` does.
        """
        return await self._comparing.begin(_sound(ask), legs)

    async def follow(self, ask: Ask, group: str) -> list[Column]:
        """Ask `ask.text` under each answer of the comparison `group`, each of the leg that gave it."""
        return await self._comparing.follow(_sound(ask), group)

    async def answer(self, column: Column) -> AsyncGenerator[ChatEvent, None]:
        """Fill one column's answer; events and cancelling as with `ask`."""
        yield column.started
        async with aclosing(self._answering.run(column.started, column.turn)) as events:
            async for event in events:
                yield event

    async def choose(self, conversation: str, answer: str) -> None:
        """Go on with that answer of a comparison alone; the others stay as its siblings."""
        await self._comparing.choose(conversation, answer)

    async def keep(self, answer: str) -> None:
        """Leave an answer that broke off as it is."""
        found = await self._store.messages([answer])
        if found:
            note = note_with(found[0], "asks", None)
            await self._store.save_answer(answer, status="done", finish="kept", note=note)

    def agreed_to(self, conversation: str | None) -> frozenset[str]:
        """The paid legs the user agreed to for that conversation."""
        return self._consents.given(conversation) if self._consents else frozenset()

    async def decline(self, answer: str) -> None:
        """The user does not want to pay for an answer."""
        found = await self._store.messages([answer])
        if found:
            await self._store.save_answer(answer, note=note_with(found[0], "pays", None))

    async def _prepare(self, ask: Ask) -> tuple[Started, Turn]:
        plan = await self._planner.plan(ask)
        answer = await self._store_turn(plan)
        answer = replace(answer, note=note_with(answer, "from", plan.sent.first))
        asked, conversation, sent = ask.text is not None, plan.conversation, plan.sent.ids
        started = Started(conversation, plan.question, answer, plan.created, asked, plan.replaced, sent)
        return started, self._planner.turn(plan, answer)

    async def _store_turn(self, plan: Plan) -> Message:
        ask, conversation, question = plan.ask, plan.conversation, plan.question
        if ask.resume and ask.answer is not None:
            old = next((m for m in plan.branch if m.id == ask.answer), None)
            if old is None:
                raise KnownError("chat.answer_gone")
            await self._store.save_answer(old.id, status="streaming")
            return replace(old, status="streaming")
        answer = new_message(conversation.id, question.id, "assistant", "", "streaming", plan.at)
        if ask.text is not None:
            await self._store.add_turn(conversation.id, question, answer, plan.parts)
        elif ask.in_column and ask.answer is not None:
            answer = await self._comparing.instead(ask.answer, answer)
        else:
            await self._store.add_message(answer)
            await self._store.set_head(conversation.id, answer.id)
        return answer


def _sound(ask: Ask) -> Ask:
    """The same with text that can be stored and sent."""
    return ask if ask.text is None else replace(ask, text=sound(ask.text))
