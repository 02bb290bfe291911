"""Windows: an Inno Setup installer for one user, and a portable zip; both from one frozen folder."""

from __future__ import annotations

import os
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from common import Build, run

HERE = Path(__file__).resolve().parent / "windows"
ROOT = HERE.parent.parent.parent

VERSION_FILE = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1,
                    subtype=0x0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable("080404B0", [
      StringStruct("CompanyName", "The Jieli authors"),
      StringStruct("FileDescription", "接力 Jieli"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("InternalName", "jieli"),
      StringStruct("LegalCopyright", "The Jieli authors, MIT licence"),
      StringStruct("ProductName", "Jieli"),
      StringStruct("ProductVersion", "{version}")])]),
    VarFileInfo([VarStruct("Translation", [0x0804, 1200])])
  ]
)
"""


def version_file(build: Build) -> Path:
    """What Windows shows as the program's properties."""
    numbers = ([int(n) for n in re.findall(r"\d+", build.version)] + [0, 0, 0, 0])[:4]
    path = build.work / "version.txt"
    path.write_text(VERSION_FILE.format(numbers=tuple(numbers), version=build.version), encoding="utf-8")
    return path


def compiler() -> str:
    """Inno Setup's command line compiler: on the path, or where its installer of any version puts it."""
    found = shutil.which("iscc")
    if found:
        return found
    folders = [
        os.environ.get("PROGRAMFILES(X86)"),
        os.environ.get("PROGRAMFILES"),
        os.environ.get("LOCALAPPDATA"),
    ]
    places = [Path(folder) for folder in folders if folder]
    places += [place / "Programs" for place in places]
    standard = sorted(tool for place in places for tool in place.glob("Inno Setup */ISCC.exe"))
    if not standard:
        raise SystemExit("Inno Setup is not installed here: https://jrsoftware.org/isdl.php")
    return str(standard[-1])


def setup(build: Build, frozen: Path) -> Path:
    """`Jieli-VERSION-windows-MACHINE-setup.exe`, made by Inno Setup's `iscc`."""
    name = f"Jieli-{build.version}-windows-{build.machine}-setup"
    run(
        [
            compiler(),
            "/Qp",
            f"/DVersion={build.version}",
            f"/DSource={frozen}",
            f"/DName={name}",
            f"/O{build.out}",
            str(HERE / "jieli.iss"),
        ]
    )
    return build.out / f"{name}.exe"


def portable(build: Build, frozen: Path) -> Path:
    """`Jieli-VERSION-windows-MACHINE-portable.zip`: its `jieli.cmd` keeps all data beside itself, too."""
    made = build.out / f"Jieli-{build.version}-windows-{build.machine}-portable.zip"
    date = time.gmtime(max(build.epoch, 315532800))[:6]  # a zip knows no date before 1980
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:

        def add(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)

        for path in sorted(frozen.rglob("*")):
            if path.is_file():
                add(f"Jieli/program/{path.relative_to(frozen).as_posix()}", path.read_bytes())
        add("Jieli/jieli.cmd", (HERE / "portable.cmd").read_bytes())
        add("Jieli/LICENSE.txt", (ROOT / "LICENSE").read_bytes())
    return made


KINDS: dict[str, Callable[[Build, Path], Path | None]] = {"setup": setup, "portable": portable}
