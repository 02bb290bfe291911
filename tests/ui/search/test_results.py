"""Results painted ahead look like those that are painted where they stand, and come in slices."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.search import parse
from app.search_text import Snippet
from app.store.search import Found, Hit
from tests.ui.samples import SetClock
from ui.search import painted
from ui.search.delegate import ResultDelegate
from ui.search.results import ResultList
from ui.theme import Theme

LONG = "额度用完时自动接力到下一家，relay 的 cache 也会一起换，" * 4


def found(clock: SetClock, count: int) -> Found:
    titles = tuple(Hit(f"t{n}", Snippet(f"额度 {n}", ((0, 2),)), clock.at) for n in range(2))
    hits = tuple(
        Hit(
            f"c{n}", Snippet(f"会话 {n}"), clock.at - n * 90_000, f"m{n}",
            "user" if n % 2 else "assistant", snippet=Snippet(f"{n} {LONG}", ((2, 4), (30, 32))),
        )
        for n in range(count)
    )  # fmt: skip
    return Found(parse("额度", clock.at), titles, hits)


def shown(theme: Theme, qtbot: QtBot) -> ResultList:
    made = ResultList(theme)
    qtbot.addWidget(made)
    made.resize(264, 420)
    made.show()
    qtbot.waitExposed(made)
    return made


def look(results: ResultList) -> QImage:
    return results.grab().toImage()


@pytest.mark.parametrize("count", [1, 3, 40])
def test_rows_painted_ahead_are_the_same_to_the_dot(
    both_themes: Theme, qtbot: QtBot, clock: SetClock, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    what = found(clock, count)
    plain, ahead = shown(both_themes, qtbot), shown(both_themes, qtbot)
    plain.show_found(what, "额度", clock.at)
    expected = look(plain)
    for _ in ahead.paint_ahead(what, "额度", clock.at):
        pass
    ahead.show_found(what, "额度", clock.at)

    def late(*_args: object) -> None:
        raise AssertionError("a row was painted in the list's frame")

    monkeypatch.setattr(ResultDelegate, "_paint", late)
    assert look(ahead) == expected


def test_painting_ahead_takes_a_turn_for_each_slice(
    theme: Theme, qtbot: QtBot, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painted, "SLICE", 0.0)
    results, what = shown(theme, qtbot), found(clock, 40)
    rows = results.indexAt(results.viewport().rect().bottomLeft()).row()
    assert rows == -1
    turns = sum(1 for _ in results.paint_ahead(what, "额度", clock.at))
    results.show_found(what, "额度", clock.at)
    seen = results.indexAt(results.viewport().rect().bottomLeft()).row() + 1
    assert 4 < seen <= turns + 1 < results.results.rowCount(), "what is not seen is not painted"
    assert sum(1 for _ in results.paint_ahead(what, "额度", clock.at)) == 0, "once is enough"


def test_another_width_and_another_choice_are_painted_anew(
    theme: Theme, qtbot: QtBot, clock: SetClock
) -> None:
    what = found(clock, 40)
    ahead, plain = shown(theme, qtbot), shown(theme, qtbot)
    for _ in ahead.paint_ahead(what, "额度", clock.at):
        pass
    for one in (ahead, plain):
        one.show_found(what, "额度", clock.at)
    for one in (ahead, plain):
        one.step(1)
    assert look(ahead) == look(plain)
    for one in (ahead, plain):
        one.resize(330, 300)
    assert look(ahead) == look(plain)
