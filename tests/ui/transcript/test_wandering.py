"""Nothing of what was scrolled past, folded, edited, found or streamed stays behind in what is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.relay.events import Attempt, Delta, Failed, Reasoning
from providers import Failure, FailureKind
from tests.ui.transcript.makers import Source, conversation, make_view, message, mouse, opened, settle
from tests.ui.transcript.wandering import wander
from ui.theme import apply, load_theme
from ui.transcript.answer import AnswerRow
from ui.transcript.code_piece import CodePiece
from ui.transcript.pieces import TextPiece
from ui.transcript.view import TranscriptView

Run = Callable[..., Any]

WIDE = "```python\nx = 1\ny = 2  # " + "long " * 60 + "\n```\n\nafter"


def _pieces(view: TranscriptView, kind: type[Any] = TextPiece) -> list[Any]:
    return [found for row in view.window_.rows for found in row.findChildren(kind)]


def test_what_is_seen_is_as_if_opened_just_now(qapp: QApplication, run: Run) -> None:
    theme = load_theme("light")
    apply(qapp, theme)
    assert run(wander(theme, 2, 12, 12), timeout=120) == ""


def test_code_is_shown_from_the_beginning_of_its_lines(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = Source(conversation(6, WIDE))
        view.set_conversation(list(source.items), source.load, source.start)
        await settle(view)
        codes = [code.text for code in _pieces(view, CodePiece)]
        assert codes and all(code.horizontalScrollBar().maximum() > 0 for code in codes)
        assert [code.horizontalScrollBar().value() for code in codes] == [0] * len(codes)
        # Selecting everything and nothing again moves no code either.
        view.selection.select_all(6)
        view.selection.clear()
        assert [code.horizontalScrollBar().value() for code in codes] == [0] * len(codes)

    run(body())


def test_code_that_grows_is_not_selected(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        piece = CodePiece(view.context, view.column)
        piece.set_code("one\n", "text", closed=False)
        piece.set_code("one\ntwo\n", "text", closed=False)
        assert piece.text.selected() == ""
        piece.text.select(0, 8)
        piece.set_code("one\ntwo\nthree\n", "text", closed=False)
        assert piece.text.selected() == "one\ntwo\n"

    run(body())


def test_only_the_last_answer_shows_its_actions(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = await opened(view, 6)

        def shown() -> list[str]:
            return [row.id for row in view.window_.rows if row.foot._shown]

        assert shown() == ["m5"]
        question = message("new", "user", "waits"), []
        source.items["new"] = question
        view.append([question])
        await settle(view)
        assert shown() == []
        view.remove_from("new")
        await settle(view)
        assert shown() == ["m5"]
        view.remove_from("m4")
        await settle(view)
        assert shown() == ["m3"]

    run(body())


def test_thoughts_of_who_said_nothing_go(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        started = message("a", "assistant", "", status="streaming"), []
        view.begin(started)
        for event in (Attempt(1, "zhipu", "glm"), Reasoning("first thoughts")):
            view.feed("a", event)
        view.streaming.flush()
        await settle(view)
        row = view.window_.rows[-1]
        assert isinstance(row, AnswerRow) and row._thinking is not None
        failure = Failure(FailureKind.NETWORK)
        for event in (Failed(1, "zhipu", "glm", failure), Attempt(2, "tencent", "hy3"), Delta("answer")):
            view.feed("a", event)
        view.streaming.flush()
        assert row._thinking is None and "answer" in row.texts()[0].toPlainText()
        view.finish((message("a", "assistant", "answer"), []))
        assert row._thinking is None

    run(body())


def test_what_changes_while_it_is_fetched_is_shown_as_it_is_now(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = Source(conversation(4))
        going, go = asyncio.Event(), asyncio.Event()

        async def slowly(ids: Any) -> list[Any]:
            found = await source.load(ids)
            going.set()
            await go.wait()
            return found

        view.set_conversation(list(source.items), slowly, source.start)
        await going.wait()
        changed = message("m2", "user", "after"), []
        source.items["m2"] = changed
        view.replace(changed)
        ended = message("m3", "assistant", "the end"), []
        source.items["m3"] = ended
        view.finish(ended)
        go.set()
        await settle(view)
        assert [row.message.text for row in view.window_.rows[-2:]] == ["after", "the end"]

    run(body())


def test_the_row_the_mouse_is_held_in_stays_until_it_is_let_go(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 200)
        row = view.window_.rows[-1]
        piece = row.texts()[0]
        mouse(piece, QEvent.Type.MouseButtonPress, QPointF(4, 4))
        for _ in range(12):
            view.scroll_by(-1200)
            await settle(view)
        # Far away: the row is out of the conversation's rows, and still hears of the mouse.
        assert row not in view.window_.rows and isValid(row)
        assert piece.isVisible() and row.geometry().bottom() < 0
        view.selection._timer.start()
        mouse(piece, QEvent.Type.MouseButtonRelease, QPointF(4, -900))
        assert not view.selection._dragging and not view.selection._timer.isActive()
        assert row.isHidden() and view.window_.heap > 0

    run(body())
