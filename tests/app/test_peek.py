"""The first look at the data: the head of the list, and whether anything was ever entered."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.options import Options
from app.paths import locate
from app.settings import SettingsFile, SettingsService
from app.store.peek import Peek
from app.store.store import Store


def _peek(path: Path) -> Peek:
    peek = Peek(path)
    peek.result(60.0)
    return peek


def _made(tmp_path: Path, arun) -> Path:
    async def go() -> None:
        store = await Store.open(tmp_path / "jieli.db", SystemClock(), tmp_path / "running")
        await store.close()

    arun(go())
    return tmp_path / "jieli.db"


def test_no_file_is_unused(tmp_path: Path) -> None:
    peek = _peek(tmp_path / "jieli.db")
    assert peek.unused() and peek.result() == []


def test_data_nobody_wrote_into_are_unused_until_somebody_does(tmp_path: Path, arun) -> None:
    path = _made(tmp_path, arun)
    assert _peek(path).unused()
    with sqlite3.connect(path) as db:
        columns = "id, provider, label, last4, position, created_at"
        db.execute(f"INSERT INTO 'key' ({columns}) VALUES ('k', 'p', '', '', 0, 0)")
    db.close()
    assert not _peek(path).unused()


def test_conversations_also_those_in_the_bin_are_use(tmp_path: Path, arun) -> None:
    path = _made(tmp_path, arun)
    with sqlite3.connect(path) as db:
        columns = "id, title, created_at, updated_at, deleted_at"
        db.execute(f"INSERT INTO conversation ({columns}) VALUES ('c', 't', 1, 1, 2)")
    db.close()
    peek = _peek(path)
    assert peek.result() == [] and not peek.unused()


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "jieli.db"
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    assert not _peek(path).unused()


@pytest.mark.parametrize(
    ("options", "environ", "chain", "first"),
    [
        (Options("window"), {}, (), True),
        (Options("window", practice=True), {}, (), False),
        (Options("window", quick_ask=True), {}, (), False),
        (Options("window"), {"JIELI_KEY_ZHIPU": "made up"}, (), False),
        (Options("window"), {}, ("ollama",), False),
    ],
)
def test_what_a_start_comes_to(
    tmp_path: Path, options: Options, environ: dict[str, str], chain: tuple[str, ...], first: bool
) -> None:
    from ui.start import Start

    paths = locate(tmp_path, {})
    paths.ensure()
    paths.settings_file.write_text(json.dumps({"chain": chain}), encoding="utf-8")
    settings = SettingsService(SettingsFile(paths.settings_file))
    peek = _peek(paths.database_file)
    start = Start(options, paths, settings, environ, tmp_path, lambda: "0", peek)
    assert start.first_run() is first
