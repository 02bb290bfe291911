"""What counts as a shortcut: always written alike, refused where writing or the system needs the keys."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import Settings, SettingsFile, SettingsService
from app.shortcuts import BETWEEN, parts, read_keys, refused, written


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("shift+ctrl+e", "Ctrl+Shift+E"), ("Ctrl + K", "Ctrl+K"), ("ctrl++", "Ctrl++"), ("f11", "F11"),
        ("Alt+Ctrl+pgdown", "Ctrl+Alt+PgDown"), ("Ctrl+,", "Ctrl+,"), ("+", "+"),
    ],
)  # fmt: skip
def test_written_in_one_way(text: str, same: str) -> None:
    assert written(text) == same
    assert written(same) == same


@pytest.mark.parametrize(
    "text", ["", "  ", "Ctrl", "Ctrl+", "Ctrl+Ctrl+A", "Strg+A", "Ctrl+Foo", "Ctrl+\ud800", "F25"]
)
def test_what_is_no_shortcut(text: str) -> None:
    with pytest.raises(ValueError):
        written(text)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("Ctrl+C", "editing"), ("Ctrl+Z", "editing"), ("Ctrl+Shift+Z", "editing"), ("Ctrl+Left", "editing"),
        ("A", "plain"), ("Shift+A", "plain"), ("Del", "plain"), ("?", "plain"), ("Space", "plain"),
        ("Tab", "moving"), ("Ctrl+Tab", "moving"), ("Return", "moving"), ("Ctrl+Return", "moving"),
        ("Esc", "moving"), ("Alt+Up", "moving"), ("Alt+F4", "system"), ("Meta+L", "system"),
        ("Ctrl+Space", "input"), ("Shift+Space", "input"),
        ("Ctrl+N", None), ("F5", None), ("Shift+F3", None), ("Alt+1", None), ("Ctrl+Alt+Left", None),
    ],
)  # fmt: skip
def test_keys_that_are_needed_elsewhere(keys: str, why: str | None) -> None:
    assert refused(keys) == why


def test_several_for_one_action() -> None:
    assert read_keys("f3;ctrl+g ; F3") == BETWEEN.join(("F3", "Ctrl+G"))
    assert parts(read_keys("")) == []
    for wrong in (3, None, ["F3"], "F1;F2;F3;F4;F5", "Ctrl+C", "F3; x"):
        with pytest.raises(ValueError):
            read_keys(wrong)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        keys = read_keys(text)
    except ValueError:
        return
    assert read_keys(keys) == keys


@pytest.mark.parametrize("value", [5, "Ctrl+N", {"new": 3}, {"new": "Strg+N"}, {"new": "Ctrl+C"}, {"": "F5"}])
def test_damaged_in_the_file_it_is_explained_and_the_rest_counts(tmp_path: Path, value: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"font_size": 18, "shortcuts": value}), encoding="utf-8")
    file = SettingsFile(path)
    found = file.load()
    assert (dict(found.shortcuts), found.font_size) == ({}, 18)
    assert len(file.notes) == 1
    assert "shortcuts" in str(file.notes[0])


def test_kept_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    chosen = {"new": "ctrl+alt+n", "palette": "", "of a newer version": "F9"}

    async def change() -> None:
        service = SettingsService(SettingsFile(path))
        service.change(shortcuts=chosen)
        await service.close()

    asyncio.run(change())
    read = SettingsFile(path).load()
    assert dict(read.shortcuts) == {**chosen, "new": "Ctrl+Alt+N"}
    assert read == Settings(shortcuts=read.shortcuts)
