"""Find in conversation: counts, marks, the way from hit to hit, also to messages that have no row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.transcript.makers import Source, make_view, opened, settle
from ui.transcript.find import occurrences, spots_in
from ui.transcript.view import TranscriptView

Run = Callable[..., Any]


def finder(source: Source) -> Callable[[str], Any]:
    async def count(term: str) -> dict[str, int]:
        await asyncio.sleep(0)
        low = term.lower()
        return {i: m.text.lower().count(low) for i, (m, _) in source.items.items() if low in m.text.lower()}

    return count


async def find(view: TranscriptView, term: str) -> None:
    view.finding.open()
    assert view.finding.bar is not None
    view.finding.bar.field.setText(term)
    view.finding.go(0)
    await asyncio.sleep(0.02)
    await settle(view)


def current(view: TranscriptView) -> str:
    """The text under the current mark."""
    accent = view.context.theme.color("accent")
    for row in view.window_.rows:
        for piece in row.texts():
            for mark in piece.extraSelections():
                if mark.format.background().color() == accent:
                    return f"{row.id}:{mark.cursor.selectedText()}"
    return ""


def test_hits_are_counted_marked_and_gone_through(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        view.finding.counter = finder(await opened(view, 8))
        await find(view, "QUESTION")
        bar = view.finding.bar
        assert bar is not None and bar.count.text() == "1 / 4"
        here = current(view)
        assert here.endswith(":question")
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
        await settle(view)
        assert bar.count.text() == "2 / 4" and current(view) not in ("", here)
        QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        await settle(view)
        assert bar.count.text() == "4 / 4"
        QTest.keyClick(bar.field, Qt.Key.Key_Escape)
        assert not bar.isVisible() and current(view) == ""
        assert all(not p.extraSelections() for row in view.window_.rows for p in row.texts())

    run(body())


def test_a_hit_far_away_is_built_and_shown(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        view.finding.counter = finder(await opened(view, 2000))
        await find(view, "answer 3")
        assert view.finding.total == 56
        await find(view, "question 44")
        for _ in range(3):
            view.finding.go(1)
            await settle(view)
            assert current(view).endswith(":question 44")
        index, _ = view.finding._place()
        low, high = view.span()
        assert low <= view.window_.top(index) + 100 and view.window_.top(index) <= high

    run(body())


def test_nothing_found_is_said(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        view.finding.counter = finder(await opened(view, 4))
        await find(view, "nowhere at all")
        bar = view.finding.bar
        assert bar is not None and bar.count.text() and not bar.next.isEnabled()
        view.finding.go(1)
        assert current(view) == ""

    run(body())


def test_jumping_from_a_search_marks_the_place(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        view.finding.counter = finder(await opened(view, 600))
        assert view.jump_to("m300", "question 300")
        await asyncio.sleep(0.02)
        await settle(view)
        assert current(view) == "m300:question 300"
        assert not view.jump_to("gone", "x")
        row = view.window_.row(300)
        assert row is not None and len(spots_in(row, "300")) == 1

    run(body())


def test_places_are_counted_as_qt_counts() -> None:
    assert occurrences("😀 Ab ab", "AB") == [(3, 5), (6, 8)]
    assert occurrences("aaa", "aa") == [(0, 2)]
    assert occurrences("İstanbul is", "is") == [(9, 11)]
    assert occurrences("x", "") == []


def test_the_reader_comes_back_to_the_same_place(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = await opened(view, 400)
        assert view.place_kept() is None
        view.show_message("m200")
        view.scroll_by(37)
        await settle(view)
        kept = view.place_kept()
        assert kept is not None and kept[0] == "m200"
        view.set_conversation(["m0"], source.load, source.start)
        await settle(view)
        view.set_conversation(list(source.items), source.load, source.start, *kept)
        await settle(view)
        assert view.place_kept() == kept
        view.resize(620, 500)
        await settle(view)
        again = view.place_kept()
        assert again is not None and again[0] == kept[0]

    run(body())


def test_tab_goes_through_the_rows_as_they_are_read(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        view.activateWindow()
        await opened(view, 8)
        view.show_message("m2")
        await settle(view)
        view.setFocus()
        order: list[str] = []
        for _ in range(14):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            here = QApplication.focusWidget()
            if here in view.window_.rows:
                order.append(here.id)
        assert order == sorted(order) and len(order) >= 3
        before = QApplication.focusWidget()
        QTest.keyClick(before, Qt.Key.Key_Tab)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
        assert QApplication.focusWidget() is before

    run(body())
