"""The window over a long conversation: what lives, where it stands, what the reader keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.relay.events import Attempt, Delta, Done, Failed, Switch, Usage, Waiting
from providers import Failure, FailureKind
from tests.ui.transcript.makers import ANSWER, attempt, make_view, message, opened, settle, shown
from ui.transcript.answer import AnswerRow
from ui.transcript.view import TranscriptView
from ui.transcript.window import MOST

Run = Callable[..., Any]


def ids_in_sight(view: TranscriptView) -> list[str]:
    low, high = view.span()
    return [row.id for _, row in view.window_.between(low, high)]


def test_opens_at_the_end_and_loads_only_what_is_near(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = await opened(view, 10_000)
        assert ids_in_sight(view)[-1] == "m9999"
        assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
        assert len(view.window_.rows) <= MOST
        assert sum(len(ids) for ids in source.asked) < 80

    run(body())


def test_opens_at_a_search_hit(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 1000, at="m500")
        assert ids_in_sight(view)[0] in ("m499", "m500")
        assert view.show_message("m20") and not view.show_message("nowhere")
        await settle(view)
        assert "m20" in ids_in_sight(view)[:2]

    run(body())


def test_scrolling_end_to_end_keeps_few_rows_and_misses_none(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 70, at="m0")
        seen: set[str] = set()
        bar = view.verticalScrollBar()
        while True:
            await settle(view)
            assert len(view.window_.rows) <= MOST + 1
            seen.update(ids_in_sight(view))
            if bar.value() >= bar.maximum():
                break
            bar.setValue(bar.value() + 400)
        assert seen == {f"m{i}" for i in range(70)}
        assert view.stuck

    run(body())


def test_what_is_read_stays_put_while_rows_above_are_measured(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 400, at="m200")
        row = view.window_.row(200)
        assert row is not None
        before = row.mapTo(view.viewport(), QPoint(0, 0)).y()
        view.scroll_by(-30)
        await settle(view)
        assert row.mapTo(view.viewport(), QPoint(0, 0)).y() == before + 30
        view.resize(700, 600)
        await settle(view)
        assert view.anchor[0] in (199, 200)

    run(body())


def test_a_far_jump_keeps_nothing_fetched_for_where_it_was(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 10_000)
        # Fetched, and left before there was time to build it.
        view.pump.ready[9_500] = message("m9500", "user", "far"), []
        bar = view.verticalScrollBar()
        bar.setValue(bar.maximum() // 2)
        view.pump._jump()
        assert 9_500 not in view.pump.ready
        await settle(view)

    run(body())


def test_a_far_jump_begins_anew_there(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 10_000)
        bar = view.verticalScrollBar()
        bar.setValue(bar.maximum() // 2)
        await settle(view)
        middle = [int(i[1:]) for i in ids_in_sight(view)]
        assert middle and 4000 < middle[0] < 6000
        QTest.keyClick(view, Qt.Key.Key_Home)
        await settle(view)
        assert ids_in_sight(view)[0] == "m0"
        QTest.keyClick(view, Qt.Key.Key_End)
        await settle(view)
        assert ids_in_sight(view)[-1] == "m9999"

    run(body())


def test_streaming_follows_the_end_only_from_there(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 40)
        answer = message("live", "assistant", "", status="streaming")
        view.begin((answer, []))
        view.feed("live", Attempt(1, "zhipu", "glm"))
        for _ in range(60):
            view.feed("live", Delta("一行文字。\n\n"))
        await shown(view)
        bar = view.verticalScrollBar()
        assert bar.value() == bar.maximum()
        view.scroll_by(-300)
        value = bar.value()
        for _ in range(60):
            view.feed("live", Delta("又一行。\n\n"))
        await shown(view)
        assert bar.value() == value
        assert view._new.isVisible()
        QTest.mouseClick(view._new, Qt.MouseButton.LeftButton)
        assert bar.value() == bar.maximum() and not view._new.isVisible()

    run(body())


def test_a_streamed_turn_ends_as_the_stored_one_looks(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 4)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        half = ANSWER[: ANSWER.index("    return")]
        view.feed("live", Attempt(1, "alibaba", "qwen"))
        view.feed("live", Failed(1, "alibaba", "qwen", Failure(FailureKind.QUOTA_EXHAUSTED, code="Free")))
        view.feed("live", Switch("alibaba:qwen", "zhipu:glm", "restart"))
        view.feed("live", Attempt(2, "zhipu", "glm"))
        for i in range(0, len(half), 5):
            view.feed("live", Delta(half[i : i + 5]))
            await asyncio.sleep(0.003)
        failure = Failure(FailureKind.RATE_LIMITED)
        view.feed("live", Failed(2, "zhipu", "glm", failure, partial=len(half)))
        view.feed("live", Switch("zhipu:glm", "tencent:hy3", "continue"))
        view.feed("live", Attempt(3, "tencent", "hy3"))
        view.feed("live", Delta(ANSWER[len(half) :]))
        view.feed("live", Done("tencent", "hy3", ANSWER, "stop", Usage(9, 9, False)))
        stored = message("live", "assistant", ANSWER)
        attempts = [
            attempt(1, "alibaba:qwen", "failed", kind="quota_exhausted"),
            attempt(2, "zhipu:glm", "failed", kind="rate_limited", text_start=0, text_end=len(half)),
            attempt(3, "tencent:hy3", "answered", text_start=len(half), text_end=len(ANSWER)),
        ]
        row = view.window_.rows[-1]
        assert isinstance(row, AnswerRow)
        parts = list(row._parts)
        view.finish((stored, attempts))
        await settle(view)
        assert row._parts == parts, "what was streamed is kept"
        streamed = [t.toPlainText() for t in row.texts()]
        view.replace((stored, attempts))
        await settle(view)
        assert [t.toPlainText() for t in row.texts()] == streamed
        assert len(row._seams) == 1
        assert "    return x + 1" in "\n".join(streamed)

    run(body())


def test_a_restart_begins_the_text_anew(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        view.feed("live", Attempt(1, "a", "x"))
        view.feed("live", Delta("old text"))
        await shown(view)
        view.feed("live", Failed(1, "a", "x", Failure(FailureKind.TRANSIENT), partial=8))
        view.feed("live", Switch("a:x", "b:y", "restart"))
        view.feed("live", Attempt(2, "b", "y"))
        view.feed("live", Delta("new text"))
        await shown(view)
        assert [t.toPlainText() for t in view.window_.rows[-1].texts()] == ["new text"]

    run(body())


def test_a_waiting_turn_counts_down_and_can_be_cancelled(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        view.feed("live", Waiting("a", "x", view.context.clock.now() + 58))
        await shown(view)
        row = view.window_.rows[-1]
        assert isinstance(row, AnswerRow) and row._waiting is not None
        assert row._waiting.left == 58
        wanted: list[tuple[str, str, str]] = []
        view.action_requested.connect(lambda *args: wanted.append(args))
        QTest.mouseClick(row._waiting._cancel, Qt.MouseButton.LeftButton)
        assert wanted == [("live", "cancel", "")]

    run(body())


def test_a_live_row_scrolled_away_comes_back_whole(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 300)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        view.feed("live", Attempt(1, "a", "x"))
        view.feed("live", Delta("first. "))
        await shown(view)
        view.show_message("m0")
        await settle(view)
        assert view.window_.row(300) is None
        view.feed("live", Delta("second."))
        await shown(view)
        view.scroll_to_end()
        await shown(view)
        assert view.window_.rows[-1].texts()[-1].toPlainText() == "first. second."

    run(body())


def test_a_live_row_that_takes_several_turns_comes_back_whole_without_a_further_word(
    qapp: QApplication, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 300)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        view.feed("live", Attempt(1, "a", "x"))
        view.feed("live", Delta("first.\n\nsecond."))
        view.show_message("m0")
        await shown(view)
        assert view.window_.row(300) is None
        # As on a slow machine: each turn does one thing.
        monkeypatch.setattr("ui.transcript.body._LONG", 0.0)
        view.scroll_to_end()
        await shown(view)
        assert view.window_.rows[-1].texts()[-1].toPlainText() == "first.\nsecond."

    run(body())


def test_messages_can_be_replaced_removed_and_appended(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = await opened(view, 6)
        view.remove_from("m4")
        await settle(view)
        assert [r.id for r in view.window_.rows] == ["m0", "m1", "m2", "m3"]
        view.append([(message("n", "user", "edited"), [])])
        await settle(view)
        assert view.window_.rows[-1].texts()[0].toPlainText() == "edited"
        view.replace((replace(source.items["m3"][0], text="short"), []))
        await settle(view)
        row = view.window_.row(3)
        assert row is not None and [t.toPlainText() for t in row.texts()] == ["short"]
        view.remove_from("m0")
        await settle(view)
        assert view._empty.isVisible()

    run(body())


def test_a_reader_whose_place_is_removed_comes_to_the_end(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 40, at="m20")
        assert not view.stuck
        view.remove_from("m10")
        await settle(view)
        assert view.stuck and view.place_kept() is None
        assert ids_in_sight(view)[-1] == "m9"

    run(body())


def test_a_view_cleared_while_its_reader_is_in_the_middle_begins_anew(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = await opened(view, 40, at="m21")
        view.selection.select_all(40)
        view.clear()
        await settle(view)
        assert view.stuck and view.place_kept() is None and view._empty.isVisible()
        # Another conversation's first question.
        view._lexers.start = source.start
        view.pump.reset(source.load, source.start)
        view.append([source.items["m0"]])
        await settle(view)
        row = view.window_.row(0)
        assert row is not None and row.texts()[0].selected() == "" and view.selection.span is None

    run(body())


def test_more_than_a_flush_can_show_is_shown_by_the_next_ones(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        view.feed("live", Attempt(1, "a", "x"))
        view.feed("live", Delta("段落文字。\n\n" * 600 + "最后"))
        for _ in range(300):
            await asyncio.sleep(0.02)
            texts = view.window_.rows[-1].texts()
            if texts and texts[-1].toPlainText().endswith("最后"):
                return
        raise AssertionError("the end never came")

    run(body())


def test_growing_code_is_coloured_line_by_line(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        view.begin((message("live", "assistant", "", status="streaming"), []))
        view.feed("live", Attempt(1, "a", "x"))
        for part in ("```python\n", 's = "😀"\n', "def ", "f():\n", "    ret", "urn 1\n"):
            view.feed("live", Delta(part))
            await asyncio.sleep(0.05)
        for _ in range(6000):
            if "return" in view.window_.rows[-1].texts()[-1].toPlainText():
                break
            await asyncio.sleep(0.01)
        await settle(view)
        (text,) = view.window_.rows[-1].texts()
        assert text.toPlainText() == 's = "😀"\ndef f():\n    return 1'
        block = text.document().findBlockByNumber(2)
        spans = [(f.start, f.length) for f in block.layout().formats()]
        assert spans == [(4, 6), (11, 1)]

    run(body())
