from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from app import i18n
from tests.ui.samples import SetClock, conversation
from ui.bin.model import NOTE_ROLE, PAGE, BinModel, Extent
from ui.models.arranging import Arrangement, View
from ui.models.conversations import COUNT_ROLE, FOLDER_ROLE, HEADING_ROLE, TAGS_ROLE, ConversationModel
from ui.state import WindowState

DAY = 86400


@pytest.fixture
def model(qapp: object, clock: SetClock) -> ConversationModel:
    return ConversationModel(clock)


def rows(model: ConversationModel) -> list[str]:
    """What is shown: headings in brackets, folders in slashes with their count."""
    shown = []
    for n in range(model.rowCount()):
        index = model.index(n)
        if index.data(FOLDER_ROLE):
            shown.append(f"/{index.data(FOLDER_ROLE)} {index.data(COUNT_ROLE)}/")
        else:
            shown.append(f"[{index.data()}]" if index.data(HEADING_ROLE) else index.data())
    return shown


def _some(clock: SetClock) -> list[object]:
    at = clock.at
    return [
        conversation("plain", at),
        conversation("in b", at - 9, folder="b"),
        conversation("old in a", at - 90 * DAY, folder="a", tags=("x", "y")),
        conversation("new in a", at - 1, folder="a"),
        conversation("pinned in a", at - 5, folder="a", pinned=True),
        conversation("away", at - 3, archived=True, tags=("x",)),
    ]


def test_folders_stand_between_pinned_and_dates(
    model: ConversationModel, clock: SetClock, qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(model)
    model.replace(_some(clock))  # type: ignore[arg-type]
    assert rows(model) == [
        "[置顶]", "pinned in a", "/a 2/", "new in a", "old in a", "/b 1/", "in b", "[今天]", "plain",
    ]  # fmt: skip
    model.fold("a", True)
    assert rows(model)[2:5] == ["/a 2/", "/b 1/", "in b"]
    spoken = model.index_of_folder("a").data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "文件夹“a”，2 个对话，已收起"
    model.keep_folder("空")
    assert "/空 0/" in rows(model)
    model.keep_folder("空", keep=False)
    assert "/空 0/" not in rows(model)
    assert sorted(model.inside("a")) == ["new in a", "old in a", "pinned in a"]
    assert "away" not in rows(model)
    model.fold("a", False)
    model.update([conversation("in b", clock.at, folder=None)])
    assert "/b 1/" not in rows(model), "a folder that nobody keeps goes with its last conversation"


def test_views(model: ConversationModel, clock: SetClock) -> None:
    model.replace(_some(clock))  # type: ignore[arg-type]
    assert model.tags() == {"x": 2, "y": 1}
    assert model.archived_count() == 1
    model.look_at(View(archived=True))
    assert rows(model) == ["[今天]", "away"]
    model.look_at(View(tag="x"))
    assert rows(model) == ["[今天]", "away", "[八月]", "old in a"]
    assert model.index_of("old in a").data(TAGS_ROLE) == ("x", "y")
    assert "#x #y" in model.index_of("old in a").data(Qt.ItemDataRole.ToolTipRole)
    model.look_at(View())
    assert model.ids()[0] == "pinned in a"
    model.update([], ["pinned in a", "plain"])
    assert "pinned in a" not in model.ids()


def test_sorting(model: ConversationModel, clock: SetClock) -> None:
    at = clock.at
    made = [
        ("张三", at - DAY), ("北京", at), ("第 10 章", at - 2 * DAY), ("第 9 章", at - 3 * DAY),
    ]  # fmt: skip
    model.replace([conversation(name, when) for name, when in made])
    model.sort_by("title")
    assert rows(model) == ["[按标题]", "北京", "第 9 章", "第 10 章", "张三"]
    from dataclasses import replace

    old = model.known(["北京"])[0]
    model.upsert(replace(old, created_at=at - 60 * DAY))
    model.sort_by("created")
    assert rows(model)[-2:] == ["[九月]", "北京"]
    model.sort_by("recent")
    assert rows(model)[:2] == ["[今天]", "北京"]


def test_a_folder_is_renamed_in_place(model: ConversationModel, clock: SetClock) -> None:
    asked: list[tuple[str, str]] = []
    model.folder_edited.connect(lambda old, new: asked.append((old, new)))
    model.replace([conversation("a", clock.at, folder="old")])
    index = model.index_of_folder("old")
    assert not model.setData(index, "  ")
    assert model.setData(index, "old")
    assert model.setData(index, " new  name ")
    assert asked == [("old", "new name")]
    assert not model.index_of_folder("none").isValid()


def test_the_arrangement_survives_a_restart_and_damage(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = WindowState(path)
    state.arrangement.sort = "title"
    state.arrangement.folded.add("工作")
    state.arrangement.folders.update(("空", "工作"))
    state.save()
    assert WindowState(path).arrangement == Arrangement("title", {"工作"}, {"空", "工作"})
    path.write_text(json.dumps({"sort": 7, "folded": "工作", "folders": [1, "a", None]}), encoding="utf-8")
    assert WindowState(path).arrangement == Arrangement("recent", set(), {"a"})


def test_the_bin_tells_how_long_and_how_much(
    qapp: object, clock: SetClock, qtmodeltester: ModelTester
) -> None:
    model = BinModel()
    qtmodeltester.check(model)
    kept = 30.0 * DAY
    model.show([conversation("a", 0, deleted_at=clock.at - 28.5 * DAY)], clock.at, kept)
    note = model.index(0).data(NOTE_ROLE)
    assert note == "删除于 2026-10-25 · 还留 2 天"
    model.set_extents({"a": Extent(3, 4200)})
    assert model.index(0).data(NOTE_ROLE).endswith("· 3 条消息 · 4.2 KB")
    i18n.set_language("en")
    assert "2 days left" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    model = BinModel()
    many = [conversation(str(n), 0, deleted_at=clock.at) for n in range(2 * PAGE + 1)]
    model.show(many, clock.at, kept)
    assert model.rowCount() == PAGE
    model.fetch_all()
    assert model.rowCount() == 2 * PAGE + 1
    model.show([], clock.at, kept)
    assert model.rowCount() == 0


def test_many_titles_are_put_in_order_without_holding_the_window_up(
    model: ConversationModel, clock: SetClock, qtbot: Any
) -> None:
    names = [f"题 {n * 7919 % 1000}" for n in range(1000)]
    model.replace([conversation(name, clock.at - n) for n, name in enumerate(names)])
    model.sort_by("title")
    assert model.ids() == names, "the order is being worked out"
    ordered = sorted(names, key=lambda name: int(name.split()[1]))
    qtbot.waitUntil(lambda: model.ids() == ordered, timeout=30_000)
    model.upsert(conversation("题 500 又", clock.at))
    assert model.ids().index("题 500 又") == 501, "one more title is put in its place at once"
    model.update([], ordered[:10])
    assert model.ids()[0] == ordered[10]
