"""The reader of answers without sockets: the same chunks however the bytes are cut."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import ReasoningChunk, StreamChunk, TextChunk
from providers.dialects.openai import AnswerReader
from providers.dialects.thinking import ThinkSplitter
from providers.failures import Failure
from tests.providers.wiring import endpoint

TARGET = endpoint("https://example.invalid")


def read(data: bytes, cuts: list[int], kind: str = "text/event-stream") -> tuple[str, str, Failure | None]:
    reader = AnswerReader(TARGET, content_type=kind)
    points = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    chunks: list[StreamChunk] = []
    for start, end in itertools.pairwise(points):
        if end > start and not reader.done and reader.failure is None:
            chunks += reader.feed(data[start:end])
    if reader.failure is None:
        chunks += reader.end()
    text = "".join(c.text for c in chunks if isinstance(c, TextChunk))
    thought = "".join(c.text for c in chunks if isinstance(c, ReasoningChunk))
    return text, thought, reader.failure.failure if reader.failure else None


def event(**delta: Any) -> str:
    return "data: " + json.dumps({"choices": [{"delta": delta}]}, ensure_ascii=False) + "\n\n"


_events = st.lists(
    st.builds(lambda t: event(content=t), st.text(alphabet="你a<think>/\n 😀", max_size=9))
    | st.builds(lambda t: event(reasoning_content=t), st.text(max_size=5))
    | st.sampled_from(
        [
            ": ping\n\n",
            "data: noise\n\n",
            event(),
            'data: {"choices": []}\n\n',
            'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
            'data: {"error":{"code":"Arrearage","message":"x"}}\n\n',
            'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"content_filter"}]}\n\n',
            '{"choices": [{"delta": {"content": "y"}}]}\n',
            "data: [1, 2]\n\n",
            "data: [DONE]\n\n",
        ]
    ),
    max_size=10,
)


@settings(max_examples=150, deadline=None)
@given(
    _events, st.lists(st.integers(0, 2_000)), st.sampled_from(["text/event-stream", "application/json", ""])
)
def test_cutting_changes_nothing(events: list[str], cuts: list[int], kind: str) -> None:
    data = "".join(events).encode()
    assert read(data, cuts, kind) == read(data, [], kind)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=600) | st.text().map(str.encode),
    st.sampled_from(["text/event-stream", "application/json"]),
)
def test_any_body_ends_in_an_answer_or_a_failure(data: bytes, kind: str) -> None:
    text, _, failure = read(data, [], kind)
    assert failure is not None or text.strip()


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab<\n ", max_size=20),
    st.sampled_from(["think", "thinking", "thought"]),
    st.text(alphabet="cd</think>\n", min_size=1, max_size=20),
    st.lists(st.integers(0, 80)),
)
def test_think_tags_are_found_wherever_they_are_cut(
    inner: str, tag: str, after: str, cuts: list[int]
) -> None:
    whole = f"\n<{tag}>{inner}</{tag}>\n\nx{after}"
    points = [0, *sorted(min(c, len(whole)) for c in cuts), len(whole)]
    splitter = ThinkSplitter()
    chunks: list[TextChunk | ReasoningChunk] = []
    for start, end in itertools.pairwise(points):
        chunks += splitter.feed(whole[start:end])
    chunks += splitter.flush()
    assert "".join(c.text for c in chunks if isinstance(c, TextChunk)) == f"x{after}"
    assert "".join(c.text for c in chunks if isinstance(c, ReasoningChunk)).strip() == inner.strip()


def test_text_that_only_looks_like_a_tag_is_kept() -> None:
    for text in ("<thin", "<", "  <b>bold</b>", "a <think>b</think>"):
        splitter = ThinkSplitter()
        chunks = [c for character in text for c in splitter.feed(character)] + splitter.flush()
        assert "".join(c.text for c in chunks if isinstance(c, TextChunk)) == text
