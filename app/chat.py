"""Asking in a conversation: stores the question, runs the relay, saves what streams in, stores the end.

The window and `jieli ask` both go through here, so what one can do the other can.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from app.clock import Clock
from app.directory import Directory
from app.domain import ChainItem, Turn
from app.errors import KnownError
from app.policy import Policy, Spend
from app.relay.events import (
    Delta,
    Done,
    Exhausted,
    Reasoning,
    RelayEvent,
    Stopped,
    Switch,
)
from app.store.records import Conversation, Message, MessageStatus
from app.store.store import Store
from app.unicode import sound
from providers.base import ChatMessage

FLUSH_SECONDS = 0.8
"""How often a growing answer is saved; design asks for at least once a second."""

TITLE_LENGTH = 24

HISTORY_STEP = 200
SMALLEST_HISTORY = 400_000


class Runner(Protocol):
    """The relay, as far as this service needs it."""

    def run(self, turn: Turn) -> AsyncGenerator[RelayEvent, None]: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask and how. Fields left None follow the conversation, then the settings.

    `text` None asks again the question that `answer` answers (or the last one), as a sibling of it;
    `resume` goes on from the text `answer` already has. `instead` names the question whose sibling `text`
    becomes, `under` the message `text` follows; without either it follows the branch's end.
    `after` names legs to leave out of this turn, `consented` paid legs the user agreed to for it.
    """

    text: str | None = None
    conversation: str | None = None
    answer: str | None = None
    resume: bool = False
    instead: str | None = None
    under: str | None = None
    chain: tuple[str, ...] | None = None
    spend: Spend | None = None
    pinned: str | None = None
    after: frozenset[str] = frozenset()
    consented: frozenset[str] = frozenset()
    thinking: bool | None = None
    pass_blocked: bool = False
    practice: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The question is safely stored and the answer's empty message exists.

    `created` = the conversation is new, `asked` = the question is; `replaced` is the message whose place the
    new one takes in the branch shown (it stays as a sibling); what followed it is not shown either.
    """

    conversation: Conversation
    question: Message
    answer: Message
    created: bool
    asked: bool
    replaced: str | None = None


@dataclass(frozen=True, slots=True)
class Restarted:
    """The answer begins anew on another leg; what was read stays as the sibling `earlier`."""

    earlier: Message
    answer: Message


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer as it was stored, after the turn's terminal event."""

    answer: Message


ChatEvent = Started | Restarted | Finished | RelayEvent


class _Draft:
    """The growing answer, saved at most every `FLUSH_SECONDS` while it is dirty."""

    def __init__(self, store: Store, answer: Message) -> None:
        self._store = store
        self._timer: asyncio.TimerHandle | None = None
        self.answer = answer
        self.text = [answer.text] if answer.text else []
        self.reasoning: list[str] = [answer.reasoning] if answer.reasoning else []

    def add(self, event: Delta | Reasoning) -> None:
        (self.text if isinstance(event, Delta) else self.reasoning).append(event.text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        # Joining in place keeps the lists short, so that a long answer is not joined from its tokens anew.
        self.text[:] = ["".join(self.text)]
        self.reasoning[:] = ["".join(self.reasoning)]
        self._store.post_text(self.answer.id, self.text[0], self.reasoning[0])

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


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
    ) -> None:
        self._store = store
        self._relay = relay
        self._directory = directory
        self._policy = policy
        self._clock = clock
        self._fresh_practice = fresh_practice

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
        draft = _Draft(self._store, started.answer)
        reasoning_since: float | None = None
        reasoning_ms: int | None = started.answer.reasoning_ms
        end: Done | Exhausted | Stopped | None = None
        try:
            async with aclosing(self._relay.run(turn)) as events:
                async for event in events:
                    match event:
                        case Delta():
                            if reasoning_since is not None and reasoning_ms is None:
                                reasoning_ms = int((self._clock.monotonic() - reasoning_since) * 1000)
                            draft.add(event)
                        case Reasoning():
                            reasoning_since = reasoning_since or self._clock.monotonic()
                            draft.add(event)
                        case Switch(mode="restart") if "".join(draft.text):
                            yield await self._restart(draft)
                        case Done() | Exhausted() | Stopped():
                            end = event
                            continue
                        case _:
                            pass
                    yield event
        finally:
            draft.stop()
            stored = await asyncio.shield(self._store_end(draft, end, reasoning_ms))
        if end is not None:
            yield end
        yield Finished(stored)

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
            parent, history, replaced = _place(branch, ask)
            question = _message(conversation.id, parent, "user", ask.text, "done", now)
        else:
            question, history = _last_question(branch, ask.answer)
        answer = await self._store_turn(ask, conversation, question, branch, now)
        turn = Turn(
            id=answer.id,
            conversation=conversation.id,
            messages=_history(conversation.system, [*history, question]),
            chain=chain,
            policy=policy,
            partial=answer.text if ask.resume else "",
            pinned=ask.pinned or conversation.pinned_leg,
            consented=ask.consented,
            thinking=ask.thinking,
            extra_skip=ask.after,
        )
        return Started(conversation, question, answer, found is None, ask.text is not None, replaced), turn

    async def _recent(
        self, conversation: str, chain: tuple[ChainItem, ...], place: str | None
    ) -> list[Message]:
        """The branch shown up to its end, or to a little behind the message `place`: as much of it as the
        chain's largest window could hold, and a bit more."""
        windows = [leg.model.context or 0 for item in chain for leg in item.legs]
        characters = max(windows, default=0) * 4 or SMALLEST_HISTORY
        ids = await self._store.branch(conversation)
        if place in ids:
            del ids[ids.index(place) + 2 :]
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
        answer = _message(conversation.id, question.id, "assistant", "", "streaming", now)
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
        return await self._store.create_conversation(title=title, practice=ask.practice)

    def _chain(self, ask: Ask, conversation: Conversation | None) -> tuple[ChainItem, ...]:
        if ask.practice or (conversation is not None and conversation.practice):
            return self._directory.practice_chain()
        return self._directory.chain(ask.chain or (conversation.chain if conversation is not None else None))

    async def _restart(self, draft: _Draft) -> Restarted:
        """Keep what was read as a sibling and go on in a fresh answer.

        The attempts of the turn are recorded under the id the turn began with, so that message keeps being
        the answer; the copy takes the old text.
        """
        now = self._clock.now()
        text = "".join(draft.text)
        earlier = replace(
            _message(draft.answer.conversation, draft.answer.parent, "assistant", text, "stopped", now),
            reasoning="".join(draft.reasoning),
        )
        draft.text.clear()
        draft.reasoning.clear()
        await self._store.add_message(earlier)
        await self._store.save_answer(draft.answer.id, text="", reasoning="")
        return Restarted(earlier, draft.answer)

    async def _store_end(
        self, draft: _Draft, end: Done | Exhausted | Stopped | None, reasoning_ms: int | None
    ) -> Message:
        text = end.text if isinstance(end, Done) else "".join(draft.text)
        status: MessageStatus
        match end:
            case Done():
                status, finish = "done", end.finish
            case Exhausted(offline=True) if not text:
                status, finish = "waiting", "offline"
            case Exhausted():
                status, finish = "failed", None
            case _:
                status, finish = "stopped", None
        saved = replace(
            draft.answer,
            text=text,
            reasoning="".join(draft.reasoning),
            reasoning_ms=reasoning_ms,
            status=status,
            finish=finish,
            provider=end.provider if isinstance(end, Done) else draft.answer.provider,
            model=end.model if isinstance(end, Done) else draft.answer.model,
            updated_at=self._clock.now(),
        )
        await self._store.save_answer(
            saved.id,
            text=saved.text,
            reasoning=saved.reasoning,
            reasoning_ms=saved.reasoning_ms,
            status=saved.status,
            finish=saved.finish,
            provider=saved.provider,
            model=saved.model,
        )
        return saved


def title_from(text: str) -> str:
    """A title from the first words of a question: its first line, shortened at a word or a character."""
    line = next((part.strip(" #>*`\t") for part in text.splitlines() if part.strip(" #>*`\t")), "")
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line[:TITLE_LENGTH]
    space = cut.rfind(" ")
    return (cut[:space] if space > TITLE_LENGTH // 2 else cut).rstrip("，,。.；;：: ") + "…"


def _message(
    conversation: str, parent: str | None, role: str, text: str, status: MessageStatus, now: float
) -> Message:
    return Message(
        id=uuid.uuid4().hex,
        conversation=conversation,
        parent=parent,
        role="user" if role == "user" else "assistant",
        text=text,
        status=status,
        created_at=now,
        updated_at=now,
    )


def _last_question(branch: list[Message], answer: str | None) -> tuple[Message, list[Message]]:
    """The question `answer` answers (or the branch's last one) and the history before it."""
    end = len(branch)
    if answer is not None:
        end = next((i for i, m in enumerate(branch) if m.id == answer), end)
    for index in range(end - 1, -1, -1):
        if branch[index].role == "user":
            return branch[index], branch[:index]
    raise KnownError("chat.no_question")


def _place(branch: list[Message], ask: Ask) -> tuple[str | None, list[Message], str | None]:
    """Where a new question goes: its parent, the history before it, and what it takes the place of."""
    wanted = ask.instead or ask.under
    if wanted is None:
        return (branch[-1].id if branch else None), branch, None
    at = next((i for i, m in enumerate(branch) if m.id == wanted), None)
    if at is None:
        raise KnownError("chat.answer_gone")
    if ask.instead is not None:
        return branch[at].parent, branch[:at], wanted
    return wanted, branch[: at + 1], branch[at + 1].id if at + 1 < len(branch) else None


def _history(system: str, messages: list[Message]) -> tuple[ChatMessage, ...]:
    """What is sent: the system prompt, then every message that says something."""
    sent = [ChatMessage("system", system)] if system else []
    sent += [ChatMessage(m.role, m.text) for m in messages if m.text]
    return tuple(sent)
