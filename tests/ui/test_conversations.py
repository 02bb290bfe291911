from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from app import i18n
from tests.ui.samples import SetClock, conversation
from ui.models.conversations import HEADING_ROLE, ID_ROLE, MARK_ROLE, TIME_ROLE, ConversationModel
from ui.models.row_changes import PAGE

DAY = 86400


@pytest.fixture
def model(qapp: object, clock: SetClock) -> ConversationModel:
    return ConversationModel(clock)


def rows(model: ConversationModel) -> list[str]:
    """What is shown, headings in brackets."""
    shown = []
    for n in range(model.rowCount()):
        index = model.index(n)
        text = index.data()
        shown.append(f"[{text}]" if index.data(HEADING_ROLE) else text)
    return shown


def test_groups(model: ConversationModel, clock: SetClock, qtmodeltester: ModelTester) -> None:
    now = clock.at
    year_ago = time.mktime((2025, 12, 31, 23, 0, 0, 0, 0, -1))
    model.replace(
        [
            conversation("last year", year_ago),
            conversation("this morning", now - 3600),
            conversation("just now", now),
            conversation("tomorrow", now + DAY),
            conversation("yesterday", now - DAY),
            conversation("six days", now - 6 * DAY),
            conversation("eight days", now - 8 * DAY),
            conversation("october", now - 40 * DAY),
            conversation("pinned", now - 90 * DAY, pinned=True),
        ]
    )
    assert rows(model) == [
        "[置顶]",
        "pinned",
        "[今天]",
        "tomorrow",
        "just now",
        "this morning",
        "[昨天]",
        "yesterday",
        "[过去 7 天]",
        "six days",
        "[十一月]",
        "eight days",
        "[十月]",
        "october",
        "[2025 年十二月]",
        "last year",
    ]
    qtmodeltester.check(model)


def test_english(model: ConversationModel, clock: SetClock) -> None:
    i18n.set_language("en")
    model.replace([conversation("a", clock.at), conversation("b", clock.at - 400 * DAY)])
    assert rows(model) == ["[Today]", "a", "[October 2025]", "b"]


def test_times(model: ConversationModel, clock: SetClock) -> None:
    ages = [0, DAY, 5 * DAY, 400 * DAY]
    model.replace([conversation(str(n), clock.at - age) for n, age in enumerate(ages)])
    times = [model.index_of(str(n)).data(TIME_ROLE) for n in range(4)]
    assert times == ["12:00", "12:00", "11-17", "2025-10"]


def test_headings_cannot_be_chosen(model: ConversationModel, clock: SetClock) -> None:
    model.replace([conversation("a", clock.at)])
    heading, row = model.index(0), model.index(1)
    assert not heading.flags() & Qt.ItemFlag.ItemIsSelectable
    assert row.flags() & Qt.ItemFlag.ItemIsSelectable
    assert heading.data(ID_ROLE) is None
    assert row.data(ID_ROLE) == "a"


def test_rows_appear_page_by_page(model: ConversationModel, clock: SetClock) -> None:
    model.replace([conversation(str(n), clock.at - n) for n in range(2 * PAGE + 50)])
    assert model.rowCount() == PAGE
    assert not model.index_of(str(PAGE)).isValid()
    model.fetchMore()
    assert model.rowCount() == 2 * PAGE
    assert model.index_of(str(PAGE)).isValid()
    model.upsert(conversation("new", clock.at + 1))
    assert model.rowCount() == 2 * PAGE + 1, "a change keeps what has appeared"
    while model.canFetchMore():
        model.fetchMore()
    assert model.rowCount() == 2 * PAGE + 52
    model.fetchMore()
    model.set_filter("599")
    assert rows(model) == ["[今天]", "599"], "what has not appeared is found"
    model.set_filter("9")
    model.set_filter("")
    assert model.rowCount() <= 2 * PAGE, "ending a search does not show everything at once"


def test_a_change_touches_only_its_rows(model: ConversationModel, clock: SetClock) -> None:
    many = [conversation(str(n), clock.at - n * 600) for n in range(10_000)]
    model.replace(many)
    resets, removed, inserted, changed = [], [], [], []
    model.modelReset.connect(lambda: resets.append(1))
    model.rowsRemoved.connect(lambda _p, a, b: removed.append(b - a + 1))
    model.rowsInserted.connect(lambda _p, a, b: inserted.append(b - a + 1))
    model.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    kept = QPersistentModelIndex(model.index_of("250"))

    model.replace(many)
    assert (resets, removed, inserted, changed) == ([], [], [], [])

    renamed = conversation("100", many[100].updated_at, interrupted=True)
    model.upsert(renamed)
    row = model.index_of("100").row()
    assert (removed, inserted, changed) == ([], [], [(row, row)])
    assert model.index_of("100").data(MARK_ROLE) == "interrupted"

    model.upsert(conversation("new", clock.at + 1))
    assert inserted == [1]
    model.remove("new")
    assert removed == [1]
    model.remove("never there")
    assert removed == [1]
    model.upsert(conversation("5000", clock.at + 2))
    assert (removed, inserted) == ([1], [1, 1]), "what comes up from further down is one row"
    assert resets == []
    assert kept.data(ID_ROLE) == "250"


def test_pages_stay_sound_while_the_view_asks_for_more(
    model: ConversationModel, clock: SetClock, qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(model)
    many = [conversation(str(n), clock.at - n * 600) for n in range(3 * PAGE)]
    model.replace(many)
    model.upsert(conversation(str(2 * PAGE), clock.at + 1))
    model.set_filter("1")
    model.set_filter("")
    model.remove("0")
    model.replace(many[::3])
    model.replace([])
    assert model.rowCount() == 0


def test_coming_to_the_top_keeps_the_model_sound(
    model: ConversationModel, clock: SetClock, qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(model)
    model.replace([conversation(str(n), clock.at - n * DAY) for n in range(30)])
    model.upsert(conversation("20", clock.at + 5))
    assert rows(model)[:2] == ["[今天]", "20"]
    assert rows(model).count("20") == 1
    model.replace([])
    assert model.rowCount() == 0


def test_filter(model: ConversationModel, clock: SetClock) -> None:
    model.replace([conversation("SQLite 检查点", clock.at), conversation("年终述职", clock.at - DAY)])
    model.set_filter("sqlite 检查")
    assert rows(model) == ["[今天]", "SQLite 检查点"]
    model.set_filter("  ")
    assert len(rows(model)) == 4
    model.set_filter("nothing")
    assert (model.rowCount(), model.total()) == (0, 2)


def test_running_mark(model: ConversationModel, clock: SetClock) -> None:
    model.replace([conversation("a", clock.at), conversation("b", clock.at, interrupted=True)])
    model.set_running(["a"])
    assert [model.index_of(i).data(MARK_ROLE) for i in "ab"] == ["running", "interrupted"]
    model.set_running([])
    assert model.index_of("a").data(MARK_ROLE) == ""
    spoken = model.index_of("b").data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "b，中断，可以接着答，12:00"


def test_renaming_asks(model: ConversationModel, clock: SetClock) -> None:
    asked: list[tuple[str, str]] = []
    model.title_edited.connect(lambda i, t: asked.append((i, t)))
    model.replace([conversation("a", clock.at)])
    index = model.index_of("a")
    assert model.setData(index, "  new \n title ")
    assert not model.setData(index, "   ")
    assert model.setData(index, "a")
    assert not model.setData(model.index(0), "heading")
    assert asked == [("a", "new title")]


def test_midnight(model: ConversationModel, clock: SetClock) -> None:
    model.replace([conversation("a", clock.at)])
    assert model.seconds_to_midnight() == 12 * 3600
    clock.at += DAY
    model.refresh()
    assert rows(model) == ["[昨天]", "a"]
