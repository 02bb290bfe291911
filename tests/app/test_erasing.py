"""Deleting everything: also what was cached and logged, and the keys only when that is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.erasing import erase_everything
from app.keys import KeyService
from app.paths import locate
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
            await erase_everything(store, paths, keys, with_keys=with_keys)
            assert await store.conversations(archived=None) == []
            await keys.close()

    arun(main())
    left = [p for p in tmp_path.rglob("*") if p.is_file() and said.encode() in p.read_bytes()]
    assert left == []
    assert paths.settings_file.read_text() == "{}"
    assert paths.cache.is_dir()
