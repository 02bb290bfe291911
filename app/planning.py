"""What a turn needs before anything is stored or sent: conversation, chain, question, history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.asking import Ask
from app.assistants import fill
from app.attachments.enclosure import rows_of
from app.attachments.sending import sent_parts
from app.clock import Clock
from app.context import Sent, last_question, new_message, place, room_in, sent_history
from app.directory import Directory
from app.domain import ChainItem, Turn
from app.errors import UsageError
from app.ledger.consent import Consents
from app.policy import Policy
from app.relay.estimate import Estimator
from app.store.entries import Attachment
from app.store.records import Conversation, Message, Parameters
from app.store.store import Store
from app.titles import title_from

HISTORY_STEP = 200
SMALLEST_HISTORY = 400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A turn that is about to be stored. `question` is new when `ask.text` is given, `history` stands before
    it; `branch` is what was read of the tree, `sent` what of it goes out, `parts` what is attached to a new
    question; `replaced` as in `Started`."""

    ask: Ask
    conversation: Conversation
    created: bool
    chain: tuple[ChainItem, ...]
    policy: Policy
    consented: frozenset[str]
    branch: list[Message]
    question: Message
    history: list[Message]
    replaced: str | None
    at: float
    sent: Sent
    parts: tuple[Attachment, ...] = ()


class Planner:
    """Makes plans, and turns of them."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        policy: Callable[[], Policy],
        clock: Clock,
        fresh_practice: Callable[[], None],
        consents: Consents | None,
        estimator: Estimator | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._policy = policy
        self._clock = clock
        self._fresh_practice = fresh_practice
        self._consents = consents
        self._estimator = estimator or Estimator()

    async def plan(self, ask: Ask, legs: Sequence[str] = ()) -> Plan:
        """Find out everything the turn needs; a new conversation is stored. With `legs` the chain is made of
        these. Raises `KnownError` when the conversation or a leg does not allow the turn."""
        policy = self._policy()
        found = await self._conversation(ask)
        # Before anything is stored: a chain that names no leg must not leave an empty conversation behind.
        chain = self._chain(ask, found, legs)
        conversation = found or await self._begin(ask)
        spend = ask.spend or conversation.spend or policy.spend
        policy = replace(policy, spend=spend, pass_blocked=ask.pass_blocked or policy.pass_blocked)
        branch = await self._recent(conversation.id, chain, ask.answer or ask.instead or ask.under)
        now = self._clock.now()
        replaced = None if ask.resume else ask.answer
        parts: tuple[Attachment, ...] = ()
        if ask.text is not None:
            parent, history, replaced = place(branch, ask)
            question = new_message(conversation.id, parent, "user", ask.text, "done", now)
            parts = tuple(rows_of(ask.parts, question.id))
            question = replace(question, enclosed=tuple(one.head() for one in ask.parts))
        else:
            question, history = last_question(branch, ask.answer)
            if ask.answer == question.id:
                after = len(history) + 1
                replaced = branch[after].id if after < len(branch) else None
        consented = ask.consented
        if self._consents:
            consented = await self._consents.agreed(conversation.id, consented, remember=not ask.once)
        return Plan(
            ask=ask,
            conversation=conversation,
            created=found is None,
            chain=chain,
            policy=policy,
            consented=consented,
            branch=branch,
            question=question,
            history=history,
            replaced=replaced,
            at=now,
            sent=await self._sent(conversation, chain, [*history, question], parts, now),
            parts=parts,
        )

    def turn(self, plan: Plan, answer: Message, pinned: str | None = None) -> Turn:
        """The turn that fills `answer`; `pinned` is the only leg that may."""
        ask, conversation = plan.ask, plan.conversation
        how = conversation.parameters or Parameters()
        return Turn(
            id=answer.id,
            conversation=conversation.id,
            messages=plan.sent.messages,
            chain=plan.chain,
            policy=plan.policy,
            partial=answer.text if ask.resume else "",
            pinned=pinned or ask.pinned or conversation.pinned_leg,
            consented=plan.consented,
            max_tokens=how.max_tokens,
            temperature=how.temperature,
            thinking=how.thinking if ask.thinking is None else ask.thinking,
            extra_skip=ask.after,
        )

    async def _sent(
        self,
        conversation: Conversation,
        chain: tuple[ChainItem, ...],
        talk: list[Message],
        new: tuple[Attachment, ...],
        now: float,
    ) -> Sent:
        """What goes out: as much as the chain's largest window holds; the relay may have to send less."""
        parameters = conversation.parameters or Parameters()
        leg, most = room_in(chain, parameters.max_tokens)
        name = leg.id if leg is not None else ""
        summary = conversation.summary
        if summary and conversation.summary_until not in await self._store.branch(conversation.id):
            summary = ""
        attached = await self._store.sendable([m.id for m in talk if m.enclosed])
        attached[talk[-1].id] = [*attached.get(talk[-1].id, ()), *new]
        return sent_history(
            fill(conversation.system, now),
            talk,
            room=lambda message: self._estimator.prompt(name, (message,)),
            most=most,
            summary=summary,
            parts=sent_parts(talk, attached),
        )

    async def _recent(
        self, conversation: str, chain: tuple[ChainItem, ...], around: str | None
    ) -> list[Message]:
        """The branch shown up to its end, or to a little behind the message `around`; when that stands on
        another branch, up to it. As much of it as the chain's largest window could hold, and a bit more."""
        windows = [leg.model.context or 0 for item in chain for leg in item.legs]
        characters = max(windows, default=0) * 4 or SMALLEST_HISTORY
        ids = await self._store.branch(conversation)
        if around is not None and around not in ids:
            ids = await self._store.branch(conversation, around)
        elif around is not None:
            del ids[ids.index(around) + 2 :]
        found: list[Message] = []
        while ids and characters > 0:
            part = await self._store.messages(ids[-HISTORY_STEP:])
            del ids[-HISTORY_STEP:]
            characters -= sum(_length(m) for m in part)
            found[:0] = part
        return found

    async def _conversation(self, ask: Ask) -> Conversation | None:
        """The conversation that is asked in; None = a new one."""
        if ask.conversation is None:
            return None
        found = await self._store.conversation(ask.conversation)
        if found is None or found.deleted_at is not None:
            raise UsageError("cli.no_conversation", id=ask.conversation)
        return found

    async def _begin(self, ask: Ask) -> Conversation:
        if ask.practice:
            self._fresh_practice()
        said = ask.text or (ask.parts[0].name if ask.parts else "")
        title, given = title_from(said), ask.assistant
        return await self._store.create_conversation(
            title=title,
            practice=ask.practice,
            chain=ask.chain if ask.keep_chain else None,
            spend=ask.spend if ask.keep_chain else None,
            system=given.system if given else "",
            assistant=given.id if given else None,
            parameters=given.parameters if given else None,
        )

    def _chain(
        self, ask: Ask, conversation: Conversation | None, legs: Sequence[str]
    ) -> tuple[ChainItem, ...]:
        if ask.practice or (conversation is not None and conversation.practice):
            return self._directory.practice_chain()
        if legs:
            return tuple(self._directory.item(leg) for leg in legs)
        return self._directory.chain(ask.chain or (conversation.chain if conversation is not None else None))


def _length(message: Message) -> int:
    """Characters of a message; of attached texts their bytes, which are no fewer."""
    return len(message.text) + sum(part.size for part in message.enclosed if part.kind == "text")
