"""Deleting everything: also what was cached and logged, and the keys only when that is wanted."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from app.erasing import erase_everything
from app.keys import KeyService
from app.paths import locate
from app.safekeeping import Safekeeping
from tests.app.parts import StillClock, message, opened


@pytest.mark.parametrize("with_keys", [False, True])
def test_nothing_is_left_but_the_settings(arun, tmp_path: Path, with_keys: bool) -> None:
    paths = locate(tmp_path, {})
    paths.ensure()
    said = "只有我知道"
    paths.settings_file.write_text("{}")
    for file in (paths.cache / "deep" / "catalogue.json", paths.logs / "jieli.log", paths.state_file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(said, encoding="utf-8")

    async def main() -> None:
        async with opened(tmp_path) as store:
            keys = KeyService(store, {}, StillClock())
            made = await store.create_conversation(said)
            await store.add_message(message("m", made.id, text=said))
            await store.snapshot()
            (tmp_path / "importing-x").mkdir()
            (tmp_path / "importing-x" / "import.db").write_text(said, encoding="utf-8")
            await erase_everything(store, paths, keys, with_keys=with_keys)
            assert await store.conversations(archived=None) == []
            await keys.close()

    arun(main())
    left = [p for p in tmp_path.rglob("*") if p.is_file() and said.encode() in p.read_bytes()]
    assert left == []
    assert paths.settings_file.read_text() == "{}"
    assert paths.cache.is_dir()


def test_nothing_of_what_was_removed_stands_in_the_file(
    arun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some builds of SQLite overwrite what is removed unasked, those of other systems do not.
    connect = sqlite3.connect

    def careless(*args: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*args, **options)
        db.execute("PRAGMA secure_delete = OFF")
        return db

    monkeypatch.setattr(sqlite3, "connect", careless)
    # The search index has the words of each text, but not together.
    said, told = "此话只有我知道，" * 50, "这句只有你知道，" * 50

    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("t")
            kept = await store.create_conversation("kept")
            parent = None
            for n in range(60):
                await store.add_message(message(f"m{n}", made.id, parent, f"{n}{said}"))
                await store.add_message(message(f"k{n}", kept.id, text=told if n == 30 else f"{n}留下"))
                parent = f"m{n}"
            await store.search.catch_up()
            await store.remove_message("k30")
            await store.delete_conversations([made.id])
            assert await store.purge_conversations([made.id])
            await store.search.catch_up()

    arun(main())
    data = (tmp_path / "jieli.db").read_bytes()
    assert data.count("此话只有我知道，此话".encode()) == 0
    assert data.count("这句只有你知道，这句".encode()) == 0


def test_what_a_killed_import_left_goes_after_a_day(arun, tmp_path: Path) -> None:
    for name in ("importing-old", "reading-new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "copy.db").write_text("x")
    clock = StillClock(time.time() + 3600)
    os.utime(tmp_path / "importing-old", (clock.time - 90_000, clock.time - 90_000))

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            await Safekeeping(store, clock, lambda error: None).look()

    arun(main())
    assert not (tmp_path / "importing-old").exists() and (tmp_path / "reading-new").exists()
