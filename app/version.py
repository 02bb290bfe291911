"""The one version number, read from where it stands: `pyproject.toml`, or the installed metadata."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """The version of this program; `0` when neither source is there."""
    source = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if source.is_file():
        # A search instead of a parse: this is on the way to the window, and the parser takes milliseconds.
        found = re.search(r'^version = "([^"]+)"', source.read_text(encoding="utf-8"), re.MULTILINE)
        if found is not None:
            return found[1]
    from importlib import metadata

    try:
        return metadata.version("jieli")
    except metadata.PackageNotFoundError:
        return "0"
