"""Formulas: drawn on a worker thread, copied as their source, left as source on any doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.ui.render.test_cuts import MD
from tests.ui.transcript.makers import make_view, message, opened, settle
from ui.transcript.formulas import inside, svg_of
from ui.transcript.view import TranscriptView

Run = Callable[..., Any]


async def drawn(view: TranscriptView) -> None:
    for _ in range(400):
        await asyncio.sleep(0.02)
        if not view._formulas._working:
            await settle(view)
            return
    raise AssertionError("the formulas never came")


def test_formulas_are_drawn_and_copied_as_source(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 0)
        text = "设 $x_1^2$ 与 \\(\\foo\\) 和 $5 和 $6：\n\n$$\n\\frac{a}{b}\n$$\n\n后"
        view.append([(message("f", "assistant", text), [])])
        await settle(view)
        await drawn(view)
        (piece,) = view.window_.rows[0].texts()
        assert piece.toPlainText().count("\ufffc") == 2
        assert piece.plain() == "设 $x_1^2$ 与 \\(\\foo\\) 和 $5 和 $6：\n$$\n\\frac{a}{b}\n$$\n后"
        assert "$x_1^2$" in piece.accessibleName()
        piece.select(0, 4)
        assert piece.selected() == "设 $x_1^2$ "
        image = piece.document().resource(2, "jieli-formula:" + next(iter(piece._formulas)))
        assert not image.isNull()

    run(body())


def test_a_formula_stands_on_the_line_of_its_text(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 0)
        view.append([(message("f", "assistant", "满足 $f(t)$ 和 $\\frac{a}{b}$"), [])])
        await settle(view)
        await drawn(view)
        (piece,) = view.window_.rows[0].texts()
        document = piece.document()
        line = document.begin().layout().lineAt(0)
        base = document.documentLayout().blockBoundingRect(document.begin()).y() + line.y() + line.ascent()
        shown = QImage(piece.size(), QImage.Format.Format_RGB32)
        shown.fill(Qt.GlobalColor.white)
        piece.viewport().render(shown)
        places = [i for i, c in enumerate(piece.toPlainText()) if c == "\ufffc"]
        assert len(places) == 2
        for place in places:
            edges: list[Any] = [line.cursorToX(at) for at in (place, place + 1)]
            left, right = int(edges[0][0]) + 1, int(edges[1][0]) - 1
            inked = [
                y
                for y in range(shown.height())
                if any(shown.pixelColor(x, y).lightness() < 160 for x in range(left, right))
            ]
            # The bracket and the denominator reach below the line, the letters above it.
            assert base + 2 <= max(inked) <= base + 9 and min(inked) < base - 8

    run(body())


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{b}",
        r"\int_0^\infty e^{-x^2}dx=\frac{\sqrt{\pi}}{2}",
        r"\begin{pmatrix}a&b\\c&d\end{pmatrix}",
        r"\begin{cases}1&x>0\\2&y\end{cases}",
        r"\sum_{i=1}^n i\cdot\mathbb{R}",
    ],
)
def test_what_can_be_drawn(latex: str) -> None:
    found = svg_of(latex, 15, "#123456", display=True)
    assert found is not None
    svg, width, above, below = found
    assert svg.startswith("<svg") and "#123456" in svg and width > 5 and above + below > 8


@pytest.mark.parametrize(
    "latex", [r"\foo{x}", r"\text{中文}", "x_", r"\frac{a", "}{", r"\begin{x}", "a^b^c", "\\", r"\text{<b>}"]
)
def test_what_stays_source(latex: str) -> None:
    assert svg_of(latex, 15, "#123456", display=False) is None


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("$x$", ("x", False)),
        ("\\(x\\)", ("x", False)),
        ("$$x$$", ("x", True)),
        ("$$\nx\n$$", ("x", True)),
        ("\\[ x \\]", ("x", True)),
        ("$$\nx", ("", False)),
        ("x", ("", False)),
    ],
)
def test_the_marks_of_a_formula(source: str, found: tuple[str, bool]) -> None:
    assert inside(source) == found


@pytest.mark.parametrize(
    "text", ["costs $5 and $6", "$ 5$", "US$5 or US$6", "a$b$c", "\\$x$", "$5", "between $1,000 and $2,000."]
)
def test_prices_are_no_formulas(text: str) -> None:
    (block,) = MD.blocks(text)
    assert block.formulas == ()


def test_footnotes_stay_where_they_are() -> None:
    blocks = MD.blocks("claim[^1] and[^note]\n\n[^1]: source one\n[^note]: *two*")
    assert ">[1]</span>" in blocks[0].html and ">[^note]</span>" in blocks[0].html
    assert "[1]</span> source one" in blocks[1].html and "<i>two</i>" in blocks[1].html
    assert ">[^a]" not in MD.blocks("the class [^a] of characters")[0].html.replace("span", "")


def test_lines_over_and_under_have_the_colour_of_the_text() -> None:
    found = svg_of(r"\overline{x^2} + \underline{y}", 15, "#123456", display=True)
    assert found is not None
    assert "black" not in found[0]
    assert found[0].count("#123456") >= 4
