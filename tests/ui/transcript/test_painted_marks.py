"""What we paint into answers because Qt would draw it too large or unevenly: bullets and lines of tables."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QTextDocument
from PySide6.QtWidgets import QApplication

from ui.hairlines import draw_lines
from ui.render.markdown import Markdown
from ui.render.style import style_of
from ui.theme import Theme
from ui.transcript.bullets import bullets_of, paint_bullets
from ui.transcript.grid import lines_of
from ui.transcript.inks import Words, briefly, fitting, natural_width

TABLES = """a | b | c
:-|-:|:-:
1 | 中文 a long cell that has to wrap because it is so long that nothing else can be done about it at all | 3
x | y | z

> | q | r |
> |---|---|
> | 1 | 2 |
"""


def _document(theme: Theme, text: str, *, paper: bool = False, use: str = "body") -> QTextDocument:
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setIndentWidth(24)
    document.setDefaultFont(theme.font(use))
    document.setTextWidth(500)
    blocks = Markdown(style_of(theme), paper=paper).blocks(text)
    document.setHtml("".join(block.html for block in blocks))
    return document


def _painted(theme: Theme, document: QTextDocument, lines: list[QRectF]) -> QImage:
    image = QImage(520, 300, QImage.Format.Format_RGB32)
    image.fill(theme.color("bg-page"))
    painter = QPainter(image)
    document.drawContents(painter)
    draw_lines(painter, lines, theme.color("line"))
    painter.end()
    return image


def test_our_lines_lie_where_qt_fills_the_gaps(theme: Theme) -> None:
    ours = _document(theme, TABLES, use="table")
    theirs = _document(theme, TABLES, paper=True, use="table")
    lines = lines_of(ours)
    assert len(lines) == (4 + 4) + (3 + 3)
    assert _painted(theme, ours, lines) == _painted(theme, theirs, []) != _painted(theme, ours, [])


LIST = "- 国\n- x\n  - inner\n\n1. one\n\n- [ ] task\n\ntext\n\n- a\n\n  second"


def test_bullets_stand_before_items_and_nothing_else(theme: Theme) -> None:
    document = _document(theme, LIST)
    found = [(document.findBlockByNumber(one.block).text(), one.level) for one in bullets_of(document)]
    assert found == [("国", 1), ("x", 1), ("inner", 2), ("a", 1)]


def test_no_bullets_of_ours_on_paper(theme: Theme) -> None:
    assert bullets_of(_document(theme, LIST, paper=True)) == []


@pytest.mark.parametrize("word", ["国", "x"])
def test_a_bullet_is_small_and_in_the_middle_of_its_line(qapp: QApplication, theme: Theme, word: str) -> None:
    document = _document(theme, f"- {word}")
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    document.drawContents(painter)
    paint_bullets(painter, document, bullets_of(document), QRectF(0, 0, 60, 40), QColor("black"))
    painter.end()

    def rows(left: int, right: int) -> list[int]:
        return [y for y in range(40) if any(image.pixelColor(x, y).value() < 160 for x in range(left, right))]

    mark, letter = rows(0, 22), rows(24, 60)
    assert 3 <= len(mark) <= 6
    assert abs((mark[0] + mark[-1]) / 2 - (letter[0] + letter[-1]) / 2) <= 1.5


def test_a_time_is_whole_beside_a_name_that_is_too_long(theme: Theme) -> None:
    name, time = Words("gateway " * 40, "control-bold", "ink"), Words("first token 0.4 s")
    whole = natural_width([time], theme)
    cut, kept = fitting([name, time], 400, theme)
    assert kept == whole and cut + kept < 400 < cut + kept + 20


def test_words_that_shrink_go_first_and_equal_ones_share(theme: Theme) -> None:
    soft, firm = Words("reason " * 10, shrinks=True), Words("name " * 10)
    widths = fitting([soft, firm], natural_width([soft, firm], theme) - 50, theme)
    assert widths[1] == natural_width([firm], theme) and widths[0] < natural_width([soft], theme)
    narrow = fitting([firm, firm], 200, theme)
    assert narrow[0] == narrow[1] and sum(narrow) <= 200


def test_a_reason_is_said_briefly_before_it_is_cut(theme: Theme) -> None:
    why = Words("Zhipu GLM was rate limited here", shrinks=True, brief="GLM was rate limited here")
    who = Words("Tencent Hunyuan Hy3 continued", brief="Hy3 continued")
    whole = natural_width([why, who], theme)
    assert list(briefly([why, who], whole, theme)) == [why, who]
    assert [getattr(ink, "text", "") for ink in briefly([why, who], whole - 5, theme)] == [
        why.brief,
        who.text,
    ]
    assert [getattr(ink, "text", "") for ink in briefly([why, who], 60, theme)] == [why.brief, who.brief]
