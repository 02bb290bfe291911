"""Rendering a growing answer piece by piece ends exactly where rendering it at once does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ui.render.markdown import Block, Markdown
from ui.render.stream import BlockStream
from ui.render.style import RenderStyle

STYLE = RenderStyle(
    ink="ink",
    ink_2="ink2",
    ink_3="ink3",
    accent="accent",
    line="line",
    page="page",
    sunken="sunken",
    mono="mono",
    code=dict.fromkeys(("keyword", "string", "number", "function", "class", "comment"), "c"),
)
MD = Markdown(STYLE)

LINES = st.sampled_from(
    [
        "",
        "",
        "",
        " ",
        "  ",
        "text",
        "桶容量为 **b**。",
        "**注意：**先",
        "# 题",
        "## b",
        "---",
        "***",
        "===",
        "--",
        "-",
        "- a",
        "- b",
        "  - c",
        "    - d",
        "* x",
        "1. one",
        "2. two",
        "10) ten",
        "2",
        "1",
        "> quote",
        ">",
        "> - q",
        "```python",
        "```",
        "````",
        "~~~",
        " ```",
        "  ```sh",
        "  ```",
        "   ~~~",
        "    indented",
        "\tTab",
        "a | b",
        "--|--",
        "| a | b |",
        "|---|---|",
        "| 1 | 2 |",
        "-|-",
        "<b>x</b>",
        "<br>",
        "$$",
        "\\[",
        "\\]",
        "a_b$ $x_1$ \\(y\\)",
        "![i](http://x.y/z)",
        "[l](http://x.y)",
        "[r]",
        "[r]: http://q.w",
        "[r]:",
        "'title'",
        "`code`",
        "``",
        "def f():",
        "  more",
        "😀 emoji",
        "+ x",
        "_a_ *b*",
        "\\",
        "&amp; &lt;",
        "- [ ] todo",
        "- [x] done",
        "Setext",
        "=",
        "5",
        "5.",
        "$$ a $$",
    ]
)
TEXTS = st.lists(LINES, max_size=14).map("\n".join)


def streamed(text: str, cuts: list[int]) -> list[Block]:
    stream = BlockStream(MD)
    out: list[Block] = []
    at = 0
    for cut in [*sorted(c % (len(text) + 1) for c in cuts), len(text)]:
        stream.push(text[at:cut])
        at = cut
        update = stream.advance()
        out.extend(update.final)
    rest = stream.finish()
    if rest is None:
        again = BlockStream(MD, MD.references(text))
        again.push(text)
        return again.finish() or []
    return [*out, *rest]


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 400), max_size=12))
@example(" ```\n\tTab\n```\n", [5])
def test_streamed_equals_one_shot(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts) == MD.blocks(text)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_character_apart_equals_one_shot(text: str) -> None:
    assert streamed(text, list(range(len(text)))) == MD.blocks(text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab-*`#> \n\r\t|1.2)_[]()<!$\\~=\0é中。", max_size=60), st.lists(st.integers(0, 60)))
def test_arbitrary_text_with_any_newlines(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts) == MD.blocks(text)


def test_final_blocks_leave_the_tail() -> None:
    stream = BlockStream(MD)
    stream.push("one\n\ntwo\n\nthree")
    update = stream.advance()
    assert [b.html.count("p") > 0 for b in update.final] == [True, True]
    assert len(update.tail) == 1 and "three" in update.tail[0].html


def test_an_open_fence_is_extended_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = BlockStream(MD)
    stream.push("intro\n\n```python\nx = 1\n")
    stream.advance()
    calls: list[int] = []
    real = Markdown.behind

    def counting(self: Markdown, lead: Any, text: str, references: Any = None) -> list[Block]:
        calls.append(len(text))
        return real(self, lead, text, references)

    monkeypatch.setattr(Markdown, "behind", counting)
    for i in range(500):
        stream.push(f"y = {i}\n")
        update = stream.advance()
    assert calls == []
    assert update.tail[0].text.endswith("y = 499")
    assert not update.tail[0].closed


def test_a_closing_fence_never_flickers_as_code() -> None:
    stream = BlockStream(MD)
    stream.push("```\nx\n``")
    assert stream.advance().tail[0].text == "x"


def test_a_long_text_is_taken_in_slices() -> None:
    stream = BlockStream(MD)
    stream.push("段落。\n\n" * 4000)
    steps = 0
    while stream.behind:
        stream.advance()
        steps += 1
    assert steps >= 3


def test_definitions_after_their_use_ask_for_a_new_rendering() -> None:
    text = "see [r]\n\nmore\n\n[r]: https://example.com\n\nend\n\nend"
    stream = BlockStream(MD)
    stream.push(text)
    stream.advance()
    assert stream.finish() is None
    assert "https://example.com" in streamed(text, [])[0].html


def test_code_in_a_list_only_grows_while_it_streams() -> None:
    text = "1. first\n   ```python\n   def f():\n\n       return 1\n   ```\n2. second\n"
    stream = BlockStream(MD)
    seen: list[list[Block]] = []
    for char in text:
        stream.push(char)
        update = stream.advance()
        assert update.final == []
        seen.append(update.tail)
    codes = [block for tail in seen for block in tail if block.kind == "code" and block.language == "python"]
    assert codes[-1].text == "def f():\n\n    return 1" and codes[-1].closed
    for before, after in pairwise(codes):
        assert after.text.startswith(before.text)
    opened = next(i for i, tail in enumerate(seen) if any(block.kind == "code" for block in tail))
    assert {tail[0].html for tail in seen[opened:]} == {seen[-1][0].html}
