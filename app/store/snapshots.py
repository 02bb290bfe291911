"""Dated copies of the whole file: one a day, seven days and four weeks of them."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app.errors import KnownError
from app.store.instances import task_lock
from app.store.migrations import snapshot, verify

DAYS, WEEKS = 7, 4

_NAME = re.compile(r"jieli-(\d{4}-\d\d-\d\d)\.db")
_SPARE = 100_000_000
"""Bytes that are to stay free on the disk after a snapshot."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One copy. `size` in bytes."""

    path: Path
    day: date
    size: int


class Snapshots:
    """The folder of snapshots beside the file `source`. Everything here blocks; call it from a thread."""

    def __init__(self, source: Path, locks: Path) -> None:
        self.source = source
        self.folder = source.parent / "snapshots"
        self._locks = locks

    def all(self) -> list[Snapshot]:
        """The snapshots there are, newest first."""
        found: list[Snapshot] = []
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if (match := _NAME.fullmatch(path.name)) and (day := _day(match[1])):
                    found.append(Snapshot(path, day, path.stat().st_size))
        found.sort(key=lambda s: s.day, reverse=True)
        return found

    def is_due(self, now: float) -> bool:
        """Whether today has none yet and something was written since the newest one."""
        today = datetime.fromtimestamp(now).date()
        # One of the future was dated by a clock that was wrong, and says nothing about what came since.
        taken = [s for s in self.all() if s.day <= today]
        if not taken:
            return self.source.is_file()
        return taken[0].day != today and self._written() > taken[0].path.stat().st_mtime

    def take(self, now: float, watch: Callable[[sqlite3.Connection], None] | None = None) -> Snapshot | None:
        """Copy the file as it is now and drop copies that are too many.

        `watch` gets the connection, so that another thread can `interrupt` it. None when another process is
        at it. Raises `KnownError` when the disk has no room; `sqlite3.Error` or `OSError` when the file
        cannot be read or the copy not be written or is not sound.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        today = datetime.fromtimestamp(now).date()
        lock = task_lock(self._locks, "snapshot")
        if not lock.acquire():
            return None
        try:
            if shutil.disk_usage(self.folder).free < self._size() + _SPARE:
                raise KnownError("store.no_room_for_snapshot", path=self.folder)
            target = self.folder / f"jieli-{today.isoformat()}.db"
            # A connection of its own: readers of a write-ahead log keep nobody from writing.
            with closing(sqlite3.connect(self.source, isolation_level=None, timeout=5)) as db:
                if watch is not None:
                    watch(db)
                snapshot(db, target)
            target.chmod(0o600)
            # Those of the future stay until their day comes: either the clock is wrong now, or it was then.
            for old in outdated([s.day for s in self.all() if s.day <= today]):
                (self.folder / f"jieli-{old.isoformat()}.db").unlink(missing_ok=True)
        finally:
            lock.release()
        return Snapshot(target, today, target.stat().st_size)

    def newest_good(self, now: float) -> Path | None:
        """The newest snapshot that is sound; one dated after now only where there is no other."""
        today = datetime.fromtimestamp(now).date()
        for taken in sorted(self.all(), key=lambda s: s.day > today):
            try:
                verify(taken.path)
            except (sqlite3.Error, OSError):
                continue
            return taken.path
        return None

    def _size(self) -> int:
        log = self.source.with_name(self.source.name + "-wal")
        return self.source.stat().st_size + (log.stat().st_size if log.exists() else 0)

    def _written(self) -> float:
        log = self.source.with_name(self.source.name + "-wal")
        times = [path.stat().st_mtime for path in (self.source, log) if path.exists()]
        return max(times, default=0.0)


def outdated(days: Sequence[date]) -> list[date]:
    """Which of these days' snapshots go: all but the newest seven and one of each of four weeks before."""
    newest = sorted(days, reverse=True)
    kept = set(newest[:DAYS])
    weeks: set[tuple[int, int]] = set()
    for day in newest[DAYS:]:
        week = day.isocalendar()[:2]
        if week not in weeks and len(weeks) < WEEKS:
            weeks.add(week)
            kept.add(day)
    return [day for day in newest if day not in kept]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
