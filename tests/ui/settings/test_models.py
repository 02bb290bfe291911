"""The item models of the settings keep Qt's rules and say what they should."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app import i18n
from tests.ui.settings import samples
from ui.models.chain import ChainModel
from ui.models.providers import ModelTableModel, ProviderListModel, abilities, tokens

TEXT = Qt.ItemDataRole.AccessibleTextRole


def names(model: ProviderListModel) -> list[str]:
    return [model.index(i).data() for i in range(model.rowCount())]


def test_providers_stand_under_their_headings(qtmodeltester) -> None:
    model = ProviderListModel()
    qtmodeltester.check(model)
    model.replace(samples.views())
    assert names(model) == [
        "有密钥的 2 家，按接力顺序",
        "智谱",
        "通义千问",
        "还没有密钥",
        "商汤 日日新",
        "deepseek",
    ]
    assert list(model.movable()) == [1, 2]
    assert model.view(0) is None
    assert model.flags(model.index(0)) == Qt.ItemFlag.NoItemFlags
    qtmodeltester.check(model)


def test_a_provider_says_its_keys_and_state_to_a_screen_reader(qtbot) -> None:
    model = ProviderListModel()
    model.replace(samples.views())
    assert model.index(1).data(int(TEXT)) == "智谱，2 把密钥 · 1 把无效，就绪"
    assert model.index(4).data(int(TEXT)) == "商汤 日日新，1,500 次 / 5 小时，没有密钥"
    paused = [replace(view, on=False) for view in samples.views()]
    model.replace(paused)
    assert model.index(1).data(int(TEXT)).endswith("已暂停")


def test_same_order_changes_rows_in_place(qtbot) -> None:
    model = ProviderListModel()
    model.replace(samples.views())
    changed: list[int] = []
    resets: list[bool] = []
    model.dataChanged.connect(lambda top, _bottom: changed.append(top.row()))
    model.modelReset.connect(lambda: resets.append(True))
    views = samples.views()
    views[1] = replace(views[1], state="ready")
    model.replace(views)
    assert (changed, resets) == ([2], [])
    model.replace(views[::-1])
    assert resets == [True]


def test_local_providers_have_a_group_of_their_own(qtbot) -> None:
    local = replace(samples.plain("ollama", "机"), local=True, auth="none")
    model = ProviderListModel()
    model.replace([samples.view(local)])
    assert names(model) == ["本机", "ollama"]
    assert model.index(1).data(int(TEXT)).startswith("ollama，1 个模型")


@pytest.fixture
def table(qtbot) -> ModelTableModel:
    model = ModelTableModel(limit=8)
    model.replace(samples.view(samples.zhipu()).models)
    return model


def test_the_table_shows_the_first_rows_until_asked(table: ModelTableModel, qtmodeltester) -> None:
    qtmodeltester.check(table)
    assert (table.rowCount(), table.hidden, table.total) == (8, 5, 13)
    table.show_all(True)
    assert (table.rowCount(), table.hidden) == (13, 0)
    qtmodeltester.check(table)


def test_a_filter_looks_at_ids_and_names_in_any_order(table: ModelTableModel) -> None:
    table.set_filter("flash 4.6")
    assert [table.model_row(i).spec.id for i in range(table.rowCount())] == ["glm-4.6v-flash"]
    table.set_filter("nothing like it")
    assert (table.rowCount(), table.hidden) == (0, 0)
    table.set_filter("")
    assert table.rowCount() == 8


def test_a_tick_is_told_once_and_survives_the_filter(table: ModelTableModel) -> None:
    told: list[tuple[str, bool]] = []
    table.toggled.connect(lambda leg, on: told.append((leg, on)))
    assert table.setData(table.index(0, 0), Qt.CheckState.Unchecked, int(Qt.ItemDataRole.CheckStateRole))
    assert table.setData(table.index(0, 0), Qt.CheckState.Unchecked, int(Qt.ItemDataRole.CheckStateRole))
    assert told == [("zhipu:glm-4.7-flash", False)]
    table.set_filter("4.7")
    state = table.index(0, 0).data(int(Qt.ItemDataRole.CheckStateRole))
    assert Qt.CheckState(state) == Qt.CheckState.Unchecked


def test_a_row_reads_aloud_with_its_doubt(table: ModelTableModel) -> None:
    assert table.index(3, 0).data(int(TEXT)) == "glm-4-flash，待核实，已勾选，免费，128K，不计量"
    i18n.set_language("en")
    assert table.index(0, 0).data(int(TEXT)).startswith("GLM-4.7-Flash, ticked, Free, 200K, thinking · tools")


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (None, ""),
        (8192, "8K"),
        (8000, "8K"),
        (131_072, "128K"),
        (200_000, "200K"),
        (1_048_576, "1M"),
        (500, "500"),
    ],
)
def test_context_windows_as_vendors_write_them(n: int | None, text: str) -> None:
    assert tokens(n) == text


def test_abilities_in_words() -> None:
    assert abilities(samples.zhipu().models[0]) == "思考 · 工具"


def test_the_chain_adds_moves_and_removes(qtmodeltester) -> None:
    model = ChainModel()
    told: list[tuple[str, ...]] = []
    model.edited.connect(told.append)
    model.replace(samples.entries())
    qtmodeltester.check(model)
    assert told == []
    model.move(0, 2)
    model.move(2, 1)
    assert told == [
        ("alibaba:qwen-plus", "zhipu:glm-9", "zhipu:glm-4.7-flash"),
        ("alibaba:qwen-plus", "zhipu:glm-4.7-flash", "zhipu:glm-9"),
    ]
    model.move(0, 0)
    model.move(0, 3)
    model.remove(7)
    model.add(samples.choices()[0])
    assert len(told) == 2
    model.remove(2)
    model.add(samples.choices()[2])
    assert model.specs == ("alibaba:qwen-plus", "zhipu:glm-4.7-flash", "sensetime")
    qtmodeltester.check(model)


def test_a_leg_reads_aloud_with_its_place_and_problem(qtbot) -> None:
    model = ChainModel()
    model.replace(samples.entries())
    assert model.index(2).data(int(TEXT)) == "第 3 棒，zhipu:glm-9，没有这个模型了"
