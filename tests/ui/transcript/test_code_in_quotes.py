"""Code inside a quotation: a piece of its own beside the quotation's line, which does not break for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication

from tests.ui.transcript.makers import make_view, opened, stream_in
from ui.render.markdown import Markdown
from ui.render.style import style_of
from ui.theme import load_theme
from ui.transcript.code_piece import CodePiece
from ui.transcript.pieces import TextPiece

Run = Callable[..., Any]

LONG = "x = " + " + ".join(f"name_{n}" for n in range(60))
TEXT = f"""Before

> said
>
> ```python
> {LONG}
> y = 2
> ```
> - item
>   ```
>   z
>   ```
> end

> another

```
plain
```"""


def test_code_in_a_quotation_scrolls_and_the_line_beside_it_goes_on(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        row, seen = await stream_in(view, TEXT)
        part = row._parts[0]
        goes_on = [False, False, True, True, True, True, False, False]
        kinds = ["prose", "quote", "code", "quote", "code", "quote", "quote", "code"]
        assert part._kinds == kinds
        for before in seen:
            kept = [piece for piece in before if piece in part.pieces]
            assert kept == part.pieces[: len(before)], "what was shown is extended, never made anew"
        assert [part._goes_on(i) for i in range(len(kinds))] == goes_on
        code = part.pieces[2]
        assert isinstance(code, CodePiece)
        assert code.text.toPlainText() == f"{LONG}\ny = 2"
        assert code.text.document().lineCount() == 2, "code is not wrapped"
        assert code.text.horizontalScrollBar().maximum() > 0
        quote = part.pieces[1]
        assert isinstance(quote, TextPiece) and code.x() == quote.x() > part.pieces[7].x() == 0
        assert part.pieces[4].x() > code.x()
        # The line beside the quotation stands at every height of it, and nowhere else.
        image = part.grab().toImage()
        ratio = image.devicePixelRatio()
        bar = view.context.theme.color("line-strong").rgb()
        top, bottom = part.pieces[1].y(), part.pieces[5].geometry().bottom()
        there = [y for y in range(part.height()) if image.pixel(0, int(y * ratio)) == bar]
        assert there[: bottom - top + 1] == list(range(top, bottom + 1))

    run(body())


def test_on_paper_it_stays_in_the_quotation() -> None:
    style = style_of(load_theme("light", 15))
    assert [b.kind for b in Markdown(style, paper=True).blocks(TEXT)] == ["prose", "quote", "quote", "code"]
    only = Markdown(style).blocks("> ```\n> a\n> ```")
    assert [(b.kind, b.quoted, b.closed, b.text) for b in only] == [("code", True, True, "a")]
    assert [b.kind for b in Markdown(style, paper=True).blocks("> > ```\n> > a\n> > ```\n")] == ["quote"]


def test_code_in_a_quotation_within_scrolls_and_long_code_is_one_piece(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        lines = "\n".join(f"line {n}" + " and more" * 30 for n in range(50))
        text = "\n".join(["> said", "> > within", "> > ```", *(f"> > {line}" for line in lines.split("\n"))])
        row, seen = await stream_in(view, f"{text}\n> > ```\n> > more\n> after", 1500)
        part = row._parts[0]
        assert part._kinds == ["quote", "code", "quote"]
        code = part.pieces[1]
        assert isinstance(code, CodePiece) and code in seen[2], "it grows, over every place it is cut at"
        assert code.text.toPlainText() == lines and len(lines) > 13_000
        assert code.text.document().lineCount() == 50 and code.text.horizontalScrollBar().maximum() > 0
        copied: list[str] = []
        view.copy_requested.connect(copied.append)
        code._copy.click()
        assert copied == [lines]
        # It stands as far in as the words of its quotation.
        words = [p for p in (part.pieces[0], part.pieces[2]) if isinstance(p, TextPiece)]
        for piece in words:
            block = piece.document().firstBlock()
            block = block if block.text() in ("within", "more") else block.next()
            assert piece.x() + piece.cursorRect(QTextCursor(block)).x() == code.x()
        assert [part._goes_on(i) for i in range(3)] == [False, True, True]

    run(body())
