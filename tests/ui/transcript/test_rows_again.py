"""Rows filled again show their new message and nothing of the one before; what was painted is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QTextEdit

from tests.ui.transcript.makers import (
    ANSWER,
    Source,
    attempt,
    conversation,
    make_view,
    message,
    mouse,
    opened,
    settle,
)
from ui.transcript.answer import AnswerRow
from ui.transcript.making import make_row
from ui.transcript.row import QuestionRow, Row
from ui.transcript.view import TranscriptView
from ui.transcript.window import HEAP, SPARE

Run = Callable[[Any], Any]


def _all_shown(view: TranscriptView, row: Row) -> list[str]:
    return [text.toPlainText() for text in row.texts()]


def _again(view: TranscriptView, row: Row, item: Any) -> Row:
    """The row let go and asked for again by another message."""
    assert row.reusable
    row.rest()
    view.window_._spare.setdefault(type(row), []).append(row)
    made = make_row(view, 0, item)
    while made.busy:
        made.step(1)
    return made


def test_a_row_filled_again_is_as_if_made_anew(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 6)
        long = "first\n\n" + "a paragraph of words " * 150 + "\n\n> quoted\n\nlast\n\n" + ANSWER
        for text, after in ((long, "short"), ("short", long), ("see [here](https://x.example)", "no link")):
            item = message("old", "assistant", text), [attempt(1, "zhipu:glm", "answered")]
            old = make_row(view, 0, item)
            while old.busy:
                old.step(1)
            old.fit(600)
            for piece in old.texts():
                piece.select(0, 3)
                mark = QTextEdit.ExtraSelection()
                mark.cursor = piece.textCursor()
                piece.setExtraSelections([mark])
            item = message("new", "assistant", after, created_at=0.0), [attempt(1, "tencent:hy3", "answered")]
            fresh = AnswerRow(view.context, view.column, item)
            while fresh.busy:
                fresh.step(1)
            if not old.reusable:
                # Too long to be worth keeping.
                continue
            again = _again(view, old, item)
            assert again is old and isinstance(again, AnswerRow)
            assert again.id == "new" and again.accessibleName() == fresh.accessibleName()
            assert _all_shown(view, again) == _all_shown(view, fresh)
            assert again.fit(600) == fresh.fit(600)
            assert again._head.inks == fresh._head.inks
            for was, would in zip(again.texts(), fresh.texts(), strict=True):
                assert not was.selected() and not was.extraSelections()
                assert was.focusPolicy() == would.focusPolicy()
                assert was.toHtml() == would.toHtml()
        asked = make_row(view, 0, (message("q", "user", "one\n\nquestion"), []))
        again = _again(view, asked, (message("q2", "user", "another"), []))
        assert again is asked and _all_shown(view, again) == ["another"]
        assert again.fit(600) == QuestionRow(view.context, view.column, (again.message, [])).fit(600)

    run(body())


def test_rows_with_something_of_their_own_are_not_used_again(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 4)
        failed = [attempt(1, "alibaba:qwen", "failed", kind="network"), attempt(2, "zhipu:glm", "answered")]
        for item in (
            (message("a", "assistant", "text"), failed),
            (message("a", "assistant", "text", reasoning="thought"), []),
            (message("a", "assistant", "text", status="stopped"), []),
            (message("a", "assistant", "long\n\n---\n\n" * 9), []),
        ):
            row = make_row(view, 0, item)
            while row.busy:
                row.step(1)
            assert not row.reusable

    run(body())


def test_what_is_let_go_is_kept_within_bounds(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 600)
        bar = view.verticalScrollBar()
        for part in range(5):
            bar.setValue(bar.maximum() * part // 5)
            await settle(view)
            assert view.window_.heap <= HEAP
        rows = [r for r in view.column.children() if isinstance(r, Row)]
        assert len(rows) <= len(view.window_.rows) + view.window_.heap + 2 * SPARE
        assert sum(r.isVisible() for r in rows) == len(view.window_.rows)
        for row in view.window_.rows:
            wanted = view.window_.ids.index(row.id)
            assert view.window_.row(wanted) is row

    run(body())


class _Paints(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_scrolling_paints_only_what_comes_into_sight(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 300, at="m150")
        view.repaint()
        paints = _Paints()
        low, high = view.span()
        middle = next(
            row
            for _, row in view.window_.between(low, high)
            if row.mapTo(view.viewport(), row.rect().topLeft()).y() > 60
        )
        middle.installEventFilter(paints)
        for _ in range(3):
            view.scroll_by(-20)
            await settle(view)
        assert paints.count == 0
        middle.update()
        view.repaint()
        assert paints.count == 1

    run(body())


def test_a_row_that_comes_back_has_its_selection_and_its_folds(qapp: QApplication, run: Run) -> None:
    """Out of sight its row was given to other messages, and another row shows it when it is back."""

    async def body() -> None:
        view = make_view(qapp)
        source = Source(conversation(90, "short"))
        source.items["m3"] = (
            message("m3", "assistant", "one two three\n\nfour", reasoning="thought\n" * 3),
            [],
        )
        view.set_conversation(list(source.items), source.load, source.start, "m1")
        await settle(view)
        plain = view.window_.row(1)
        folded = view.window_.row(3)
        assert isinstance(plain, AnswerRow) and isinstance(folded, AnswerRow)
        words = plain.texts()[0]
        for kind in ("Press", "Release", "DblClick", "Release"):
            mouse(words, QEvent.Type[f"MouseButton{kind}"], QPointF(8, words.height() / 2))
        word = plain.texts()[0].selected()
        assert word
        assert folded._thinking is not None
        folded._thinking.head.toggle()
        await settle(view)
        seen = [text.plain() for text in folded.texts()]
        assert seen[0].startswith("thought")

        view.show_message("m80")
        await settle(view)
        assert view.window_.first > 3
        assert [t.selected() for row in view.window_.rows for t in row.texts() if t.selected()] == []
        view.show_message("m1")
        await settle(view)
        back, unfolded = view.window_.row(1), view.window_.row(3)
        assert isinstance(back, AnswerRow) and isinstance(unfolded, AnswerRow)
        assert [t.selected() for t in back.texts() if t.selected()] == [word]
        assert unfolded is not folded and [text.plain() for text in unfolded.texts()] == seen
        assert unfolded._thinking is not None and unfolded._thinking.head.isChecked()

    run(body())


def test_formulas_are_as_sharp_as_the_screen_in_rows_filled_again(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        view._formulas._ratio = lambda: 2.0
        old = make_row(view, 0, (message("old", "assistant", "plain words"), []))
        while old.busy:
            old.step(1)
        row = _again(view, old, (message("new", "assistant", "so $x^2 + y$ is"), []))
        assert row is old
        piece = row.texts()[0]
        for _ in range(2000):
            if piece._drawn:
                break
            await asyncio.sleep(0.005)
        [drawn] = piece._drawn.values()
        assert drawn.image.devicePixelRatio() == 2 and drawn.image.width() == 2 * drawn.width
        name = QUrl(f"jieli-formula:{next(iter(piece._drawn))}")
        shown = piece.document().resource(QTextDocument.ResourceType.ImageResource, name)
        assert isinstance(shown, QImage) and shown.devicePixelRatio() == 2
        assert "x^2" in piece.plain()
        # Put aside, its pictures go with its text.
        assert row.reusable
        after = _again(view, row, (message("third", "assistant", "words again"), []))
        assert not any("\ufffc" in text.toPlainText() for text in after.texts())

    run(body())
