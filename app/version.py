"""The one version number, read from where it stands: `pyproject.toml`, or the installed metadata."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """The version of this program; `0` when neither source is there."""
    source = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if source.is_file():
        import tomllib

        return str(tomllib.loads(source.read_text(encoding="utf-8"))["project"]["version"])
    from importlib import metadata

    try:
        return metadata.version("jieli")
    except metadata.PackageNotFoundError:
        return "0"
