"""The SSE decoder against every way of cutting, and against what vendors send besides SSE."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import sse
from providers.sse import COMMENT, SseDecoder, SseEvent, SseOverflow


def decode(data: bytes, cuts: list[int] | None = None) -> list[SseEvent]:
    decoder = SseDecoder()
    events: list[SseEvent] = []
    points = [0, *sorted(min(c, len(data)) for c in cuts or []), len(data)]
    for start, end in pairwise(points):
        events += decoder.feed(data[start:end])
    return events + decoder.flush()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"data: a\n\n", [SseEvent("a")]),
        (b"data:a\n\ndata:  b\n\n", [SseEvent("a"), SseEvent(" b")]),
        (b"data: a\ndata: b\n\n", [SseEvent("a\nb")]),
        (b"data\n\ndata:\n\n", [SseEvent("")]),
        (b"\xef\xbb\xbfdata: a\n\n", [SseEvent("a")]),
        (b": keep-alive\n\ndata: a\n\n", [COMMENT, SseEvent("a")]),
        (b"id: 1\nevent:result\n:HTTP_STATUS/200\ndata:{}\n\n", [COMMENT, SseEvent("{}", "result")]),
        (b"event: error\ndata: x\n\ndata: y\n\n", [SseEvent("x", "error"), SseEvent("y")]),
        (b"data: a", [SseEvent("a")]),
        (b"data: a\n", [SseEvent("a")]),
        (b'{"error": 1}\n', [SseEvent('{"error": 1}')]),
        (b'data: a\n{"error": 1}\n', [SseEvent("a"), SseEvent('{"error": 1}')]),
        (b'error: {"code": 500}\n\n', [SseEvent('{"code": 500}', "error")]),
        (b"retry: 5\nfoo: bar\nnothing\n\n", []),
        ("data: 一\u2028二\u0085三\n\n".encode(), [SseEvent("一\u2028二\u0085三")]),
        (b"data: \xff\xfe\n\n", [SseEvent("\ufffd\ufffd")]),
        (b"", []),
        (b"\n\r\r\n\n", []),
    ],
)
def test_decoding(data: bytes, expected: list[SseEvent]) -> None:
    for newline in (b"\n", b"\r\n", b"\r"):
        translated = data.replace(b"\n", newline) if b"\r" not in data else data
        assert decode(translated) == expected
        assert decode(translated, list(range(len(translated)))) == expected


_lines = st.lists(
    st.sampled_from(
        [
            "data: 你好",
            "data:{}",
            ": c",
            "event: error",
            "",
            "id: 3",
            '{"a": "汉"}',
            "error: x",
            "data",
            "\ufeff",
        ]
    )
    | st.text(alphabet="data:\u2028 {}xé汉", max_size=12),
    max_size=12,
)


@settings(max_examples=120, deadline=None)
@given(
    _lines,
    st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=12, max_size=12),
    st.lists(st.integers(0, 300)),
)
def test_the_way_of_cutting_changes_nothing(lines: list[str], ends: list[str], cuts: list[int]) -> None:
    data = "".join(line + end for line, end in zip(lines, ends, strict=False)).encode()
    whole = decode(data)
    assert decode(data, cuts) == whole
    assert decode(data, list(range(len(data)))) == whole


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400)))
def test_any_bytes(data: bytes, cuts: list[int]) -> None:
    assert decode(data, cuts) == decode(data)


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT", 1_000)
    decoder = SseDecoder()
    with pytest.raises(SseOverflow):
        for _ in range(100):
            decoder.feed(b"x" * 50)
    decoder = SseDecoder()
    with pytest.raises(SseOverflow):
        for _ in range(100):
            decoder.feed(b"data: " + b"x" * 50 + b"\n")
