"""The palette among thousands of places: the same order in slices as at once; Enter never goes astray."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.search import ranking
from ui.search.palette import Palette
from ui.search.ranking import MOST, Fit, Place, Ranked, Ranking
from ui.theme import Theme

NAMES = [f"{'接力' if n % 3 else '额度'} relay {n}" for n in range(3_000)]


def places(gone: list[str], asked: list[int] | None = None) -> Iterator[Place]:
    yield Place("command", "新对话", lambda: gone.append("new"), "new", also="relay chat")
    for n, name in enumerate(NAMES):
        if asked is not None:
            asked.append(n)
        yield Place("conversation", name, lambda name=name: gone.append(name), "chat")


def ranked(qtbot: QtBot, *typed: str) -> list[str]:
    """What a ranking gives in the end, when these are typed one after the other."""
    shown: list[Ranked] = []
    holder = QWidget()
    qtbot.addWidget(holder)
    made = Ranking(holder, shown.append)
    made.take(places([]))
    for text in typed:
        made.ask(text, [Fit(Place("setting", "接力设置", lambda: None, "relay"), 900.0)])
        qtbot.waitUntil(lambda: not made.busy)
    return [place.name for place, _ in shown[-1]]


@pytest.mark.parametrize("typed", [("r",), ("额", "额度", "额度2"), ("relay 9", "relay 99", "re"), ("没有",)])
def test_slices_change_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...]) -> None:
    sliced = ranked(qtbot, *typed)
    monkeypatch.setattr(ranking, "AT_ONCE", 10_000)
    assert ranked(qtbot, typed[-1]) == sliced
    assert len(sliced) <= MOST and "接力设置" in sliced


def test_nothing_typed_asks_only_for_what_is_shown(qtbot: QtBot) -> None:
    shown: list[Ranked] = []
    asked: list[int] = []
    holder = QWidget()
    qtbot.addWidget(holder)
    made = Ranking(holder, shown.append)
    made.take(places([], asked))
    made.ask("")
    assert [place.name for place, _ in shown[-1]] == ["新对话", *NAMES[: MOST - 1]]
    assert len(asked) == MOST - 1 and not made.busy


@pytest.fixture
def palette(theme: Theme, qtbot: QtBot) -> tuple[Palette, list[str]]:
    room = QWidget()
    qtbot.addWidget(room)
    room.resize(800, 600)
    gone: list[str] = []
    made = Palette(theme, room, lambda: places(gone), gone.append)
    with qtbot.waitActive(room):
        room.show()
        room.activateWindow()
    made.open()
    return made, gone


def test_enter_waits_for_what_was_typed(palette: tuple[Palette, list[str]], qtbot: QtBot) -> None:
    made, gone = palette
    made.field.setText("relay 2999")
    assert made._ranking.busy
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    assert gone == [], "nothing of the list before is gone to"
    qtbot.waitUntil(lambda: not made.isVisible())
    assert gone == ["额度 relay 2999" if 2999 % 3 == 0 else "接力 relay 2999"]


def test_typing_on_and_leaving_take_enter_back(palette: tuple[Palette, list[str]], qtbot: QtBot) -> None:
    made, gone = palette
    made.field.setText("relay 29")
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    made.field.setText("relay 298")
    qtbot.waitUntil(lambda: not made._ranking.busy)
    assert made.isVisible() and gone == []
    made.field.setText("relay 1")
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    qtbot.keyClick(made.field, Qt.Key.Key_Escape)
    assert not made.isVisible() and not made._ranking.busy and gone == []
