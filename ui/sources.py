"""Keeps PySide from reading the program's source when it starts."""

from __future__ import annotations

import sys

# Brings in the module that is looked for below.
import PySide6.QtCore  # noqa: F401


def leave_unread() -> None:
    """Import modules without reading their source.

    From its own import on, PySide searches the source of every module that is imported for its name, to know
    where `from __feature__ import …` may hold, and Python's `linecache` keeps all of them: 10 MB, and a tenth
    of the start. Modules without source, as in a package, are taken to use it; so is every one now. To be
    called before the modules are imported. A PySide that does it otherwise is left alone.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", _uses)  # noqa: B010 - no type knows the module


def _uses(_module: object) -> bool:
    return True
