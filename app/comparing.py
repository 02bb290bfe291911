"""One question to several legs side by side: which answers belong together, and how they are begun.

The answers of a comparison share `Message.column_group` and are siblings, or cousins when it went on. Their
notes say which column each stands in and which leg it is of; the one that was chosen is marked.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.asking import Ask, Started, note_with
from app.attachments.enclosure import copies
from app.context import new_message
from app.domain import BillingClass, ChainItem, Leg, Turn
from app.errors import KnownError
from app.planning import Plan, Planner
from app.store.entries import Attachment
from app.store.records import Message
from app.store.store import Store

FEWEST, MOST = 2, 4
"""So many legs can be compared."""


@dataclass(frozen=True, slots=True)
class Column:
    """One leg's part of a comparison; its question and empty answer are stored."""

    started: Started
    turn: Turn


def leg_of(answer: Message) -> str:
    """The leg (`provider:model`) a column is of; empty when the answer is in none."""
    found = answer.facts.get("leg")
    return found if isinstance(found, str) else ""


def in_order(answers: Sequence[Message]) -> list[Message]:
    """The answers of one comparison from left to right."""

    def place(answer: Message) -> tuple[int, float]:
        found = answer.facts.get("column")
        return (found if isinstance(found, int) else MOST), answer.created_at

    return sorted(answers, key=place)


def chosen(answers: Sequence[Message]) -> bool:
    """Whether one of them was taken, so that the comparison is over."""
    return any(answer.facts.get("chosen") is True for answer in answers)


def choosable(chain: Sequence[ChainItem], usable: Iterable[Leg]) -> list[Leg]:
    """The legs that can be asked by themselves: those of the chain first, in its order. Others that bill are
    left out: the chain is where the user lists what may cost money."""
    found = {leg.id: leg for item in chain for leg in item.legs[:1] if leg.enabled}
    for leg in usable:
        if leg.billing is BillingClass.PAID:
            continue
        found.setdefault(leg.id, leg)
    return list(found.values())


class Comparing:
    """Stores what comparisons begin with."""

    def __init__(self, store: Store, planner: Planner) -> None:
        self._store = store
        self._planner = planner

    async def begin(self, ask: Ask, legs: Sequence[str]) -> list[Column]:
        """Store the question (unless it is an old one) and an empty answer for each leg."""
        if not FEWEST <= len(legs) <= MOST:
            raise ValueError(f"{len(legs)} legs cannot be compared")
        plan = await self._planner.plan(ask, legs)
        return await self._store_columns([(plan, leg) for leg in legs])

    async def follow(self, ask: Ask, group: str) -> list[Column]:
        """Store the question under every answer of the group, and an empty answer to each."""
        if ask.conversation is None:
            raise KnownError("chat.answer_gone")
        before = in_order(await self._store.column_group(ask.conversation, group))
        legs = [leg_of(answer) for answer in before]
        if len(before) < FEWEST or not all(legs):
            raise KnownError("chat.answer_gone")
        plans: list[Plan] = []
        for answer in before:
            # Each column has a question of its own, and so attachments of its own.
            parts = tuple(copies(ask.parts)) if plans else ask.parts
            plans.append(await self._planner.plan(replace(ask, under=answer.id, parts=parts), legs))
        return await self._store_columns(list(zip(plans, legs, strict=True)))

    async def instead(self, old: str, answer: Message) -> Message:
        """Store `answer` in the column where `old` stood, which stays as its sibling."""
        found = await self._store.messages([old])
        if not found:
            raise KnownError("chat.answer_gone")
        before = found[0]
        answer = replace(answer, column_group=before.column_group, note=before.note)
        await self._store.replace_column(before.id, answer)
        return answer

    async def choose(self, conversation: str, answer: str) -> None:
        """Go on with that answer alone; the others stay as its siblings."""
        found = await self._store.messages([answer])
        if not found:
            raise KnownError("chat.answer_gone")
        await self._store.save_answer(answer, note=note_with(found[0], "chosen", True))
        await self._store.set_head(conversation, answer)

    async def _store_columns(self, plans: Sequence[tuple[Plan, str]]) -> list[Column]:
        group = uuid.uuid4().hex
        columns: list[Column] = []
        new: list[Message] = []
        parts: list[Attachment] = []
        for n, (plan, leg) in enumerate(plans):
            question, conversation, asked = plan.question, plan.conversation, plan.ask.text is not None
            answer = new_message(conversation.id, question.id, "assistant", "", "streaming", plan.at)
            note = note_with(replace(answer, note=note_with(answer, "column", n)), "leg", leg)
            answer = replace(answer, column_group=group, note=note)
            if asked and question not in new:
                new.append(question)
                parts += plan.parts
            new.append(answer)
            started = Started(conversation, question, answer, plan.created and n == 0, asked, plan.replaced)
            columns.append(Column(started, self._planner.turn(plan, answer, leg)))
        first = columns[0].started
        await self._store.add_columns(first.conversation.id, new, first.answer.id, parts)
        return columns
