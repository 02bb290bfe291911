"""What streams in is read in one frame and placed in another, and nothing is seen half done between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.relay.events import Attempt, Delta
from tests.ui.transcript.makers import make_view, message, opened, settle
from tests.ui.transcript.test_formulas import drawn
from ui.render.code import load
from ui.transcript import streaming
from ui.transcript.answer import AnswerRow
from ui.transcript.code_piece import CodePiece
from ui.transcript.pieces import TablePiece, TextPiece
from ui.transcript.view import TranscriptView

Run = Callable[..., Any]


def deleted() -> None:
    """Qt deletes what was left to be deleted later."""
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


async def streaming_row(view: TranscriptView, text: str) -> AnswerRow:
    await opened(view, 0)
    view.begin((message("live", "assistant", "", status="streaming"), []))
    await settle(view)
    view.feed("live", Attempt(1, "zhipu", "glm"))
    view.feed("live", Delta(text))
    row = view.window_.rows[-1]
    assert isinstance(row, AnswerRow)
    take(view)
    view.streaming._place()
    return row


def take(view: TranscriptView) -> None:
    """Read all that has come: a slow machine takes several turns."""
    for _ in range(100):
        view.streaming._take()
        if not view.streaming._dirty:
            return
    raise AssertionError("it is never read to its end")


def test_a_paragraph_that_becomes_a_table_is_seen_until_the_table_has_its_place(
    qapp: QApplication, run: Run
) -> None:
    async def body() -> None:
        view = make_view(qapp)
        row = await streaming_row(view, "Before\n\n| a | b |\n")
        (before,) = row.texts()
        high = row.height()
        assert "| a | b |" in before.plain()
        view.feed("live", Delta("|---|---|\n| 1 | 2 |\n"))
        take(view)
        (_, table) = row.texts()
        assert isinstance(table, TablePiece)
        assert not table.isVisible(), "a table without a place covers what stands above"
        assert row.height() == high
        view.streaming._place()
        assert table.isVisible()
        assert table.y() >= before.geometry().bottom()
        assert row.height() > high

    run(body())


def test_what_a_piece_gives_way_to_comes_at_once_with_its_going(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        row = await streaming_row(view, "```\n")
        code = row._parts[0].pieces[0]
        view.feed("live", Delta("x"))
        take(view)
        view.streaming._place()
        row._parts[0]._cut(0)
        deleted()
        assert code.isVisible(), "gone before anything stands in its place"
        view.feed("live", Delta("y\n"))
        take(view)
        view.streaming._place()
        assert not code.isVisible()
        assert row._parts[0].pieces[0].isVisible()

    run(body())


def test_what_needs_a_place_of_its_own_is_placed_at_once(
    qapp: QApplication, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        monkeypatch.setattr(streaming, "LITTLE_MS", -1.0)
        view = make_view(qapp)
        await streaming_row(view, "One.")
        view.feed("live", Delta(" Two."))
        assert view.streaming._take(), "only text has grown: it waits for the frame that follows"
        view.streaming._place()
        view.streaming.live["live"].trimmed = 3
        view.feed("live", Delta(" Three."))
        assert not view.streaming._take(), "a note would be seen where it does not belong"
        view.streaming._place()

    run(body())


def test_an_answer_is_placed_without_a_further_event(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        row = await streaming_row(view, "One.")
        high = row.height()
        view.feed("live", Delta("\n\n".join("line" for _ in range(60))))
        for _ in range(400):
            await settle(view)
            if not view.streaming._dirty and not view.streaming._taken:
                break
        assert row.height() > high + 400
        assert view.verticalScrollBar().value() == view.bottom

    run(body())


def test_a_piece_is_shown_anew_once_for_all_of_its_formulas(
    qapp: QApplication, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[TextPiece] = []
    came = TextPiece._formula_came
    monkeypatch.setattr(TextPiece, "_formula_came", lambda self: (told.append(self), came(self)))

    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 0)
        text = "$x_1$ and $x_2$ and $x_3$ and $x_4$\n\n# A\n\n|a|\n|-|\n|$y_1$ $y_2$|\n"
        view.append([(message("f", "assistant", text), [])])
        await settle(view)
        await drawn(view)
        prose, table = view.window_.rows[0].texts()
        assert prose.toPlainText().count("\ufffc") == 4
        assert table.toPlainText().count("\ufffc") == 2
        assert told == [prose, table]

    run(body())


def test_pieces_are_made_ahead_and_used(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        row = await streaming_row(view, "One.")
        stock = row._parts[0].stock
        row.prepare()
        row.prepare()
        (text,), code = stock._texts, stock._code
        assert code is not None
        assert not text.isVisible() and not code.isVisible()
        view.feed("live", Delta("\n\n```python\nx = 1\n```\n\nTwo.\n"))
        take(view)
        view.streaming._place()
        assert row._parts[0].pieces[1:] == [code, text]
        assert code.isVisible() and text.isVisible()
        row.prepare()
        row.prepare()
        view.finish((message("live", "assistant", row._parts[0].text), []))
        await settle(view)
        assert stock._code is None

    run(body())


def test_long_code_that_grows_is_coloured_to_its_last_line(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        load("python")
        row = await streaming_row(view, "```python\n")
        lines = "".join(f"value_{i} = compute({i}, 'text')  # note\n" for i in range(60))
        view.feed("live", Delta(lines))
        take(view)
        code = row._parts[0].pieces[0]
        assert isinstance(code, CodePiece)
        assert code.busy, "all of it was lexed in one frame"
        view.streaming._place()
        await settle(view)
        assert not code.busy
        block = code.text.document().begin()
        while block.isValid() and block.text():
            assert block.layout().formats(), f"not coloured: {block.text()}"
            block = block.next()

    run(body())
