"""Lines out of bytes: the same however they are cut, and never more than a bounded amount kept."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import ndjson
from providers.ndjson import LineDecoder, LineOverflow


def decode(data: bytes, cuts: list[int]) -> list[str]:
    decoder = LineDecoder()
    points = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    lines = [line for a, b in itertools.pairwise(points) for line in decoder.feed(data[a:b])]
    return lines + decoder.flush()


_lines = st.lists(st.text(alphabet='你a{}": \t\u2028\x85😀', max_size=12), max_size=8)


@settings(max_examples=200, deadline=None)
@given(_lines, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), st.lists(st.integers(0, 300)))
def test_any_cut(lines: list[str], end: str, bom: bool, last: bool, cuts: list[int]) -> None:
    data = (b"\xef\xbb\xbf" if bom else b"") + (end.join(lines) + (end if last else "")).encode()
    expected = [kept for line in lines if (kept := line.encode().strip().decode())]
    assert decode(data, cuts) == expected
    assert decode(data, list(range(len(data)))) == expected


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_any_bytes(data: bytes, cuts: list[int]) -> None:
    assert decode(data, cuts) == decode(data, [])


def test_a_line_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_LINE", 100)
    decoder = LineDecoder()
    assert decoder.feed(b"x" * 100 + b"\n" + b"y" * 60) == ["x" * 100]
    with pytest.raises(LineOverflow):
        decoder.feed(b"y" * 41)
    with pytest.raises(LineOverflow):
        LineDecoder().feed(b"x" * 101 + b"\n")
