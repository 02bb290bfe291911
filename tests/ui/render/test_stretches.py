"""A paragraph read in stretches is the same as one read at once; a growing one is read where it is new."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.render.test_stream import STYLE
from ui.render import inline
from ui.render.inline import Inline

WORDS = st.sampled_from(
    [
        "word ",
        "字，",
        "桶。",
        "**b** ",
        "**粗",
        "体**，",
        "*a",
        "_x_ ",
        "snake_case ",
        "a_ b",
        "`c` ",
        "`` c",
        "$x$ ",
        "$5 ",
        "$$\na\n$$ ",
        "\\(y\\) ",
        "\\( open ",
        "\\) ",
        "\\[ z \\] ",
        "\\*no\\* ",
        "~~s~~ ",
        "~~open ",
        "[a](https://e.example) ",
        "[open ",
        "close](https://e.example) ",
        "![p](https://e.example/p.png) ",
        "[^1] ",
        "<https://e.example> ",
        "<open ",
        "a < b ",
        "> ",
        "https://e.example/a，b ",
        "&amp; ",
        "  \n",
        "\n",
        "\\\n",
        "[ ] ",
        "- ",
        "!",
    ]
)


def both(text: str) -> tuple[str, str]:
    """The HTML in stretches and at once."""
    ours, whole = Inline(STYLE), Inline(STYLE)
    html = ours.html(text)
    read = whole._read(text, first=True)
    assert ours.formulas == list(read.formulas)
    return html, read.html


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=40, max_size=120))
def test_stretches_change_nothing(words: list[str]) -> None:
    html, whole = both("".join(words).strip())
    assert html == whole


def test_a_growing_text_is_read_where_it_is_new() -> None:
    chance = random.Random(3)
    words = ["接力", "**密钥**", "`token`", "relay", "[链接](https://x.example/a)", "snake_case", "，", "。"]
    text = " ".join(chance.choices(words, k=400))[:2_200]
    ours, read = Inline(STYLE), 0
    real = ours._inside

    def counting(text: str, references: dict[str, Any]) -> Any:
        nonlocal read
        read += len(text)
        return real(text, references)

    ours._inside = counting
    for end in range(20, len(text), 20):
        ours.html(text[:end])
    assert read < 12 * len(text)
    ours.forget()
    assert ours.html(text) == both(text)[1]
    # What is remembered is bounded, and so is what one entry holds.
    for i in range(inline._KNOWN + 50):
        ours.html(f"text {i}")
    ours.html("x" * 5_000)
    assert len(ours._known) <= inline._KNOWN
    assert max(len(part) for part, _ in ours._known) <= inline._LONGEST_KNOWN
