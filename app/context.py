"""Where a question stands in the tree of messages, and what is sent before it."""

from __future__ import annotations

import sys
import uuid
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.asking import Ask
from app.domain import ChainItem, Leg
from app.errors import KnownError
from app.i18n import tr
from app.relay.preflight import USUAL_RESERVE
from app.store.records import Message, MessageStatus
from providers.base import ChatMessage


def new_message(
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


def last_question(branch: list[Message], answer: str | None) -> tuple[Message, list[Message]]:
    """The question `answer` answers, or is, or the branch's last one; and the history before it."""
    end = len(branch)
    if answer is not None:
        end = next((i + (m.role == "user") for i, m in enumerate(branch) if m.id == answer), end)
    for index in range(end - 1, -1, -1):
        if branch[index].role == "user":
            return branch[index], branch[:index]
    raise KnownError("chat.no_question")


def place(branch: list[Message], ask: Ask) -> tuple[str | None, list[Message], str | None]:
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


@dataclass(frozen=True, slots=True)
class Sent:
    """What of a conversation goes out: `messages` as they are sent, `ids` of the stored ones among them (all
    but the system prompt), and the first of these when something before it is left out."""

    messages: tuple[ChatMessage, ...]
    ids: tuple[str, ...]
    first: str | None = None


def sent_history(
    system: str,
    messages: Sequence[Message],
    *,
    room: Callable[[ChatMessage], int],
    most: int | None,
    summary: str = "",
    parts: Mapping[str, ChatMessage] = MappingProxyType({}),
) -> Sent:
    """The system prompt and every message that says something; the oldest are left out where the whole would
    take more than `most` tokens by the measure of `room`.

    `parts` holds messages as they are sent where that is more than their text (attachments). The system
    prompt and the last message always stay; what is kept begins with a question. `summary` stands in the
    system prompt for what is left out.
    """
    talk = [(m, parts.get(m.id) or ChatMessage(m.role, m.text)) for m in messages]
    talk = [(m, sent) for m, sent in talk if sent.text or sent.images]
    start = 0
    if most is not None:
        prompt = system + summary
        left = most - (room(ChatMessage("system", prompt)) if prompt else 0)
        start = len(talk)
        for _, sent in reversed(talk):
            left -= room(sent)
            if left < 0 and start < len(talk):
                break
            start -= 1
    while 0 < start < len(talk) - 1 and talk[start][1].role == "assistant":
        start += 1
    kept = talk[start:]
    cut = start > 0 or (bool(talk) and talk[0][0].parent is not None)
    # The relay cuts more where only a small window is free; what it cut last time it will cut again.
    if summary and (cut or any("from" in m.facts for m, _ in talk[-2:])):
        told = tr("context.summary_sent", summary=summary)
        system = f"{system}\n\n{told}" if system else told
    head = (ChatMessage("system", system),) if system else ()
    ids = tuple(m.id for m, _ in kept)
    return Sent((*head, *(sent for _, sent in kept)), ids, ids[0] if cut and ids else None)


def trim(
    messages: tuple[ChatMessage, ...], fits: Callable[[tuple[ChatMessage, ...]], bool]
) -> tuple[tuple[ChatMessage, ...], int]:
    """Drop the oldest exchanges until `fits`; system messages and the last message stay.

    Returns what is left and how many messages went; nothing is dropped when there is only the question.
    At least one exchange goes if one can, because this is called when the whole did not fit.
    """
    system = tuple(m for m in messages if m.role == "system")
    talk = [m for m in messages if m.role != "system"]
    last = len(talk) - 1
    starts = [i for i in range(1, last) if talk[i].role != "assistant"]
    # Fewer messages never take more room, so few of the places to begin at have to be measured.
    found = bisect_left(starts, True, key=lambda start: fits((*system, *talk[start:])))
    start = starts[found] if found < len(starts) else max(last, 0)
    return (*system, *talk[start:]), start


def room_in(chain: Iterable[ChainItem], max_tokens: int | None) -> tuple[Leg | None, int | None]:
    """The leg of the largest window and how many tokens a request may take there, an answer of the usual
    length spared; None = no bound is known."""
    legs = [leg for item in chain for leg in item.legs]
    largest = max(legs, key=lambda leg: leg.model.context or sys.maxsize, default=None)
    if largest is None or largest.model.context is None:
        return largest, None
    context = largest.model.context
    return largest, context - min(max_tokens or USUAL_RESERVE, context // 4)
