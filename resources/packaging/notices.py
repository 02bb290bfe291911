"""Licence texts and a bill of materials of everything that is shipped.

Runs in the environment the program is frozen from: `notices.py LICENCES BILL VERSION` writes the texts into
the folder LICENCES, which goes into the package, and the bill (CycloneDX 1.5 in JSON) as the file BILL.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import ssl
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Only needed to build, or never shipped.
BUILD_ONLY = {
    "altgraph",
    "macholib",
    "packaging",
    "pefile",
    "pip",
    "pyinstaller",
    "pyinstaller-hooks-contrib",
    "pywin32-ctypes" if sys.platform != "win32" else "",
    "setuptools",
    "wheel",
}

QT = """Qt and PySide6 are used under the GNU Lesser General Public License, version 3. Their libraries lie
beside this program as files of their own and can be replaced by others built from the same or changed sources
(https://download.qt.io/official_releases/QtForPython/ and https://download.qt.io/official_releases/qt/).
What Qt itself contains of others is listed at https://doc.qt.io/qt-6/licenses-used-in-qt.html.
"""

TEXTS = Path(__file__).resolve().parent / "licences"
"""Texts for what brings none of its own: Qt's wheels, fonts inside wheels, libraries inside binaries."""

OWN_TEXTS = {
    "pyside6-essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "latex2mathml": ("latex2mathml.txt",),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One shipped component."""

    name: str
    version: str
    licence: str
    home: str
    files: tuple[Path, ...] = ()
    kind: str = "library"
    purl: str = ""


def plain(name: str) -> str:
    """A distribution's name as package indexes spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_parts() -> list[Part]:
    """Every distribution in this environment that goes into the package."""
    parts: list[Part] = []
    for found in metadata.distributions():
        name = found.metadata["Name"]
        if plain(name) in BUILD_ONLY:
            continue
        files = [
            Path(str(found.locate_file(f)))
            for f in found.files or ()
            if re.search(r"(?i)(licen[cs]e|copying|notice)", f.name) and f.suffix not in (".py", ".pyc")
        ]
        texts = tuple(TEXTS / text for text in OWN_TEXTS.get(plain(name), ()))
        parts.append(
            Part(
                name,
                found.version,
                licence_of(found.metadata),
                home_of(found.metadata),
                (*texts, *(f for f in files if f.is_file())),
                purl=f"pkg:pypi/{plain(name)}@{found.version}",
            )
        )
    return sorted(parts, key=lambda part: part.name.lower())


def licence_of(about: metadata.PackageMetadata) -> str:
    """The licence as the distribution states it: expression, classifier, or its short text."""
    if expression := about.get("License-Expression"):
        return expression
    classified = [
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License ::")
    ]
    if classified:
        return " / ".join(classified)
    text = (about.get("License") or "").strip()
    return text.splitlines()[0] if text else "see its licence file"


def home_of(about: metadata.PackageMetadata) -> str:
    urls = dict(u.split(", ", 1) for u in about.get_all("Project-URL") or () if ", " in u)
    for name in ("Homepage", "Home", "homepage", "Repository", "Source", "Source Code"):
        if name in urls:
            return urls[name]
    return about.get("Home-page") or next(iter(urls.values()), "")


def other_parts() -> list[Part]:
    """What is shipped besides Python packages."""
    licence = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    python = sys.version.split()[0]
    openssl = ssl.OPENSSL_VERSION.split()[1]

    def text(*names: str) -> tuple[Path, ...]:
        return tuple(TEXTS / name for name in names)

    exception = "GPL-2.0-or-later WITH Bootloader-exception"
    return [
        Part(
            "CPython", python, "PSF-2.0", "https://www.python.org/", (licence,) if licence.is_file() else ()
        ),
        Part("OpenSSL", openssl, "Apache-2.0", "https://www.openssl.org/", text("Apache-2.0.txt")),
        Part(
            "SQLite",
            sqlite3.sqlite_version,
            "blessing (public domain)",
            "https://www.sqlite.org/",
            text("SQLite.txt"),
        ),
        Part("ICU", "73, as in Qt's wheels", "Unicode-DFS-2016", "https://icu.unicode.org/", text("ICU.txt")),
        Part(
            "PyInstaller bootloader",
            _installed("pyinstaller"),
            exception,
            "https://pyinstaller.org/",
            text("PyInstaller.txt", "Apache-2.0.txt"),
        ),
        Part("STIX Two Math", "2.11, a font", "OFL-1.1", "https://www.stixfonts.org/", text("OFL-1.1.txt")),
        Part(
            "DejaVu Sans", "a font", "Bitstream-Vera", "https://dejavu-fonts.github.io/", text("DejaVu.txt")
        ),
    ]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def not_to_ship(parts: list[Part]) -> list[str]:
    """Parts under the GPL alone, with no other licence and no exception to choose."""
    return [
        part.name
        for part in parts
        if "GPL" in part.licence
        and not any(way in part.licence for way in ("LGPL", "Lesser", " OR ", "exception"))
    ]


def write_notices(parts: list[Part], folder: Path) -> None:
    """One text that lists all, and each one's own licence files beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "LICENSE", folder / "Jieli.txt")
    lines = ["Jieli contains the works of others. Their licences lie in this folder.", "", QT]
    for part in parts:
        lines.append(f"{part.name} {part.version}: {part.licence}. {part.home}".rstrip())
        for number, source in enumerate(part.files):
            suffix = f"-{number}" if number else ""
            shutil.copyfile(source, folder / f"{re.sub(r'[^A-Za-z0-9.+-]', '_', part.name)}{suffix}.txt")
    (folder / "THIRD-PARTY.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_bill(parts: list[Part], path: Path, version: str) -> None:
    """CycloneDX 1.5 in JSON. No serial number and no time: two builds of one commit write the same bytes."""
    components = [
        {
            "type": part.kind,
            "name": part.name,
            "version": part.version,
            "licenses": [{"license": {"name": part.licence}}],
            **({"purl": part.purl} if part.purl else {}),
            **({"externalReferences": [{"type": "website", "url": part.home}]} if part.home else {}),
        }
        for part in parts
    ]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "jieli", "version": version}},
        "components": components,
    }
    path.write_text(json.dumps(bill, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    licences, bill, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    parts = python_parts() + other_parts()
    if bare := not_to_ship(parts):
        raise SystemExit(f"not to be shipped under its licence: {', '.join(bare)}")
    if silent := [part.name for part in parts if not part.files]:
        raise SystemExit(f"without the text of its licence: {', '.join(silent)}")
    write_notices(parts, licences)
    write_bill(parts, bill, version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
