"""Lines of the composer: letters stay where they are, whichever come beside them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from ui.composer.editor import Editor
from ui.theme import apply, load_theme


def _editor(qapp: QApplication, body: int = 15) -> Editor:
    theme = load_theme("light", body)
    apply(qapp, theme)
    editor = Editor(theme)
    editor.resize(500, 120)
    editor.show()
    qapp.sendPostedEvents()
    return editor


def _base_lines(editor: Editor) -> list[float]:
    """Where letters stand, from the top of the viewport."""
    found: list[float] = []
    block = editor.document().firstBlock()
    while block.isValid():
        top = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).y()
        lines = [block.layout().lineAt(n) for n in range(block.layout().lineCount())]
        found += [top + line.y() + line.ascent() for line in lines]
        block = block.next()
    return found


def _dark_rows(image: QImage, width: int) -> list[int]:
    ground = image.pixelColor(width - 1, 0).lightness()
    return [
        y
        for y in range(image.height())
        if any(abs(image.pixelColor(x, y).lightness() - ground) > 60 for x in range(width))
    ]


@pytest.mark.parametrize("body", [13, 15, 20])
def test_the_first_chinese_letter_moves_no_line(qapp: QApplication, body: int) -> None:
    editor = _editor(qapp, body)
    (empty,) = _base_lines(editor)
    editor.insertPlainText("H")
    assert _base_lines(editor) == [empty]
    latin = editor.viewport().grab().toImage()
    editor.insertPlainText("中")
    assert _base_lines(editor) == [empty]
    assert _dark_rows(latin, 6) == _dark_rows(editor.viewport().grab().toImage(), 6) != []
    # Lines below stand at equal distances, wrapped or not, of either kind.
    editor.insertPlainText("\nlatin alone\n中文\n" + "words of a line that is wrapped " * 5)
    lines = _base_lines(editor)
    steps = {round(b - a, 3) for a, b in pairwise(lines)}
    assert len(lines) > 4 and len(steps) == 1
    height = editor.height()
    editor.undo()
    assert editor.height() <= height


def test_what_may_be_written_stands_on_the_line_of_what_is_written(qapp: QApplication) -> None:
    editor = _editor(qapp)
    editor.setPlaceholderText("HHH\u3000")
    offered = _dark_rows(editor.viewport().grab().toImage(), 20)
    editor.setPlainText("HHH")
    written = _dark_rows(editor.viewport().grab().toImage(), 20)
    assert offered[-1] == written[-1]
    editor.clear()
    assert editor.placeholderText().endswith("\u3000")


def test_lines_stay_even_in_the_editor_that_takes_over(qapp: QApplication) -> None:
    first, second = _editor(qapp), _editor(qapp, 20)
    first.insertPlainText("one")
    first.insertPlainText("\n二")
    given = first.give_away(second)
    assert _base_lines(first) == _base_lines(_editor(qapp))
    second.adopt(given, 0, 0)
    lines = _base_lines(second)
    assert lines[0] == _base_lines(_editor(qapp, 20))[0] and len(lines) == 2
    second.undo()
    assert second.toPlainText() != "one\n二"
