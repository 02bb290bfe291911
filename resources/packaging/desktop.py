"""What a Linux desktop wants to know of a program: menu entry, store page, icons."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from common import Build

HERE = Path(__file__).resolve().parent / "linux"
ROOT = HERE.parent.parent.parent
METAINFO = "io.github.jieli_chat.Jieli.metainfo.xml"


def desktop_files(build: Build, share: Path) -> None:
    """Menu entry, store page and icons."""
    (share / "applications").mkdir(parents=True)
    shutil.copyfile(HERE / "jieli.desktop", share / "applications/jieli.desktop")
    (share / "metainfo").mkdir()
    (share / "metainfo" / METAINFO).write_text(filled(build, METAINFO), encoding="utf-8")
    for picture in (HERE / "icons").glob("*.png"):
        folder = share / f"icons/hicolor/{picture.stem}x{picture.stem}/apps"
        folder.mkdir(parents=True)
        shutil.copyfile(picture, folder / "jieli.png")
    scalable = share / "icons/hicolor/scalable/apps"
    scalable.mkdir(parents=True)
    shutil.copyfile(ROOT / "resources/icons/jieli.svg", scalable / "jieli.svg")


def filled(build: Build, name: str) -> str:
    """A text of ours with version and date put in."""
    date = time.strftime("%Y-%m-%d", time.gmtime(build.epoch))
    text = (HERE / name).read_text(encoding="utf-8")
    return text.replace("@VERSION@", build.version).replace("@DATE@", date)
