"""The prompt library: shipped assistants, the user's changes and own ones, order, exchange."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app import i18n
from app.assistants import PREFIX, Assistants, fill, read_shipped
from app.errors import KnownError
from app.store.records import Parameters
from tests.app.parts import StillClock, opened
from tests.e2e.program import ROOT

FOLDER = ROOT / "resources" / "assistants"


def library(store: Any) -> Assistants:
    return Assistants(store, FOLDER, StillClock(), lambda error: pytest.fail(repr(error)))


async def names(one: Assistants) -> list[str]:
    return [listed.name for listed in await one.all()]


def test_a_dozen_are_shipped_in_both_languages() -> None:
    shipped = read_shipped(FOLDER)
    assert len(shipped) == 12 == len({one.name for one in shipped})
    for one in shipped:
        for language in ("zh", "en"):
            name, note, system = one.words[language]
            assert 0 < len(name) <= 20 and 0 < len(note) <= 45 and len(system) > 100
        assert any("\u4e00" <= c <= "\u9fff" for c in one.words["zh"][2])


def test_shipped_ones_follow_the_language_until_they_are_changed(
    arun: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            mine = library(store)
            first, second = (await mine.all())[:2]
            assert (first.name, first.shipped, first.changed) == ("中英互译", True, False)
            assert first.assistant.parameters == Parameters(temperature=0.3)
            await mine.save(replace(second.assistant, system="改短"))
            monkeypatch.setattr(i18n, "_language", "en")
            first, second = (await mine.all())[:2]
            assert first.name == "Translator" and "senior translator" in first.assistant.system
            assert (second.name, second.assistant.system, second.changed) == ("润色", "改短", True)
            await mine.reset(second.id)
            assert (await mine.all())[1].name == "Editor"

    arun(scenario())


def test_order_deletion_and_return_survive(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            mine = library(store)
            await mine.add("我的", "提示")
            await mine.add("我的二")
            assert (await names(mine))[:3] == ["我的", "我的二", "中英互译"]
            ids = [one.id for one in await mine.all()]
            await mine.reorder([ids[3], ids[0]])
            assert (await names(mine))[:4] == ["润色", "我的", "我的二", "中英互译"]
            assert not (await mine.all())[0].changed, "being moved is no change"
            assert await mine.delete(PREFIX + "polish") and await mine.hidden()
            assert await mine.delete(ids[1]) and not await mine.delete("nobody")
        async with opened(tmp_path) as store:
            mine = library(store)
            assert (await names(mine))[:3] == ["我的", "中英互译", "总结要点"]
            assert await mine.name(PREFIX + "polish") == "润色"
            assert await mine.name(ids[1]) == "我的二" and await mine.name("nobody") is None
            assert await mine.restore_shipped() == 1 and not await mine.hidden()
            assert (await names(mine))[0] == "润色"
            assert await mine.restore(ids[1])
            await mine.delete(PREFIX + "polish")
            assert await mine.restore(PREFIX + "polish") and "润色" in await names(mine)

    arun(scenario())


def test_names_and_prompts_that_cannot_be_are_refused(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            mine = library(store)
            for name, system, key in (
                ("  ", "", "assistants.no_name"),
                ("长" * 41, "", "assistants.long_name"),
                ("好", "x" * 50_001, "assistants.long_prompt"),
                ("好", f"用 sk-{uuid4().hex} 调用", "assistants.key_inside"),
            ):
                with pytest.raises(KnownError) as caught:
                    await mine.add(name, system)
                assert caught.value.key == key
            assert await store.assistants() == []

    arun(scenario())


def test_a_copy_is_the_users_own(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            mine = library(store)
            made = await mine.copy(PREFIX + "code")
            assert made is not None and made.name == "编程副本" and made.builtin_of is None
            assert made.parameters == Parameters(temperature=0.2) and "{date}" in made.system
            assert await mine.copy("nobody") is None

    arun(scenario())


def test_what_is_exported_comes_back_once(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path / "one") as store:
            mine = library(store)
            how = Parameters(temperature=1.5, max_tokens=900, thinking=False)
            await mine.add("我的", "提示\n二", chain=("zhipu", "@免费"), parameters=how)
            text = await mine.export_text()
        async with opened(tmp_path / "two") as store:
            mine = library(store)
            assert await mine.import_text(text) == (1, 12)
            assert await mine.import_text(text) == (0, 13)
            one = (await mine.all())[0].assistant
            assert (one.name, one.system, one.chain) == ("我的", "提示\n二", ("zhipu", "@免费"))
            assert one.parameters == how

    arun(scenario())


@pytest.mark.parametrize(
    "text", ["", "[1,", "{}", "[]", "[1]", '{"assistants": 5}', '[{"name": ""}]', "[" * 9000]
)
def test_a_file_without_assistants_is_refused(arun: Any, tmp_path: Path, text: str) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            with pytest.raises(KnownError):
                await library(store).import_text(text)

    arun(scenario())


def test_other_programs_prompts_and_nonsense_beside_them(arun: Any, tmp_path: Path) -> None:
    rows = [
        {"name": "外来", "prompt": "你是助手", "temperature": 9, "max_tokens": "x", "thinking": "yes"},
        {"name": 5},
        {"name": "坏\ud800字", "system": "s", "temperature": float("nan"), "chain": [1, "zhipu", ""]},
        "x",
    ]

    async def scenario() -> None:
        async with opened(tmp_path) as store:
            mine = library(store)
            assert await mine.import_text(json.dumps(rows)) == (2, 0)
            first, second = (one.assistant for one in (await mine.all())[:2])
            assert (first.system, first.parameters) == ("你是助手", None)
            assert (second.name, second.chain, second.parameters) == ("坏?字", ("zhipu",), None)

    arun(scenario())


def test_variables_are_filled_and_other_braces_left(monkeypatch: pytest.MonkeyPatch) -> None:
    text = fill('{date} {time} {language} {"a": 1} {x}', 1_700_000_000.0)
    assert text.startswith("2023-11-1") and text.endswith('中文 {"a": 1} {x}')
    monkeypatch.setattr(i18n, "_language", "en")
    assert fill("{language}", 0.0) == "English" and fill("none", 0.0) == "none"
