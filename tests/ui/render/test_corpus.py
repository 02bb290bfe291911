"""No visible text is lost: every example of the CommonMark specification, and cases models really write."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from tests.ui.render.test_cuts import MD, blocks_of
from ui.render.markdown import Block, normal
from ui.render.stream import BlockStream

DATA = Path(__file__).resolve().parents[2] / "data" / "markdown" / "commonmark.json"

OWN = [
    "> 1. a\n>    - b\n>\n>      ```js\n>      x\n>      ```\n> 2. c",
    "1. a\n\n   | x | y |\n   |---|---|\n   | 1 | 2 |\n\n2. b",
    "- [ ] one\n- [ ] two\n  - [ ] three",
    "**注意：**先看`a|b`，再看~~旧的~~新的。",
    "| a | b |\n|---|---|\n| `x \\| y` | **z** |\n| only one |\n| 1 | 2 | 3 |",
    "text\n| a | b |\n|---|---|\n| 1 | 2 |\nafter",
    "```mermaid\ngraph TD\n  A-->B\n```",
    '```python title="a.py"\nx\n```',
    "$$\n\\frac{a}{b}\n$$\n\n\\[\nx\n\\]\n\n$a$ \\(b\\) $$c$$",
    "costs $5 and $6 or $7",
    "$$\nnever closed\n\nafter",
    "note[^1] and [^long-name]x[^b].\n\n[^1]: first\n[^b]: second\n    more",
    "<think>\nhidden?\n</think>\n\nanswer",
    "<details><summary>S</summary>\n\nbody\n\n</details>",
    "List<String> xs = new ArrayList<>();",
    '![a *b*](http://x.y/z.png "t") [![in](i.png)](http://q.w)',
    "a\\\nb  \nc\nd",
    "# a\n## b ##\nc\n===\nd\n---",
    "***bold and slanted*** **_mixed_** _**too**_",
    "1. one\n1. one\n1. one\n\n8) eight\n9) nine",
    "- a\n\n- b\n\n\n- c\n\nend",
    "* a\n  > q\n\n  p\n* b\n\n      code",
    "\tcode by a tab\n\n  \ttoo",
    "&copy; &#35; &nbsp; &notanentity; &lt;b&gt;",
    "http://a.b/c_d_e?f=(g) 和 https://例子.cn/路径。 <https://x.y> <a@b.c>",
    "````\n```\ninner\n```\n````",
    "~~~\nopen to the end\n```\n",
    "> quote\nlazy line\n> - item\nlazy too\n\nout",
    "> > > deep\n> > less\n> least",
    "[ref] and [text][ref] and [none][nowhere]\n\n[ref]: http://x.y 'title'",
    "a | b\n-|-\n\\| | x\n",
    "👩‍👩‍👧 e\u0301 \u200bzero\u200b \u202eright\u202c",
    "-\n-   a\n-\n  b",
    "+ a\n- b\n* c",
    "\n".join("  " * i + "- level" + str(i) for i in range(60)),
    "> " * 80 + "deep quotation",
    "\n".join("> " * i + f"q{i}" for i in range(60)),
    "**" * 500 + "x",
    "[" * 300 + "x" + "]" * 300,
    "`" * 7 + "a`b``c" + "`" * 7 + " d",
    "|" * 300 + "\n" + "|-" * 300,
    "a\u2028b\u2029c\x0bd\x0ce",
    "x" * 9000,
    "字" * 9000,
    "# " + "long heading " * 600,
    "- " + "long item " * 900,
    "| a |\n|---|\n" + "| " + "cell " * 1500 + "|",
]


class Visible(HTMLParser):
    """What a browser would show: text, and pictures' descriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.out.append(" ")
        self.out += [value or "" for name, value in attrs if tag == "img" and name == "alt"]


def reference(text: str) -> str:
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": 300}).enable(["table", "strikethrough"])
    seen = Visible()
    seen.feed(md.render(text))
    seen.close()
    return " ".join(seen.out)


def shown(blocks: list[Block]) -> str:
    out: list[str] = []
    for block in blocks:
        if block.kind == "code":
            out.append(block.text)
        else:
            document = QTextDocument()
            document.setHtml(block.html)
            out.append(document.toPlainText())
    return "\n".join(out)


def letters(text: str) -> Counter[str]:
    """Letters and digits of every script, each counted."""
    return Counter(c for c in unicodedata.normalize("NFC", text) if c.isalnum())


def lost(text: str) -> Counter[str]:
    whole = blocks_of_all(text)
    return letters(reference(normal(text))) - letters(shown(whole))


def blocks_of_all(text: str) -> list[Block]:
    stream = BlockStream(MD)
    stream.push(text)
    out: list[Block] = []
    while stream.behind:
        out += stream.advance().final
    rest = stream.finish()
    if rest is not None:
        return out + rest
    again = BlockStream(MD, MD.references(text))
    again.push(text)
    rest = again.finish()
    assert rest is not None
    return rest


def test_every_example_of_the_specification_keeps_its_text(qapp: QApplication) -> None:
    examples = json.loads(DATA.read_text(encoding="utf-8"))
    assert len(examples) >= 640
    wrong = {number: missing for number, _, text in examples if (missing := lost(text))}
    assert not wrong


@pytest.mark.parametrize("text", OWN, ids=range(len(OWN)))
def test_hard_cases_keep_their_text(text: str, qapp: QApplication) -> None:
    assert not lost(text)


def test_examples_joined_keep_their_text(qapp: QApplication) -> None:
    chance = random.Random(20261122)
    examples = [text for _, _, text in json.loads(DATA.read_text(encoding="utf-8")) if "]:" not in text]
    for _ in range(12):
        assert not lost("\n".join(chance.sample(examples, 12)))


HARD = st.text(alphabet="*_`[]()<>!#-+=|~$\\^:&\n\n  \t1a中。", max_size=400)


@settings(max_examples=60, deadline=None)
@given(HARD, st.integers(1, 60))
def test_nothing_raises_and_no_letter_is_lost(text: str, times: int) -> None:
    blocks = blocks_of_all(text)
    plain = "".join(re.sub(r"<[^>]*>", "", b.html) + b.text for b in blocks)
    if "]:" not in text and "](" not in text:
        assert text.count("中") <= plain.count("中")
    repeated = (text[:40] * times)[:2_000]
    blocks_of(repeated, [200]) if "]:" not in repeated else blocks_of_all(repeated)


NASTY = [
    "*a **b ",
    "[",
    "[a](",
    "![",
    "`",
    "<",
    "> ",
    "- ",
    "1. ",
    "|",
    "&",
    "\\",
    "$a",
    "**a*",
    "_a__",
    "~~",
    "[^1]",
    "\t",
    "a\n",
    "(" * 3,
]


@pytest.mark.parametrize("part", NASTY)
def test_work_does_not_grow_faster_than_the_text(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of the parser's inside are counted, not time."""
    steps = 0
    real = ParserInline.skipToken

    def counting(self: ParserInline, state: StateInline) -> None:
        nonlocal steps
        steps += 1
        real(self, state)

    monkeypatch.setattr(ParserInline, "skipToken", counting)

    def work(size: int) -> int:
        nonlocal steps
        stream = BlockStream(MD)
        steps = 0
        text = (part * size)[:size]
        stream.push(text)
        while stream.behind:
            stream.advance()
        return stream.parsed + steps

    assert work(6_000) < 3 * work(3_000) + 10_000
