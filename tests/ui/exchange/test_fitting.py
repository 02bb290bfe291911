"""What is wider than paper gets smaller letters before its words are broken."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from ui.exchange.export_fitting import CODE, Fitting
from ui.exchange.export_richtext import unhinted
from ui.render.markdown import Block, Markdown
from ui.render.style import style_of
from ui.theme import load_theme

WIDTH = 660.0


def _fitting() -> Fitting:
    theme = load_theme("light", 14)
    return Fitting(unhinted(theme.font("body")), unhinted(theme.font("code")))


def _table(*cells: str) -> Block:
    row = "|".join(cells)
    text = f"|{row}|\n|{'---|' * len(cells)}\n|{row}|\n"
    (block,) = Markdown(style_of(load_theme("light", 14)), paper=True).blocks(text)
    assert block.kind == "table"
    return block


def _lines(html: str) -> int:
    """The most lines a cell takes on the page."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(unhinted(load_theme("light", 14).font("body")))
    document.setUseDesignMetrics(True)
    document.setHtml(html)
    document.setTextWidth(WIDTH)
    assert document.size().width() > 0, "laid out"
    most, block = 0, document.begin()
    while block.isValid():
        most, block = max(most, block.layout().lineCount()), block.next()
    return most


def test_numbers_in_many_columns_stay_whole(qapp: QApplication) -> None:
    block = _table(*(f"12,345.{n}" for n in range(9)))
    made = _fitting().table(block.html, block.columns, WIDTH)
    assert _lines(block.html) > 1 and _lines(made) == 1


def test_sentences_and_single_long_words_keep_their_size(qapp: QApplication) -> None:
    fitting = _fitting()
    said = _table("方案", "这是一段很长的说明，在格子里换行。" * 12)
    assert fitting.table(said.html, said.columns, WIDTH) == said.html
    link = _table("a", "https://example.com/" + "x" * 400)
    assert fitting.table(link.html, link.columns, WIDTH) == link.html
    names = _table(*(f"very_long_identifier_{n}" for n in range(12)))
    assert "font-size:8px" in fitting.table(names.html, names.columns, WIDTH)


def test_code_is_as_large_as_its_longest_line_allows(qapp: QApplication) -> None:
    fitting = _fitting()
    assert fitting.code("x = 1\ny = 2", WIDTH) == CODE
    assert 8 <= fitting.code("x" * 110, WIDTH) < CODE
    assert fitting.code("注" * 50 + "x" * 10, WIDTH) < CODE
    assert fitting.code("x" * 5_000, WIDTH) == CODE, "it is wrapped anyway"
    assert fitting.code("", WIDTH) == CODE
