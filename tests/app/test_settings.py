"""Settings: typed, tolerant of hand edits and newer versions, safe on disk."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import KnownError
from app.policy import Policy
from app.settings import LARGEST, Settings, SettingsFile, SettingsService
from app.settings_fields import FIELDS
from tests.app.parts import StillClock

_NAMES = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
_SECONDS = st.floats(min_value=1, max_value=3600, allow_nan=False)

ANY_SETTINGS = st.builds(
    Settings,
    language=st.sampled_from(["system", "zh", "en"]),
    theme=st.sampled_from(["system", "light", "dark"]),
    font_size=st.integers(13, 20),
    chain=st.lists(_NAMES, unique=True).map(tuple),
    spend=st.sampled_from(["never", "ask", "allow"]),
    order=st.sampled_from(["listed", "expiring", "fastest"]),
    midstream=st.sampled_from(["continue", "ask", "restart"]),
    pass_blocked=st.booleans(),
    max_attempts=st.integers(1, 20),
    first_content=_SECONDS,
    stall=_SECONDS,
    endpoints=st.dictionaries(_NAMES, _NAMES, max_size=3),
    models=st.dictionaries(_NAMES, st.booleans(), max_size=3),
    billing=st.dictionaries(_NAMES, st.sampled_from(["free", "grant", "paid"]), max_size=3),
    providers_off=st.lists(_NAMES, unique=True).map(tuple),
    proxy=st.sampled_from(["system", "none", "http://127.0.0.1:7890", "socks5://user@[::1]:1080"]),
    send_key=st.sampled_from(["enter", "ctrl_enter"]),
    reduced_motion=st.booleans(),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_every_setting_can_be_read_and_every_default_is_valid() -> None:
    assert list(FIELDS) and set(FIELDS) == {f.name for f in fields(Settings)}
    for name, read in FIELDS.items():
        assert read(getattr(Settings(), name)) == getattr(Settings(), name)


def test_the_policy_takes_all_it_knows_from_the_settings() -> None:
    assert Settings().policy() == Policy()
    changed = Settings(spend="ask", order="expiring", midstream="restart", max_attempts=2, dwell=1.0)
    assert changed.policy() == Policy(
        spend="ask", order="expiring", midstream="restart", max_attempts=2, dwell=1.0
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=ANY_SETTINGS)
def test_what_is_saved_is_loaded(path: Path, chosen: Settings) -> None:
    SettingsFile(path).write(chosen)
    file = SettingsFile(path)
    assert file.load() == chosen
    assert file.problem is None
    assert file.notes == ()


def test_no_file_means_defaults_without_a_word(path: Path) -> None:
    file = SettingsFile(path)
    assert file.load() == Settings()
    assert file.problem is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{'theme': 'dark'}",
        b"\xff\xfe\x00",
        "[" * 100_000,
        " " * (LARGEST + 1),
    ],
    ids=["empty", "cut", "list", "null", "text", "python", "binary", "deep", "huge"],
)
def test_a_damaged_file_is_set_aside(path: Path, content: str | bytes) -> None:
    _write(path, content)
    file = SettingsFile(path, clock=StillClock())
    assert file.load() == Settings()
    assert file.problem is not None
    assert file.problem.key == "settings_file.set_aside"
    (kept,) = path.parent.glob("settings.json.broken-*")
    assert str(kept) in str(file.problem)
    assert kept.read_bytes() == (content.encode() if isinstance(content, str) else content)
    file.write(Settings(theme="dark"))
    again = SettingsFile(path)
    assert again.load().theme == "dark"
    assert again.problem is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "sepia"),
        ("theme", 1),
        ("font_size", 99),
        ("font_size", "15"),
        ("font_size", True),
        ("font_size", 15.5),
        ("chain", "zhipu"),
        ("chain", ["zhipu", 3]),
        ("chain", {"zhipu": 1}),
        ("pass_blocked", 1),
        ("stall", -1),
        ("stall", float("nan")),
        ("stall", float("inf")),
        ("stall", None),
        ("max_attempts", 0),
        ("endpoints", ["x"]),
        ("endpoints", {"zhipu": 1}),
        ("models", {"zhipu:glm": "yes"}),
        ("billing", {"zhipu:glm": "cheap"}),
        ("proxy", "ftp://host"),
        ("proxy", "http://"),
        ("proxy", "http://host:notaport"),
        ("proxy", ""),
        ("language", ["zh"]),
    ],
)
def test_one_wrong_value_falls_back_alone(path: Path, name: str, value: Any) -> None:
    good = {"theme": "dark", "spend": "ask", "language": "en"}
    good.pop(name, None)
    _write(path, json.dumps({**good, name: value}))
    file = SettingsFile(path)
    loaded = file.load()
    assert getattr(loaded, name) in (getattr(Settings(), name), ("zhipu",))
    assert all(getattr(loaded, other) == wanted for other, wanted in good.items())
    assert file.problem is None
    (note,) = file.notes
    assert note.values["names"] == name
    assert name in str(note)
    (kept,) = path.parent.glob("settings.json.broken-*")
    assert str(kept) in str(note)
    assert kept.read_bytes() == path.read_bytes(), "the file stays until something is saved"
    # The next start finds the copy that is there.
    assert SettingsFile(path).load() == loaded
    assert len(list(path.parent.glob("settings.json.broken-*"))) == 1


def test_of_a_mapping_or_a_list_only_the_wrong_entries_are_left_out(path: Path) -> None:
    _write(
        path,
        json.dumps(
            {
                "models": {"zhipu:a": True, "zhipu:b": "no", "zhipu:c": False},
                "chain": ["zhipu", None, "alibaba"],
                "endpoints": {"zhipu": "https://a.example/v1", "": "x", "baidu": 1},
            }
        ),
    )
    loaded = SettingsFile(path).load()
    assert loaded.models == {"zhipu:a": True, "zhipu:c": False}
    assert loaded.chain == ("zhipu", "alibaba")
    assert loaded.endpoints == {"zhipu": "https://a.example/v1"}


def test_what_is_sound_in_a_damaged_file_stands_also_at_the_next_start(path: Path) -> None:
    SettingsFile(path).write(Settings(theme="dark", spend="ask", font_size=18, chain=("zhipu",)))
    text = path.read_text(encoding="utf-8").replace('"theme": "dark"', '"theme": "dark', 1)
    _write(path, text)
    for _ in range(2):
        file = SettingsFile(path, clock=StillClock())
        loaded = file.load()
        assert (loaded.theme, loaded.spend, loaded.font_size) == ("system", "ask", 18)
        assert loaded.chain == ("zhipu",)
    assert file.problem is None
    (kept,) = path.parent.glob("settings.json.broken-*")
    assert kept.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_what_an_editor_saved_in_another_encoding_is_read(path: Path, encoding: str) -> None:
    _write(path, '{"theme": "dark", "chains": {"常用": ["zhipu"],},}'.replace(",},", "},").encode(encoding))
    file = SettingsFile(path)
    loaded = file.load()
    assert loaded.theme == "dark"
    assert dict(loaded.chains) == {"常用": ("zhipu",)}
    assert (file.problem, file.notes) == (None, ())


def test_a_value_that_could_not_be_written_again_does_not_stop_the_saving(path: Path) -> None:
    _write(path, '{"theme": "dark", "x": {"a": "\\ud800"}, "z": 1}')
    file = SettingsFile(path)
    file.write(file.load())
    assert file.notes[0].values["names"] == "x"
    again = json.loads(path.read_text(encoding="utf-8"))
    assert (again["theme"], again["z"]) == ("dark", 1)
    assert "x" not in again


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_is_followed(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "jieli.json"
    path.parent.mkdir(parents=True)
    path.symlink_to(real)
    file = SettingsFile(path)
    assert file.load() == Settings()
    file.write(Settings(theme="dark"))
    assert path.is_symlink()
    assert json.loads(real.read_text(encoding="utf-8"))["theme"] == "dark"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=st.dictionaries(
        st.sampled_from([*FIELDS, "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    )
)
def test_no_content_stops_the_program(path: Path, found: dict[str, Any]) -> None:
    _write(path, json.dumps(found))
    file = SettingsFile(path)
    loaded = file.load()
    for name, read in FIELDS.items():
        assert read(getattr(loaded, name)) == getattr(loaded, name)


def test_what_a_newer_version_wrote_is_kept(path: Path) -> None:
    _write(path, json.dumps({"theme": "dark", "hologram": {"on": True}, "zoo": [1]}))
    file = SettingsFile(path)
    file.write(SettingsService(file).current)
    assert json.loads(path.read_text(encoding="utf-8"))["hologram"] == {"on": True}
    assert json.loads(path.read_text(encoding="utf-8"))["theme"] == "dark"


def test_a_save_puts_a_whole_file_in_place_of_the_old_one(path: Path) -> None:
    """Whoever still has the old file open, or a crash in the middle, never sees half of the new one."""
    file = SettingsFile(path)
    file.write(Settings(theme="dark"))
    with path.open(encoding="utf-8") as old:
        file.write(Settings(theme="light"))
        assert json.load(old)["theme"] == "dark"
    assert SettingsFile(path).load().theme == "light"
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_a_failed_save_leaves_the_old_file_and_no_rubbish(path: Path, arun, monkeypatch) -> None:
    file = SettingsFile(path)
    file.write(Settings(theme="dark"))
    before = path.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    async def main() -> None:
        with pytest.raises(KnownError) as caught:
            await file.save(Settings(theme="light"))
        assert caught.value.key == "settings_file.not_saved"
        assert "No space left" in str(caught.value)
        await file.close()

    arun(main())
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_an_unreadable_file_is_not_overwritten(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "inside").write_text("kept")
    file = SettingsFile(path)
    assert file.load() == Settings()
    assert file.problem is not None
    assert file.problem.key == "settings_file.not_a_file"
    file.write(Settings(theme="dark"))
    (kept,) = path.parent.glob("settings.json.broken-*")
    assert (kept / "inside").read_text() == "kept"
    assert SettingsFile(path).load().theme == "dark"


def test_a_change_applies_at_once_and_is_saved(path: Path, arun) -> None:
    heard: list[tuple[Settings, Settings]] = []
    sizes: list[int] = []

    async def main() -> None:
        service = SettingsService(SettingsFile(path))
        end = service.subscribe(lambda before, after: heard.append((before, after)))
        service.subscribe(lambda _before, after: sizes.append(after.font_size), of=("font_size", "theme"))
        service.change(theme="dark", chain=["zhipu", "zhipu", "alibaba"])
        service.change(theme="dark")
        for size in (16, 17, 18):
            service.change(font_size=size)
        end()
        service.change(spend="ask")
        await service.close()

    arun(main())
    assert [after.font_size for _, after in heard] == [15, 16, 17, 18]
    assert sizes == [15, 16, 17, 18], "of nothing but the fields it asked for"
    assert heard[0][0] == Settings()
    assert heard[0][1].chain == ("zhipu", "alibaba")
    saved = SettingsFile(path).load()
    assert (saved.theme, saved.font_size, saved.spend) == ("dark", 18, "ask")


def test_a_change_that_cannot_be_is_refused_and_changes_nothing(path: Path, arun) -> None:
    async def main() -> None:
        service = SettingsService(SettingsFile(path))
        with pytest.raises(KnownError) as caught:
            service.change(theme="dark", font_size=99)
        assert "font_size" in str(caught.value)
        with pytest.raises(TypeError, match="no such setting"):
            service.change(colour="red")
        assert service.current == Settings()
        await service.close()

    arun(main())


def test_a_save_that_fails_is_reported_and_the_next_change_saves(path: Path, arun) -> None:
    errors: list[BaseException] = []

    async def main() -> None:
        path.parent.write_text("a file where the folder should be")
        failed = asyncio.Event()

        def report(error: BaseException) -> None:
            errors.append(error)
            failed.set()

        service = SettingsService(SettingsFile(path, report))
        service.change(theme="dark")
        await failed.wait()
        path.parent.unlink()
        service.change(font_size=16)
        await service.close()

    arun(main())
    assert [getattr(e, "key", e) for e in errors] == ["settings_file.not_saved"]
    assert SettingsFile(path).load() == Settings(theme="dark", font_size=16)


def test_saving_does_not_use_the_callers_thread(path: Path, arun, monkeypatch) -> None:
    threads: list[int] = []
    write = SettingsFile.write

    def note(self: SettingsFile, settings: Settings) -> None:
        threads.append(threading.get_ident())
        write(self, settings)

    monkeypatch.setattr(SettingsFile, "write", note)

    async def main() -> None:
        service = SettingsService(SettingsFile(path))
        service.change(theme="dark")
        await service.close()

    arun(main())
    assert threads
    assert threading.get_ident() not in threads
