"""Pictures in a history: which models can answer, and what the others are sent in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from providers.base import ChatMessage

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def unseen(text: str, pictures: int) -> str:
    """A message's text that says how many of its pictures are not sent."""
    # Said to the model, so in the language of the conversation rather than of the window.
    chinese = bool(_CHINESE.search(text)) or not text
    note = (
        f"[这里有 {pictures} 张图片，没有发给你]"
        if chinese
        else f"[{pictures} picture(s) here, not sent to you]"
    )
    return f"{text}\n\n{note}" if text else note


def without_pictures(messages: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """The same history for a model that reads only text; unchanged when it has no picture."""
    if not any(message.images for message in messages):
        return messages
    return tuple(ChatMessage(m.role, unseen(m.text, len(m.images))) if m.images else m for m in messages)


def needs_eyes(messages: Sequence[ChatMessage], anybody_sees: bool) -> bool:
    """Whether only a model that sees pictures can answer.

    So it is when the question has pictures, or the question before it: one asks again about the same thing.
    Older pictures are left out for models that read only text. When no leg sees anything (`anybody_sees`
    False), pictures before the question do not end the conversation.
    """
    questions = [m for m in messages if m.role == "user"]
    recent = questions[-2:] if anybody_sees else questions[-1:]
    return any(m.images for m in recent)
