"""Files that step aside: a name that is still free, and moving a broken database out of the way."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from pathlib import Path

_COMPANIONS = ("-wal", "-shm", "-journal")


def free_name(path: Path, word: str, day: datetime) -> Path:
    """`<name>.<word>-<date>` beside `path`, with a number if that is taken."""
    base = f"{path.name}.{word}-{day:%Y-%m-%d}"
    names = (path.with_name(base if n == 1 else f"{base}-{n}") for n in count(1))
    return next(name for name in names if not name.exists())


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
