"""Requests that go on from a partial text."""

from __future__ import annotations

import re

from app.domain import Leg, Turn
from app.relay.sight import without_pictures
from providers.base import ChatMessage, ChatRequest

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_TAIL = 24

_ASK_ZH = (
    "你的上一条回答写到一半断了，最后几个字是「{tail}」。请从断开的地方直接接着写：不要重复已经写过的内容，"
    "不要道歉，不要说明，不要重新开头；如果断在代码块里，就继续写代码，不要重新打开代码块。"
)
_ASK_EN = (
    "Your last answer was cut off; its final characters are “{tail}”. Go on from exactly there: do not "
    "repeat what is already written, do not apologise or explain, do not start over; if it was cut inside a "
    "code block, go on with the code without opening the block again."
)


def build_request(
    turn: Turn, leg: Leg, messages: tuple[ChatMessage, ...], partial: str, plain: bool
) -> ChatRequest:
    """The request for `leg`; with `partial` text it asks to go on from it, natively where the vendor can."""
    most = leg.model.max_output
    max_tokens = turn.max_tokens if most is None or turn.max_tokens is None else min(turn.max_tokens, most)
    thinking = turn.thinking
    if not leg.model.vision:
        messages = without_pictures(messages)
    prefix = ""
    if partial:
        # Native continuation and thinking exclude each other at every vendor that documents it.
        if leg.provider.quirks.continues(leg.model):
            prefix = partial
            thinking = False if leg.model.thinking == "yes" else thinking
        else:
            ask = _ASK_ZH if _CHINESE.search(partial) else _ASK_EN
            tail = " ".join(partial[-_TAIL:].split())
            messages = (
                *messages,
                ChatMessage("assistant", partial),
                ChatMessage("user", ask.format(tail=tail)),
            )
    return ChatRequest(
        messages=messages,
        max_tokens=max_tokens,
        temperature=turn.temperature,
        thinking=thinking,
        prefix=prefix,
        plain=plain,
    )
