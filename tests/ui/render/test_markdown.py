"""What readers get to see of a model's Markdown: all of it, and nothing that acts by itself."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QTextDocument, QTextListFormat
from PySide6.QtWidgets import QApplication

from tests.ui.render.test_stream import MD, STYLE
from ui.render import code
from ui.render.markdown import Block, Markdown, normal
from ui.render.style import BULLET


def shown(text: str) -> str:
    """The text a reader sees."""
    document = QTextDocument()
    document.setHtml("".join(b.html for b in MD.blocks(text)))
    return document.toPlainText()


@pytest.mark.parametrize(
    "text",
    [
        "List<String> xs",
        "a <br> b",
        "<script>alert(1)</script>",
        "if a<b and c>d",
        "<div>\nx\n</div>",
        "&lt;b&gt; <!-- c -->",
    ],
)
def test_html_is_shown_not_swallowed(text: str, qapp: QApplication) -> None:
    words = normal(text).replace("&lt;", "<").replace("&gt;", ">").split()
    assert " ".join(shown(text).split()) == " ".join(words)


def test_chinese_emphasis_needs_no_spaces() -> None:
    (block,) = MD.blocks("**注意：**先看，**“引号”**也行，但 a ** b ** 不行")
    assert block.html.count("font-weight:600") == 2
    assert "**注意" not in block.html and "a ** b **" in block.html


def test_chinese_is_never_slanted() -> None:
    (block,) = MD.blocks("*强调* and *stress*")
    assert block.html.count("<i>") == 1 and "<i>stress</i>" in block.html


def test_images_are_named_and_linked_never_loaded() -> None:
    (block,) = MD.blocks("![plan](https://evil.example/p.png?x=secret)")
    assert "<img" not in block.html
    assert "plan" in block.html and "evil.example" in block.html


def test_bare_addresses_become_links_without_the_punctuation() -> None:
    (block,) = MD.blocks("见 https://example.com/a_(b)?c=d。以及 (https://example.org).")
    assert 'href="https://example.com/a_(b)?c=d"' in block.html
    assert 'href="https://example.org"' in block.html


def test_a_link_never_runs_a_script() -> None:
    (block,) = MD.blocks("[y](javascript:alert(1))")
    assert "href" not in block.html


def test_formulas_keep_their_source() -> None:
    (block,) = MD.blocks("设 $a_1 * b_2$ 和 \\(x_i\\)，花 $5 和 $6。")
    assert "$a_1 * b_2$" in block.html and "\\(x_i\\)" in block.html
    assert block.html.count("background-color") == 2


def test_a_formula_block_cannot_swallow_the_answer() -> None:
    blocks = MD.blocks("$$\na\n- b\n\nafter")
    assert len(blocks) == 2 and "after" in blocks[1].html


def test_task_lists() -> None:
    html = MD.blocks("- [ ] a\n- [x] b")[0].html
    assert "☐ a" in html and "☑ b" in html


def test_a_list_of_tasks_has_boxes_in_the_place_of_bullets() -> None:
    def bullets(text: str) -> bool:
        return 'list-style-type:none"' not in "".join(block.html for block in MD.blocks(text))

    assert not bullets("- [ ] a\n- [x] b")
    assert bullets("- a\n- [x] b") and bullets("1. [ ] c") and bullets("-")


def test_kinds_of_blocks() -> None:
    text = "# h\n\np\n\n> q\n\n---\n\n```py\nx\n```\n\n    y\n\na | b\n-|-\n1 | 2"
    assert [b.kind for b in MD.blocks(text)] == ["prose", "prose", "quote", "rule", "code", "code", "table"]
    table = MD.blocks(text)[-1]
    assert table.columns == 2


def test_code_in_quotations_stands_by_itself() -> None:
    said, code = MD.blocks("> - do\n>\n>   ```python\n>   x = 1\n>     y\n>   ```")
    assert (said.kind, code.kind, code.quoted, code.indent, code.text) == (
        "quote",
        "code",
        True,
        1,
        "x = 1\n  y",
    )
    said, code, after = MD.blocks(
        "> > - do\n> >\n> >   ```python\n> >   x = 1\n> >     y\n> >   ```\n> > end\n"
    )
    assert (code.quoted, code.indent, code.inner, code.text) == (True, 1, 1, "x = 1\n  y")
    assert (said.kind, after.kind) == ("quote", "quote")
    said, code, after = MD.blocks("- a\n  > b\n  > ```\n  > c\n  > ```\n  > d\n\n  e\n- f")
    assert (code.quoted, code.indent, code.inner, code.text) == (False, 1, 1, "c")
    assert laid_out(said) == [("•", "a"), ("", "b")]
    assert laid_out(after) == [("", "d"), ("", "e"), ("•", "f")]


STEPS = """1. one
   ```python
   x = 1
     y
   ```
2. two $z$
   - inner

     ```sh
     a
     ```
   - more

   tail

9. three
"""


def test_code_in_lists_stands_by_itself_and_the_numbers_go_on(qapp: QApplication) -> None:
    blocks = MD.blocks(STEPS)
    code = [(b.language, b.text, b.indent, b.closed) for b in blocks if b.kind == "code"]
    assert code == [("python", "x = 1\n  y", 1, True), ("sh", "a", 2, True)]
    assert [b.kind for b in blocks] == ["prose", "code", "prose", "code", "prose"]
    lines = [line for b in blocks if b.kind == "prose" for line in laid_out(b)]
    assert lines == [
        ("1.", "one"),
        ("2.", "two $z$"),
        ("•", "inner"),
        ("•", "more"),
        ("", "tail"),
        ("3.", "three"),
    ]
    assert [len(b.formulas) for b in blocks] == [0, 0, 1, 0, 0]


def laid_out(block: Block) -> list[tuple[str, str]]:
    """The lines of a block with the marks that Qt puts before them."""
    document = QTextDocument()
    document.setHtml(block.html)
    found = []
    line = document.begin()
    while line.isValid():
        inside = line.textList()
        style = inside.format().style() if inside is not None else QTextListFormat.Style.ListStyleUndefined
        mark = "•" if inside is not None and inside.format().numberPrefix() == BULLET else ""
        if inside is not None and style == QTextListFormat.Style.ListDecimal:
            mark = inside.itemText(line)
        found.append((mark, line.text()))
        line = line.next()
    return found


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("- ```\n  a\n  ```\n- b", [("•", "\xa0"), ("•", "b")]),
        ("- a\n  ```\n  x\n  ```\n  ```\n  y\n  ```\n  b", [("•", "a"), ("", "b")]),
        ("- [ ] a\n  ```\n  x\n  ```\n- [x] b", [("", "☐ a"), ("", "☑ b")]),
        ("7) a\n\n       code\n7) b\n\n   more", [("7.", "a"), ("8.", "b"), ("", "more")]),
        ("1. a\n   - b\n     ```\n     x\n     ```\n2. c", [("1.", "a"), ("•", "b"), ("2.", "c")]),
    ],
)
def test_what_follows_code_in_a_list_has_the_marks_it_would_have_had(
    text: str, marks: list[tuple[str, str]], qapp: QApplication
) -> None:
    blocks = MD.blocks(text)
    assert [line for b in blocks if b.kind == "prose" for line in laid_out(b)] == marks


def test_on_paper_code_stays_in_its_list() -> None:
    (block,) = Markdown(STYLE, paper=True).blocks(STEPS)
    # Its colours depend on whether the language has been loaded.
    text = re.sub("<[^>]+>", "", block.html)
    assert block.html.count("<pre") == 2 and "x = 1\n  y" in text and "tail" in text


def test_newlines_and_nul_are_made_equal() -> None:
    assert MD.blocks("a\r\n\r\nb\rc\0") == MD.blocks("a\n\nb\nc\ufffd")


def roles(source: str, language: str) -> dict[str, str]:
    lexer = code.load(language)
    assert lexer is not None
    raw = source.encode("utf-16-le")
    return {
        raw[start * 2 : (start + length) * 2].decode("utf-16-le"): role
        for start, length, role in code.spans(source, lexer)
    }


def test_code_roles_and_positions_beyond_the_basic_plane() -> None:
    found = roles('s = "😀"  # 😀 note\nclass A: pass\ndef f(): return 1', "python")
    assert found["# 😀 note"] == "comment"
    assert (found["class"], found["A"], found["f"], found["1"]) == ("keyword", "class", "function", "number")


def test_unknown_languages_stay_plain() -> None:
    assert code.load("no-such-language") is None
    assert code.is_loaded("no-such-language") and code.is_loaded("")
    assert code.label("py") == "Python" and code.label("Foo") == "Foo"


def test_equality_of_blocks_ignores_where_they_stand() -> None:
    (one,) = MD.blocks("x")
    two = MD.blocks("a\n\nx")[1]
    assert isinstance(one, Block) and one == two
