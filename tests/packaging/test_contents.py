"""What goes into a package: kept, dropped, unlisted, and told about the machine it was built on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "packaging"


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(FOLDER))
    import contents  # pyright: ignore[reportMissingImports]

    yield contents
    sys.modules.pop("contents", None)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", True),
        ("PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", False),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/Qt/plugins/imageformats/libqpdf.so", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6\\plugins\\tls\\qopensslbackend.dll", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6Qml.so.6", False),
        ("Qt6Quick.dll", False),
        ("libgtk-3.so.0", False),
        ("libX11.so.6", False),
        ("libxcb-cursor.so.0", True),
        ("libxcb-image.so.0", False),
        ("libfontconfig.so.1", False),
        ("libcrypto.so.3", True),
        ("libpython3.11.so.1.0", True),
        ("libicudata.so.73", True),
        ("python3.11/lib-dynload/_testcapi.cpython-311-x86_64-linux-gnu.so", False),
        ("python3.11/lib-dynload/_codecs_cn.cpython-311-x86_64-linux-gnu.so", True),
    ],
)
def test_what_is_kept(contents: Any, name: str, kept: bool) -> None:
    assert contents.wanted(name) is kept


def test_a_file_nobody_listed_is_found(contents: Any) -> None:
    files = ["jieli", "_internal/base_library.zip", "_internal/resources/i18n/chat.json"]
    assert contents.unlisted(files) == []
    strange = ["_internal/tests/data/key.txt", "_internal/libQt6WebEngineCore.so.6.debug", "notes.md"]
    assert contents.unlisted([*files, *strange]) == sorted(strange)


def test_the_builders_folder_is_found_in_a_file(contents: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0\1 nothing")
    (tmp_path / "b").write_bytes(b"\0/home/somebody/jieli/app\0")
    assert contents.leaks(tmp_path, [b"/home/somebody"]) == ["b: /home/somebody"]
