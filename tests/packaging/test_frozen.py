"""What is frozen: every module of ours, what they import, the text of every licence, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
Script = Callable[[str], Any]


def imports(root: Path) -> Iterator[tuple[str, str]]:
    """Every module named in an import statement, with the file that names it."""
    statement = re.compile(
        r"^\s*(?:from|import)[ ]+([\w.]+)(?:[ ]+import[ ]+(?:\(([^)]*)\)|([^\n(]+)))?", re.MULTILINE
    )
    for room in ("app", "ui", "providers"):
        for path in sorted((root / room).rglob("*.py")):
            for found in statement.finditer(path.read_text(encoding="utf-8")):
                yield found[1], path.name
                yield from (
                    (f"{found[1]}.{name}", path.name)
                    for name in re.findall(r"\w+", found[2] or found[3] or "")
                )


def by_name(root: Path) -> Iterator[tuple[str, str]]:
    """What is imported by a string, which PyInstaller cannot see."""
    for room in ("app", "ui", "providers"):
        for path in sorted((root / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            for found in re.finditer(r"import_module,?\s*\(?\s*f?\"([^\"]+)\"", text):
                yield found[1], path.name


def test_nothing_that_is_imported_is_dropped(script: Script) -> None:
    dropped = set(script("contents").DROPPED_MODULES)
    wrong = [(m, f) for m, f in imports(ROOT) if any(m == d or m.startswith(f"{d}.") for d in dropped)]
    assert ("PySide6.QtSvg", "selftest.py") in set(imports(ROOT))
    assert not wrong, "the package would lack these; take them out of contents.DROPPED_MODULES"


def test_what_is_imported_by_name_is_frozen(script: Script) -> None:
    contents = script("contents")
    known = {*contents.modules_of(ROOT), *contents.HIDDEN}
    families = {name.rpartition(".")[0] for name in contents.HIDDEN}
    found = list(by_name(ROOT))
    assert len(found) > 5
    wrong = [
        (m, f)
        for m, f in found
        if m not in known and m.partition(".{")[0] not in families and m.partition(".")[0] != "secretstorage"
    ]
    assert not wrong, "add these to contents.HIDDEN"


def test_modules_of_ours_are_all_found(script: Script, tmp_path: Path) -> None:
    (tmp_path / "app" / "deep").mkdir(parents=True)
    for name in ("app/__init__.py", "app/__main__.py", "app/deep/__init__.py", "app/deep/late.py"):
        (tmp_path / name).touch()
    assert script("contents").modules_of(tmp_path) == ["app", "app.__main__", "app.deep", "app.deep.late"]
    assert "app.selftest_parts" in script("contents").modules_of(ROOT)


def test_a_module_that_was_not_frozen_is_told(script: Script) -> None:
    archive = script("archive")
    assert archive.lacking(["app", "app.chat"], ["app", "app.chat", "ui.late"]) == ["ui.late"]
    assert archive.dropped(["PySide6.QtQml", "PySide6.QtGui", "tkinter.ttk"]) == [
        "PySide6.QtQml",
        "tkinter.ttk",
    ]


def test_a_module_of_nobody_we_ship_is_told(script: Script) -> None:
    frozen = ["json.decoder", "app.chat", "httpx._client", "pip._vendor", "left_over", "_pyi_rth_utils"]
    owners = {"httpx": ["httpx"], "pip": ["pip"]}
    found = script("archive").strange(frozen, owners)
    assert found == ["left_over (of no distribution)", "pip (pip)"]


def test_code_that_names_the_build_folder_is_told(script: Script) -> None:
    code = {"app.a": b"\0app/a.py\0", "app.b": b"\0/home/somebody/jieli/app/b.py\0", "app.c": None}
    assert script("archive").telling(code.get, code, ["/home/somebody/jieli"]) == ["app.b"]


def locked(script: Script) -> set[str]:
    """The distributions of the run lock that this system and Python need."""
    from packaging.requirements import Requirement

    text = (ROOT / "resources/packaging/requirements.txt").read_text(encoding="utf-8")
    found = [Requirement(line.rstrip(" \\")) for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert len(found) > 20
    plain = script("notices").plain
    return {plain(r.name) for r in found if r.marker is None or r.marker.evaluate()}


def test_the_notices_name_everything_that_is_locked(script: Script) -> None:
    notices = script("notices")
    parts = {notices.plain(part.name): part for part in notices.python_parts()}
    wanted = locked(script)
    assert not wanted - set(parts)
    shipped = [parts[name] for name in sorted(wanted)] + notices.other_parts()
    assert not [p.name for p in shipped if not p.licence or p.licence.startswith("see")]
    assert not [p.name for p in shipped if not p.files and p.name != "CPython"], "no text of its licence"
    assert not [f for p in shipped for f in p.files if not f.is_file()]
    assert not notices.not_to_ship(shipped)


def test_what_is_under_the_gpl_alone_is_not_shipped(script: Script) -> None:
    notices = script("notices")
    ways = [
        "GPL-3.0-only",
        "LGPL-3.0-only OR GPL-2.0-only",
        "GPL-2.0-or-later WITH Bootloader-exception",
        "MIT",
    ]
    parts = [notices.Part(str(i), "1", way, "") for i, way in enumerate(ways)]
    assert notices.not_to_ship(parts) == ["0"]


def test_notices_and_bill_are_written(script: Script, tmp_path: Path) -> None:
    import json

    notices = script("notices")
    text = tmp_path / "text"
    text.write_text("the terms")
    parts = [notices.Part("A_b", "1.2", "MIT", "https://a", (text, text), purl="pkg:pypi/a-b@1.2")]
    notices.write_notices(parts, tmp_path / "licences")
    names = sorted(p.name for p in (tmp_path / "licences").iterdir())
    assert names == ["A_b-1.txt", "A_b.txt", "Jieli.txt", "THIRD-PARTY.txt"]
    assert "A_b 1.2: MIT. https://a" in (tmp_path / "licences/THIRD-PARTY.txt").read_text()
    notices.write_bill(parts, tmp_path / "bill.json", "3.4")
    bill = json.loads((tmp_path / "bill.json").read_text())
    assert bill["metadata"]["component"]["version"] == "3.4"
    assert bill["components"][0]["purl"] == "pkg:pypi/a-b@1.2"


@pytest.mark.parametrize(
    "names",
    [
        # As PyInstaller lays them out on Windows and macOS.
        [
            "jieli.exe", "jieli-window.exe", "_internal/python313.dll", "_internal/python3.dll",
            "_internal/_ssl.pyd", "_internal/select.pyd", "_internal/unicodedata.pyd",
            "_internal/pyexpat.pyd", "_internal/libcrypto-3.dll", "_internal/libffi-8.dll",
            "_internal/sqlite3.dll",
            "_internal/VCRUNTIME140.dll", "_internal/VCRUNTIME140_1.dll", "_internal/PySide6/MSVCP140.dll",
            "_internal/PySide6/Qt6Core.dll", "_internal/PySide6/QtCore.pyd",
            "_internal/PySide6/pyside6.abi3.dll",
            "_internal/PySide6/plugins/platforms/qwindows.dll", "_internal/shiboken6/shiboken6.abi3.dll",
            "_internal/shiboken6/Shiboken.pyd", "_internal/_cffi_backend.cp313-win_amd64.pyd",
            "_internal/cryptography/hazmat/bindings/_rust.pyd",
        ],
        [
            "jieli", "_internal/Python", "_internal/Python.framework/Python",
            "_internal/Python.framework/Versions/3.13/Python",
            "_internal/Python.framework/Versions/3.13/Resources/Info.plist",
            "_internal/Python.framework/Versions/Current", "_internal/QtCore", "_internal/libssl.3.dylib",
            "_internal/PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
            "_internal/PySide6/Qt/lib/QtCore.framework/Versions/A/Resources/Info.plist",
            "_internal/PySide6/Qt/lib/QtCore.framework/QtCore",
            "_internal/PySide6/Qt/plugins/platforms/libqcocoa.dylib", "_internal/libpyside6.abi3.6.11.dylib",
            "_internal/PySide6/QtGui.abi3.so", "_internal/python3.13/lib-dynload/_ssl.cpython-313-darwin.so",
        ],
    ],
    ids=["windows", "macos"],
)  # fmt: skip
def test_the_list_knows_the_other_systems_files(script: Script, names: list[str]) -> None:
    contents = script("contents")
    assert contents.unlisted(names) == []
    assert all(contents.wanted(name.removeprefix("_internal/")) for name in names)


@pytest.mark.parametrize(
    "name", ["QtQml", "PySide6/opengl32sw.dll", "PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml",
             "keyring-25.7.0.dist-info/RECORD", "x-1.dist-info/licenses/METADATA"]
)  # fmt: skip
def test_what_is_left_out_elsewhere(script: Script, name: str) -> None:
    assert not script("contents").wanted(name)


def test_a_word_inside_a_compressed_file_is_found(script: Script, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "base_library.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.pyc", b"x" * 500 + b"/home/somebody" + b"x" * 500)
    found = script("contents").leaks(tmp_path, [b"/home/somebody"])
    assert found == ["base_library.zip/a.pyc: /home/somebody"]
