"""fcitx is reached through ibus where its own plugin is missing, and left alone where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.input_method import reach_fcitx


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"QT_IM_MODULE": "fcitx"}, {"QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULE": "fcitx5"}, {"QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULES": "wayland;fcitx;ibus"}, {"QT_IM_MODULES": "wayland;ibus"}),
        (
            {"QT_IM_MODULES": "wayland;fcitx", "QT_IM_MODULE": "fcitx"},
            {"QT_IM_MODULES": "wayland;ibus", "QT_IM_MODULE": "fcitx"},
        ),
        ({"XMODIFIERS": "@im=fcitx"}, {"XMODIFIERS": "@im=fcitx", "QT_IM_MODULE": "ibus"}),
        ({"QT_IM_MODULE": "compose", "XMODIFIERS": "@im=fcitx"}, None),
        ({"XMODIFIERS": "@im=fcitx", "WAYLAND_DISPLAY": "wayland-0"}, None),
        ({"QT_IM_MODULE": "ibus"}, None),
        ({"QT_IM_MODULE": ""}, None),
        ({}, None),
    ],
)
def test_what_qt_is_told(given: dict[str, str], wanted: dict[str, str] | None, tmp_path: Path) -> None:
    environ = dict(given)
    reach_fcitx(environ, [tmp_path], "linux")
    # Without `ibus-daemon`, Qt's plugin only speaks to a portal, which fcitx also is.
    portal = {} if wanted is None else {"IBUS_USE_PORTAL": "1"}
    assert environ == (given if wanted is None else wanted) | portal


def test_a_qt_with_the_plugin_uses_it(tmp_path: Path) -> None:
    folder = tmp_path / "platforminputcontexts"
    folder.mkdir()
    (folder / "libfcitx5platforminputcontextplugin.so").touch()
    for environ, folders in (
        ({"QT_IM_MODULE": "fcitx"}, [tmp_path]),
        ({"QT_IM_MODULE": "fcitx", "QT_PLUGIN_PATH": f"/nowhere:{tmp_path}"}, []),
    ):
        before = dict(environ)
        reach_fcitx(environ, folders, "linux")
        assert environ == before


def test_our_own_qt_has_ibus_to_fall_back_on() -> None:
    from PySide6.QtCore import QLibraryInfo

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforminputcontexts")
    if not folder.is_dir():
        pytest.skip("this system's Qt has no input method plugins")
    assert any(folder.glob("libibus*.so"))


def test_other_systems_are_left_alone(tmp_path: Path) -> None:
    environ = {"QT_IM_MODULE": "fcitx"}
    reach_fcitx(environ, [tmp_path], "win32")
    assert environ == {"QT_IM_MODULE": "fcitx"}
