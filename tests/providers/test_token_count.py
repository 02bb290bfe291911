"""Counts of tokens as vendors send them, and as no vendor should."""

from __future__ import annotations

from typing import Any

import pytest

from providers import FailureKind, classify
from providers.base import Endpoint, UsageChunk
from providers.catalogue import load_catalogue
from providers.dialects.openai import AnswerReader
from providers.dialects.reader import token_count
from providers.rules import BUILTIN


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (12, 12),
        ("12", 12),
        (12.0, 12),
        (0, 0),
        (-5, None),
        (None, None),
        (True, None),
        ("many", None),
        ("1" * 400, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (10**20, None),
        ([1], None),
    ],
)
def test_only_what_can_be_a_count_is_one(value: object, count: int | None) -> None:
    assert token_count(value) == count


@pytest.mark.parametrize("usage", ["NaN", "Infinity", "1e999", "-7", "1" + "0" * 400, "[]", '"x"'])
def test_an_absurd_count_harms_no_answer(usage: str) -> None:
    provider = load_catalogue(BUILTIN).providers["zhipu"]
    reader = AnswerReader(Endpoint(provider, provider.models[0], "http://127.0.0.1/v1", None))
    chunks = reader.feed(
        b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}],'
        b'"usage":{"prompt_tokens":%b,"completion_tokens":%b}}\n\ndata: [DONE]\n\n'
        % (usage.encode(), usage.encode())
    )
    chunks += reader.end()
    assert reader.failure is None and reader.finished == "stop"
    assert all((c.prompt, c.completion) == (0, 0) for c in chunks if isinstance(c, UsageChunk))


def test_a_wait_the_answer_names_is_told_from_a_usual_one() -> None:
    body = {"error": {"code": "1302", "message": "您的账户已达到速率限制"}}
    usual = classify("zhipu", 429, {}, body)
    assert usual.retry_after is not None and usual.wait_usual
    named = classify("zhipu", 429, {"Retry-After": "7"}, body)
    assert named.retry_after == 7 and not named.wait_usual


@pytest.mark.parametrize("status", ["429", 429, "four", True, 429.0, None, -1, 10**30])
def test_a_status_of_any_shape_is_taken(status: Any) -> None:
    kind = classify("nobody", status, {}, {"error": {"message": "请求太频繁，请稍后重试"}}).kind
    assert kind is FailureKind.RATE_LIMITED


@pytest.mark.parametrize(
    "words", ["Free trial: 0 credits remaining", "You have no tokens left", "zero calls left"]
)
def test_nothing_left_is_a_used_up_quota(words: str) -> None:
    assert classify("nobody", 429, {}, {"error": {"message": words}}).kind is FailureKind.QUOTA_EXHAUSTED
