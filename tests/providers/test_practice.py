"""The practice relay: three scripted providers that behave the same every time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from providers.base import ChatMessage, ChatRequest, Endpoint, FinishChunk, TextChunk, UsageChunk
from providers.catalogue import load_catalogue
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.practice import PACE, alone, script
from providers.rules import BUILTIN
from providers.wire import HttpWire

CATALOGUE = load_catalogue(BUILTIN)
Runner = Callable[..., Any]


class Naps:
    """A sleep that does not sleep and remembers."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


async def ask(
    who: str, question: str, naps: Naps, **options: Any
) -> tuple[str, list[object], Failure | None]:
    spec = CATALOGUE.providers[f"practice_{who}"]
    request = ChatRequest((ChatMessage("user", question),), **options)
    wire = HttpWire(sleep=naps)
    text, others, failure = "", list[object](), None
    try:
        async for chunk in wire.stream(
            Endpoint(spec, spec.models[0], spec.base_url), request, connect_timeout=1
        ):
            if isinstance(chunk, TextChunk):
                text += chunk.text
            else:
                others.append(chunk)
    except ProviderFailure as error:
        failure = error.failure
    return text, others, failure


@pytest.mark.parametrize("question", ["什么是接力？", "What is a relay?", "", "`| 很长 " + "啊" * 500])
def test_a_baton_pass(arun: Runner, question: str) -> None:
    naps = Naps()
    text, _, failure = arun(ask("a", question, naps))
    assert text == ""
    assert failure is not None
    assert failure.kind is FailureKind.QUOTA_EXHAUSTED
    begun, _, failure = arun(ask("b", question, naps))
    assert failure is not None
    assert (failure.kind, failure.code) == (FailureKind.NETWORK, "reset")
    assert len(begun) > 60
    rest, others, failure = arun(ask("c", question, naps, prefix=begun))
    assert failure is None
    whole = begun + rest
    opening, ending = script(ChatRequest((ChatMessage("user", question),)))
    assert whole == opening + ending
    assert whole.count("```") == 2
    assert "| --- |" in whole
    assert any(isinstance(o, UsageChunk) for o in others)
    assert [o.reason for o in others if isinstance(o, FinishChunk)] == ["stop"]
    assert PACE in naps.taken


def test_it_answers_in_the_language_of_the_question(arun: Runner) -> None:
    for question, word in (("今天吃什么", "演示"), ("What's for dinner?", "practice")):
        text, _, _ = arun(ask("b", question, Naps()))
        assert question in text
        assert word in text


def test_the_last_leg_alone_answers_everything(arun: Runner) -> None:
    text, _, failure = arun(ask("c", "你好吗", Naps()))
    assert failure is None
    assert text == alone(ChatRequest((ChatMessage("user", "你好吗"),)))
    assert "你好吗" in text


def test_going_on_from_a_trimmed_or_foreign_text(arun: Runner) -> None:
    opening, ending = script(ChatRequest((ChatMessage("user", "hi there"),)))
    text, _, _ = arun(ask("c", "hi there", Naps(), prefix="x" + opening + " "))
    assert text == ending
    text, _, _ = arun(ask("c", "hi there", Naps(), prefix="something else entirely"))
    assert text == opening + ending


def test_a_limit_is_kept(arun: Runner) -> None:
    _, others, failure = arun(ask("c", "hi", Naps(), max_tokens=1))
    assert failure is None
    assert [o.reason for o in others if isinstance(o, FinishChunk)] == ["length"]
