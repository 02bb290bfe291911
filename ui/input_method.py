"""Chinese input on Linux: what to do for fcitx, whose plugin the Qt of PyPI's wheels does not have.

Systems with fcitx say `QT_IM_MODULE=fcitx`. A Qt without that plugin then has no input method at all, and
nobody can type Chinese. fcitx 5 also speaks the protocol of ibus, whose plugin every Qt brings, and its
author recommends that for programs with a Qt of their own (fcitx/fcitx5#444).
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

_PLUGINS = "platforminputcontexts/libfcitx*.so"


def reach_fcitx(
    environ: MutableMapping[str, str],
    folders: Sequence[Path] | None = None,
    platform: str = sys.platform,
) -> None:
    """Have Qt reach fcitx through ibus's protocol where its own plugin is missing; before the application
    is made. `folders` are where Qt looks for plugins.

    `QT_IM_MODULES` is a list (Qt 6.7 and later) and counts before `QT_IM_MODULE`.
    """
    if not platform.startswith("linux"):
        return
    name = "QT_IM_MODULES" if environ.get("QT_IM_MODULES") else "QT_IM_MODULE"
    asked = [word for word in environ.get(name, "").split(";") if word]
    if not asked and not environ.get("WAYLAND_DISPLAY") and "fcitx" in environ.get("XMODIFIERS", ""):
        # What is left for X11 when only the older variable is set; on Wayland Qt needs no plugin.
        asked = ["fcitx"]
    if not any(word.startswith("fcitx") for word in asked) or _has_plugin(environ, folders):
        return
    reached = ["ibus" if word.startswith("fcitx") else word for word in asked]
    environ[name] = ";".join(dict.fromkeys(reached))
    # Else Qt's plugin looks for the program `ibus-daemon`, which is missing where fcitx takes its place.
    environ.setdefault("IBUS_USE_PORTAL", "1")


def _has_plugin(environ: MutableMapping[str, str], folders: Sequence[Path] | None) -> bool:
    if folders is None:
        from PySide6.QtCore import QLibraryInfo

        folders = [Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))]
    named = [Path(folder) for folder in environ.get("QT_PLUGIN_PATH", "").split(os.pathsep) if folder]
    return any(any(folder.glob(_PLUGINS)) for folder in (*folders, *named))
