"""Asking in a conversation: stores the question, runs the relay, saves what streams in, stores the end.

The window and `jieli ask` both go through here, so what one can do the other can.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from app.answering import Answering, Runner
from app.asking import Ask, ChatEvent, Started, note_with
from app.clock import Clock
from app.context import last_question, new_message, place, sent_history
from app.directory import Directory
from app.domain import ChainItem, Turn
from app.errors import KnownError
from app.ledger.consent import Consents
from app.policy import Policy
from app.store.records import Conversation, Message
from app.store.store import Store
from app.titles import title_from
from app.unicode import sound

HISTORY_STEP = 200
SMALLEST_HISTORY = 400_000


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
    ) -> None:
        self._store = store
        self._answering = Answering(store, relay, clock)
        self._directory = directory
        self._policy = policy
        self._clock = clock
        self._fresh_practice = fresh_practice
        self._consents = consents

    async def ask(self, ask: Ask) -> AsyncGenerator[ChatEvent, None]:
        """Run one turn and yield its events: `Started`, the relay's events, `Finished`.

        What the user wrote is on disk before anything is sent. When the consumer stops early or its task
        is cancelled, what was read so far is stored as `stopped`. Raises `KnownError` before `Started` when
        the conversation, a leg or the disk does not allow the turn.
        """
        if ask.text is not None:
            ask = replace(ask, text=sound(ask.text))
        started, turn = await self._prepare(ask)
        yield started
        # Asked for once in a turn: whoever has just agreed or declined is not asked again.
        asks_price = turn.policy.spend == "ask" and not ask.consented
        async with aclosing(self._answering.run(started, turn, asks_price=asks_price)) as events:
            async for event in events:
                yield event

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
        policy = self._policy()
        found = await self._conversation(ask)
        # Before anything is stored: a chain that names no leg must not leave an empty conversation behind.
        chain = self._chain(ask, found)
        conversation = found or await self._begin(ask)
        spend = ask.spend or conversation.spend or policy.spend
        policy = replace(policy, spend=spend, pass_blocked=ask.pass_blocked or policy.pass_blocked)
        branch = await self._recent(conversation.id, chain, ask.answer or ask.instead or ask.under)
        now = self._clock.now()
        replaced = None if ask.resume else ask.answer
        if ask.text is not None:
            parent, history, replaced = place(branch, ask)
            question = new_message(conversation.id, parent, "user", ask.text, "done", now)
        else:
            question, history = last_question(branch, ask.answer)
        consented = ask.consented
        if self._consents:
            consented = await self._consents.agreed(conversation.id, consented, remember=not ask.once)
        answer = await self._store_turn(ask, conversation, question, branch, now)
        turn = Turn(
            id=answer.id,
            conversation=conversation.id,
            messages=sent_history(conversation.system, [*history, question]),
            chain=chain,
            policy=policy,
            partial=answer.text if ask.resume else "",
            pinned=ask.pinned or conversation.pinned_leg,
            consented=consented,
            thinking=ask.thinking,
            extra_skip=ask.after,
        )
        return Started(conversation, question, answer, found is None, ask.text is not None, replaced), turn

    async def _recent(
        self, conversation: str, chain: tuple[ChainItem, ...], around: str | None
    ) -> list[Message]:
        """The branch shown up to its end, or to a little behind the message `around`: as much of it as the
        chain's largest window could hold, and a bit more."""
        windows = [leg.model.context or 0 for item in chain for leg in item.legs]
        characters = max(windows, default=0) * 4 or SMALLEST_HISTORY
        ids = await self._store.branch(conversation)
        if around in ids:
            del ids[ids.index(around) + 2 :]
        found: list[Message] = []
        while ids and characters > 0:
            part = await self._store.messages(ids[-HISTORY_STEP:])
            del ids[-HISTORY_STEP:]
            characters -= sum(len(m.text) for m in part)
            found[:0] = part
        return found

    async def _store_turn(
        self, ask: Ask, conversation: Conversation, question: Message, branch: list[Message], now: float
    ) -> Message:
        if ask.resume and ask.answer is not None:
            old = next((m for m in branch if m.id == ask.answer), None)
            if old is None:
                raise KnownError("chat.answer_gone")
            await self._store.save_answer(old.id, status="streaming")
            return replace(old, status="streaming")
        answer = new_message(conversation.id, question.id, "assistant", "", "streaming", now)
        if ask.text is not None:
            await self._store.add_turn(conversation.id, question, answer)
        else:
            await self._store.add_message(answer)
            await self._store.set_head(conversation.id, answer.id)
        return answer

    async def _conversation(self, ask: Ask) -> Conversation | None:
        """The conversation that is asked in; None = a new one."""
        if ask.conversation is None:
            return None
        found = await self._store.conversation(ask.conversation)
        if found is None or found.deleted_at is not None:
            raise KnownError("cli.no_conversation", id=ask.conversation)
        return found

    async def _begin(self, ask: Ask) -> Conversation:
        if ask.practice:
            self._fresh_practice()
        title = title_from(ask.text or "")
        return await self._store.create_conversation(
            title=title, practice=ask.practice, chain=ask.chain if ask.keep_chain else None
        )

    def _chain(self, ask: Ask, conversation: Conversation | None) -> tuple[ChainItem, ...]:
        if ask.practice or (conversation is not None and conversation.practice):
            return self._directory.practice_chain()
        return self._directory.chain(ask.chain or (conversation.chain if conversation is not None else None))
