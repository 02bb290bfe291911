"""Where a question stands in the tree of messages, and what is sent before it."""

from __future__ import annotations

import uuid

from app.asking import Ask
from app.errors import KnownError
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


def sent_history(system: str, messages: list[Message]) -> tuple[ChatMessage, ...]:
    """What is sent: the system prompt, then every message that says something."""
    sent = [ChatMessage("system", system)] if system else []
    sent += [ChatMessage(m.role, m.text) for m in messages if m.text]
    return tuple(sent)
