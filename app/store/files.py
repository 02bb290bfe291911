"""Files that step aside: a name that is still free, and moving a broken database out of the way."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from pathlib import Path

MAGIC = b"SQLite format 3\0"
"""How every SQLite file begins."""

TEMPORARY = ("importing-", "reading-", "backup-", "syncing-")
"""How folders beside the database begin that hold copies of what was said while something is under way."""

_COMPANIONS = ("-wal", "-shm", "-journal")


def free_name(path: Path, word: str, day: datetime) -> Path:
    """`<name>.<word>-<date>` beside `path`, with a number if that is taken."""
    base = f"{path.name}.{word}-{day:%Y-%m-%d}"
    names = (path.with_name(base if n == 1 else f"{base}-{n}") for n in count(1))
    return next(name for name in names if not name.exists())


def damage_mark(path: Path) -> Path:
    """The file that says: damage was found, look before the next use."""
    return path.with_name(path.name + ".damage")


def set_aside(path: Path, day: datetime) -> Path:
    """Rename a damaged database and what belongs to it; the data can still be looked at with other tools.

    Returns where it is now. Raises `OSError` when it cannot be moved.
    """
    target = free_name(path, "damaged", day)
    path.rename(target)
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(target.with_name(target.name + suffix))
    return target


def belongings(path: Path) -> list[Path]:
    """The copies that lie beside the database: damaged ones, those from before updates, halves of either."""
    return [
        file
        for file in path.parent.glob(f"{path.name}.*")
        if file.is_file() and file.name.removeprefix(path.name).startswith((".damage", ".v", ".rebuilding"))
    ]


def put_back(kept: Path, path: Path) -> None:
    """Undo `set_aside`. Raises `OSError` when that cannot be."""
    for suffix in ("", *_COMPANIONS):
        companion = kept.with_name(kept.name + suffix)
        if companion.exists():
            companion.rename(path.with_name(path.name + suffix))


def leftovers(path: Path, before: float | None = None) -> list[Path]:
    """Temporary folders of ours beside the database, with `before` only those as old as that: whoever made
    them was killed."""
    return [
        folder
        for prefix in TEMPORARY
        for folder in path.parent.glob(f"{prefix}*")
        if folder.is_dir() and (before is None or folder.stat().st_mtime < before)
    ]
