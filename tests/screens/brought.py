"""Somebody who comes from other programs: two exports, and a backup that cannot be read."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from tests import cherry_damage
from tests.app.exchange import exports_of_others as others


def files(folder: Path) -> list[Path]:
    """What they bring along."""
    box = folder / "chatgpt-export.zip"
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("conversations.json", json.dumps(others.chatgpt()))
    direct = folder / "cherry-studio.202609221030.zip"
    shutil.copyfile(cherry_damage.REAL, direct)
    newer = folder / "cherry-studio-2.zip"
    with zipfile.ZipFile(newer, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("Data/cherrystudio.sqlite", b"x")
    return [box, direct, newer]
