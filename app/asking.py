"""What is asked of a conversation, and what one hears while it is answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from app.attachments.enclosure import Enclosure
from app.policy import Spend
from app.prices import Cost
from app.relay.events import RelayEvent, Skip
from app.store.records import Assistant, Conversation, Message


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask and how. Fields left None follow the conversation, then the settings.

    `text` None asks again the question that `answer` answers (or the last one), as a sibling of it;
    `resume` goes on from the text `answer` already has. `instead` names the question whose sibling `text`
    becomes, `under` the message `text` follows; without either it follows the branch's end.
    With `in_column` the new answer takes the place of `answer` in
    its comparison. `keep_chain` = a conversation begun with this turn keeps `chain` and `spend` as its own.
    `parts` is what is attached to `text`.
    `after` names legs to leave out of this turn, `consented` paid legs the user agreed to for it, and with
    `once` False for the conversation's next turns, too. `assistant` is given to a conversation begun with
    this turn.
    """

    text: str | None = None
    conversation: str | None = None
    answer: str | None = None
    resume: bool = False
    in_column: bool = False
    parts: tuple[Enclosure, ...] = ()
    instead: str | None = None
    under: str | None = None
    chain: tuple[str, ...] | None = None
    keep_chain: bool = False
    spend: Spend | None = None
    pinned: str | None = None
    after: frozenset[str] = frozenset()
    consented: frozenset[str] = frozenset()
    once: bool = False
    thinking: bool | None = None
    pass_blocked: bool = False
    practice: bool = False
    assistant: Assistant | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The question is safely stored and the answer's empty message exists.

    `created` = the conversation is new, `asked` = the question is; `replaced` is the message whose place the
    new one takes in the branch shown (it stays as a sibling); what followed it is not shown either. `sent`
    holds the ids of the messages that go out, in order.
    """

    conversation: Conversation
    question: Message
    answer: Message
    created: bool
    asked: bool
    replaced: str | None = None
    sent: tuple[str, ...] = ()


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


_MOST_TOKENS, _MOST_YUAN = 10**12, 1e9
"""No turn takes more: what does comes from a damaged or made-up file."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an answer waits for: the user's word that `leg` may bill for about so many `tokens`, and what they
    cost where that is known."""

    leg: str
    tokens: int
    cost: Cost | None = None


def price_asked(message: Message) -> Price | None:
    """What the user is asked to pay before this turn can go on; None = nothing."""
    known = message.facts.get("pays")
    if not isinstance(known, dict):
        return None
    facts = cast("dict[str, object]", known)
    leg, tokens = facts.get("leg"), facts.get("tokens")
    if not isinstance(leg, str) or not isinstance(tokens, int) or not 0 <= tokens < _MOST_TOKENS:
        return None
    yuan, checked = facts.get("yuan"), facts.get("checked")
    if not isinstance(yuan, int | float) or isinstance(yuan, bool) or not 0 <= yuan < _MOST_YUAN:
        return Price(leg, tokens)
    return Price(leg, tokens, Cost(float(yuan), checked if isinstance(checked, str) else ""))


def price_of(skips: Sequence[Skip]) -> dict[str, object] | None:
    """The first leg that was passed over for its price alone, as the fact `pays` of an answer."""
    skip = next((skip for skip in skips if skip.bills), None)
    if skip is None:
        return None
    facts: dict[str, object] = {"leg": f"{skip.provider}:{skip.model}", "tokens": skip.needed}
    return facts if skip.cost is None else {**facts, "yuan": skip.cost.yuan, "checked": skip.cost.checked}


def note_with(message: Message, fact: str, value: object) -> str | None:
    """The message's note with one fact set, or taken out with None."""
    facts = {name: known for name, known in message.facts.items() if name != fact}
    if value is not None:
        facts[fact] = value
    return json.dumps(facts, ensure_ascii=False) if facts else None
