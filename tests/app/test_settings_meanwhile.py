"""What somebody else writes into the settings file while the program runs is kept, and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import KnownError
from app.settings import LARGEST, Settings, SettingsFile, SettingsService


@pytest.mark.parametrize("content", [b'{"theme": "light", "font_size": 19}', b"{ torn", b"[" * (LARGEST + 1)])
def test_a_change_by_hand_is_not_overwritten_without_a_word(tmp_path: Path, arun, content: bytes) -> None:
    path = tmp_path / "settings.json"
    errors: list[BaseException] = []

    async def main() -> None:
        service = SettingsService(SettingsFile(path, errors.append))
        service.change(theme="dark")
        await service.file.save(service.current)
        path.write_bytes(content)
        service.change(font_size=16)
        await service.file.save(service.current)
        service.change(font_size=17)
        await service.close()

    arun(main())
    assert SettingsFile(path).load() == Settings(theme="dark", font_size=17)
    (told,) = errors
    assert isinstance(told, KnownError) and told.key == "settings_file.changed_meanwhile"
    (kept,) = path.parent.glob("settings.json.broken-*")
    assert kept.read_bytes() == content
    assert str(kept) in str(told)


def test_what_the_program_wrote_itself_is_nobody_elses(tmp_path: Path, arun) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "dark", "later": 1}), encoding="utf-8")
    errors: list[BaseException] = []

    async def main() -> None:
        service = SettingsService(SettingsFile(path, errors.append))
        for size in (16, 17, 18):
            service.change(font_size=size)
            await service.file.save(service.current)
        path.unlink()
        service.change(font_size=19)
        await service.close()

    arun(main())
    assert errors == []
    assert not list(tmp_path.glob("settings.json.*"))
