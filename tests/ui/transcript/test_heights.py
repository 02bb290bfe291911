"""Sums of heights against plain lists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.transcript.heights import Heights
from ui.transcript.plain import chunks


@given(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 300)), max_size=40))
def test_sums(count: int, changes: list[tuple[int, int]]) -> None:
    heights = Heights(count, 10)
    plain = [10] * count
    for index, height in changes:
        if index >= len(plain):
            heights.append(height)
            plain.append(height)
        else:
            assert heights.set(index, height) == height - plain[index]
            plain[index] = height
    assert heights.total == sum(plain) and len(heights) == len(plain)
    for i in range(len(plain) + 1):
        assert heights.top(i) == sum(plain[:i])
    if plain and all(plain):
        for y in range(0, sum(plain), 7):
            at = heights.at(y)
            assert heights.top(at) <= y < heights.top(at) + plain[at]
        assert heights.at(1 << 40) == len(plain) - 1
    heights.truncate(count // 2)
    assert heights.total == sum(plain[: count // 2])
    heights.append(5)
    assert heights.top(len(heights)) == heights.total


@given(st.text(alphabet="ab\n😀", max_size=9000))
def test_chunks_lose_nothing(text: str) -> None:
    parts = chunks(text)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    assert all(len(p) <= 1501 for p in parts)
