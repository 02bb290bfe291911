"""Somebody who comes from other programs: an export, and a backup that cannot be read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.app.exchange import exports_of_others as others


def files(folder: Path) -> list[Path]:
    """What they bring along."""
    box = folder / "chatgpt-export.zip"
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("conversations.json", json.dumps(others.chatgpt()))
    direct = folder / "cherry-studio.202609221030.zip"
    with zipfile.ZipFile(direct, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("IndexedDB/000003.log", b"x")
    return [box, direct]
