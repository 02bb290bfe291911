"""Code inside a list: a piece of its own, further in, that scrolls instead of wrapping and never flickers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QApplication

from tests.ui.transcript.makers import make_view, message, opened, settle, stream_in
from ui.transcript.answer import AnswerRow
from ui.transcript.code_piece import CodePiece
from ui.transcript.pieces import LIST_INDENT, TextPiece

Run = Callable[..., Any]

LONG = "x = " + " + ".join(f"name_{n}" for n in range(60))
TEXT = f"""1. one

   ```python
   {LONG}
   y = 2
   ```
2. two
   - inner
     ```
     z
     ```

   tail
3. three"""


def test_code_in_a_list_scrolls_and_stays_the_same_while_it_streams(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        row, seen = await stream_in(view, TEXT)
        pieces = row._parts[0].pieces
        assert [type(piece) for piece in pieces] == [TextPiece, CodePiece, TextPiece, CodePiece, TextPiece]
        for before in seen:
            kept = [piece for piece in before if piece in pieces]
            assert kept == pieces[: len(before)], "what was shown is extended, never made anew"

        first, inner = pieces[1], pieces[3]
        assert isinstance(first, CodePiece) and isinstance(inner, CodePiece)
        assert first.text.toPlainText() == f"{LONG}\ny = 2"
        assert (first.x(), inner.x()) == (LIST_INDENT, 2 * LIST_INDENT)
        assert first.x() + first.width() == pieces[0].width() == inner.x() + inner.width()
        assert first.text.document().lineCount() == 2, "code is not wrapped"
        assert first.text.horizontalScrollBar().maximum() > 0
        copied: list[str] = []
        view.copy_requested.connect(copied.append)
        first._copy.click()
        assert copied == [f"{LONG}\ny = 2"]
        assert row._parts[0].open_fence == ""

    run(body())


def test_the_same_answer_read_from_disk_has_the_same_pieces(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp, width=300)
        source = await opened(view, 2)
        source.items["a"] = (message("a", "assistant", TEXT), [])
        view.append([source.items["a"]])
        await settle(view)
        row = view.window_.rows[-1]
        assert isinstance(row, AnswerRow)
        part = row._parts[0]
        assert [type(piece) for piece in part.pieces] == [TextPiece, CodePiece] * 2 + [TextPiece]
        assert all(piece.width() >= 200 for piece in part.pieces), "a narrow window keeps room for code"

    run(body())
