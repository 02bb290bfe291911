"""Large blocks are cut at places that do not depend on how the text arrived, and the work stays flat."""

from __future__ import annotations

import random
import re

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from ui.render.cuts import CODE_LIMIT, LIMIT, LINE, hardened, soften
from ui.render.markdown import Block, Markdown
from ui.render.stream import BlockStream
from ui.render.style import RenderStyle
from ui.transcript.grouping import grouped

GREY = "#888888"
CODE = dict.fromkeys(("keyword", "string", "number", "function", "class", "comment"), GREY)
MD = Markdown(RenderStyle(GREY, GREY, GREY, GREY, GREY, GREY, GREY, "monospace", CODE))

WORDS = [
    "接力", "额度", "**粗体**", "`code`", "[链接](http://x.y/z)", "$x_1$", "relay", "token", "的", "了", "。",
    "，", "*em*", "stop.", "a_b",
]  # fmt: skip


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def paragraph(chance: random.Random) -> str:
    return "\n".join(words(chance, chance.randrange(1, 60)) for _ in range(chance.randrange(1, 160)))


def one_line(chance: random.Random) -> str:
    return words(chance, chance.randrange(500, 1500))


def flat_list(chance: random.Random) -> str:
    loose = chance.random() < 0.4
    mark = chance.choice(["-", "1.", "7)", "*"])
    return ("\n\n" if loose else "\n").join(f"{mark} {words(chance, 12)}" for _ in range(200))


def nested_list(chance: random.Random) -> str:
    lines: list[str] = []
    for i in range(60):
        lines.append(f"{i + 1}. {words(chance, 8)}")
        for _ in range(chance.randrange(4)):
            lines.append(f"   - {words(chance, 10)}")
            if chance.random() < 0.3:
                lines += ["", f"     {words(chance, 20)}", ""]
        if chance.random() < 0.15:
            lines += ["   ```python", *[f"   x = {j}" for j in range(chance.randrange(40))], "   ```"]
    return "\n".join(lines)


def table(chance: random.Random) -> str:
    rows = [f"| {words(chance, 3)} | {words(chance, 4)} | {i} |" for i in range(150)]
    return "\n".join(["| a | b | c |", "|---|:-:|--:|", *rows])


def quote(chance: random.Random) -> str:
    inside = chance.choice([paragraph, flat_list, nested_list, table])(chance)
    return "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))


def fence(chance: random.Random) -> str:
    return "\n".join(["```python", *[f"x_{i} = {i!r}" for i in range(600)], "y" * 6000, "```"])


def long_lines(chance: random.Random) -> str:
    """Lines that go on, before lines that would give them another meaning."""
    odd = ["|---|---|", "===", "---", "- x", "> q", "# h", "", "1. one", "    y", "| a | b |", "```"]
    out: list[str] = []
    for _ in range(14):
        line = " ".join(
            chance.choices(["字", "a | b", "text", "**b**", "。", "额度，"], k=chance.randrange(200, 700))
        )
        out += [chance.choice(["", "- ", "> ", "1. ", "| ", "# "]) + line, chance.choice(odd)]
    return "\n".join(out)


SHAPES = [long_lines, paragraph, one_line, flat_list, nested_list, table, quote, fence]


def blocks_of(text: str, sizes: list[int]) -> list[Block]:
    stream = BlockStream(MD)
    out: list[Block] = []
    at = i = 0
    while at < len(text):
        size = sizes[i % len(sizes)]
        stream.push(text[at : at + size])
        at, i = at + size, i + 1
        out += stream.advance().final
        if i % 7 == 0:
            while stream.behind:
                out += stream.advance().final
    rest = stream.finish()
    assert rest is not None
    return out + rest


def shown(blocks: list[Block]) -> str:
    out: list[str] = []
    for block in blocks:
        document = QTextDocument()
        document.setHtml(block.html)
        out.append(document.toPlainText() if block.kind != "code" else block.text)
    return "".join("\n".join(out).split())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda f: f.__name__)
def test_the_cuts_do_not_depend_on_how_the_text_arrived(shape) -> None:
    chance = random.Random(1)
    text = f"intro\n\n{shape(chance)}\n\nend"[:9_000]
    whole = blocks_of(text, [len(text)])
    assert blocks_of(text, [chance.randrange(60, 120) for _ in range(20)]) == whole
    assert blocks_of(text, [700, 31, 999, 2]) == whole


@pytest.mark.parametrize("shape", SHAPES, ids=lambda f: f.__name__)
def test_no_block_is_large_and_no_text_is_lost(shape, qapp: QApplication) -> None:
    text = shape(random.Random(3))
    blocks = blocks_of(text, [len(text)])
    if shape is not fence:
        assert len(blocks) > 1
        assert max(len(b.html) for b in blocks) < 8 * CODE_LIMIT
    plain = shown(blocks)
    letters = "".join(re.findall(r"[\u4e00-\u9fff]", text))
    assert "".join(re.findall(r"[\u4e00-\u9fff]", plain.replace("复制", ""))) == letters
    assert "\ufdd0" not in plain and "\ufdd1" not in plain


@pytest.mark.parametrize(
    ("before", "prefix", "after"),
    [
        ("1. one\n\n   ```python\n", "   ", "\n   ```\n2. two"),
        ("> said\n> ```\n", "> ", "\n> ```\n> end\n"),
        ("- a\n  > ```\n", "  > ", "\n  > ```\n  > end\n\n  after\n- b"),
        ("- a\n\n", "      ", "\n\n  after\n- b"),
        ("- a\n  ```\n", "  ", ""),
    ],
)
def test_code_that_is_cut_is_put_together_again(before: str, prefix: str, after: str) -> None:
    lines = [f"    line {n} {'x' * 60}" + "\n\n" * (n % 7 == 1) for n in range(360)]
    code = "\n".join(["begin", *lines, "end"])
    text = before + "\n".join(f"{prefix}{line}".rstrip() for line in code.split("\n")) + after
    blocks = blocks_of(text, [700])
    assert len([b for b in blocks if b.goes_on]) > 1
    groups = [group for group in grouped(blocks) if group[0].kind == "code"]
    assert ["".join(block.text for block in group) for group in groups] == [code]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda f: f.__name__)
def test_the_work_per_chunk_does_not_grow(shape) -> None:
    text = "\n".join(shape(random.Random(5)) for _ in range(3)).replace("\n\n", "\n")[:16_000]
    text = text if shape is not fence else f"```\n{text.replace('```', '')}"
    stream = BlockStream(MD)
    worst = 0
    for at in range(0, len(text), 400):
        before = stream.parsed
        stream.push(text[at : at + 400])
        while stream.behind:
            stream.advance()
        worst = max(worst, stream.parsed - before)
    assert worst < 4 * (CODE_LIMIT + LIMIT + LINE)
    assert stream.parsed < len(text) / 400 * (CODE_LIMIT + LIMIT)


def test_numbers_go_on_behind_a_cut() -> None:
    text = "\n".join(f"{i}. {'text ' * 20}" for i in range(1, 101))
    blocks = blocks_of(text, [len(text)])
    starts = [re.search(r'<ol start="(\d+)"', b.html) for b in blocks[1:]]
    counts = [b.html.count("<li") for b in blocks]
    assert len(blocks) > 3 and sum(counts) == 100
    assert [int(m[1]) for m in starts if m] == [sum(counts[:i]) + 1 for i in range(1, len(counts))]
    assert all(b.joined == 2 for b in blocks[1:])


def test_an_item_goes_on_without_a_mark_and_its_list_with_the_next_number() -> None:
    text = "4. first\n5. " + "\n   ".join(["long text " * 10] * 13) + "\n6. third\n7. fourth"
    blocks = blocks_of(text, [len(text)])
    assert len(blocks) == 2
    last = blocks[-1].html
    assert "list-style-type:none" in last and '<ol start="6"' in last
    assert last.index("third") > last.index('<ol start="6"')


def test_a_table_goes_on_without_its_head() -> None:
    blocks = blocks_of(table(random.Random(1)), [9999999])
    assert {b.kind for b in blocks} == {"table"} and {b.columns for b in blocks} == {3}
    assert ">a<" in blocks[0].html and ">a<" not in blocks[1].html


def test_long_lines_are_broken_where_nobody_sees_it() -> None:
    line = "一二三四五六七八九十，" * 900
    broken = soften(line)
    assert hardened(broken) == line and max(map(len, broken.split("\n"))) <= LINE
    blocks = blocks_of(line, [100])
    assert "<br>" not in "".join(b.html for b in blocks)


def test_a_long_line_of_code_stays_whole() -> None:
    (block,) = blocks_of(" ```\n" + "x" * 9000 + "\n ```", [500])
    assert block.text == "x" * 9000
