"""Which processes are alive on this data: each holds a lock file that the system releases when it dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from app.errors import KnownError

_SUFFIX = ".lock"
_OPENING = "opening"
_RETRY_SECONDS = 0.02


class FileLock:
    """An exclusive lock on a file: by `flock`, on Windows on its first byte. Gone when the process is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it. Raises `OSError` when the file cannot be made."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            os.close(fd)
            return False
        except OSError:
            os.close(fd)
            raise
        self._fd = fd
        return True

    def release(self, *, remove: bool = False) -> None:
        """Give the lock up; with `remove` the file goes too."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        if remove and sys.platform != "win32":
            # Before the lock is given up, so that nobody can lock a file that is about to vanish.
            self.path.unlink(missing_ok=True)
        os.close(fd)
        if remove and sys.platform == "win32":
            try:
                self.path.unlink(missing_ok=True)
            except PermissionError:
                return


def task_lock(folder: Path, task: str) -> FileLock:
    """A lock for what only one process at a time may do; its name has a hyphen, an instance's has none."""
    return FileLock(folder / f"task-{task}{_SUFFIX}")


class Instances:
    """This process among the others that use the same data.

    `id` marks what this process is writing. Ids are never used twice, so a missing lock file means that
    its process has ended.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Loaded only here: it would cost the first paint 5 ms.
        from uuid import uuid4

        self.id = uuid4().hex
        self._lock = FileLock(folder / f"{self.id}{_SUFFIX}")

    @contextmanager
    def opening(self, patience: float) -> Generator[None]:
        """Only one process at a time opens, repairs or migrates the data.

        Raises `KnownError` when another one keeps at it for longer than `patience` seconds. Blocks.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.folder / f"{_OPENING}{_SUFFIX}")
        deadline = time.monotonic() + patience
        while not lock.acquire():
            if time.monotonic() > deadline:
                raise KnownError("store.busy_opening", path=self.folder)
            time.sleep(_RETRY_SECONDS)
        try:
            yield
        finally:
            lock.release()

    def claim(self) -> bool:
        """Show that this process lives and clear away what dead ones left. Call it inside `opening`.

        True when a process before us died without saying goodbye.
        """
        crashed = False
        for path in self.folder.glob(f"*{_SUFFIX}"):
            if path.stem == _OPENING or "-" in path.stem:
                continue
            if _clear_if_free(path):
                crashed = True
        self._lock.acquire()
        return crashed

    def alone(self) -> bool:
        """Whether no other process is alive on the data. Call it inside `opening`."""
        return all(
            path.stem in (_OPENING, self.id) or _clear_if_free(path, keep=True)
            for path in self.folder.glob(f"*{_SUFFIX}")
            if "-" not in path.stem
        )

    def is_dead(self, instance: str | None) -> bool:
        """Whether the process of that id has ended. Nobody's work counts as a dead one's."""
        if instance == self.id:
            return False
        if not instance:
            return True
        path = self.folder / f"{instance}{_SUFFIX}"
        if not path.exists():
            return True
        return _clear_if_free(path)

    def leave(self) -> None:
        """Say goodbye: the lock file goes."""
        self._lock.release(remove=True)


def _clear_if_free(path: Path, *, keep: bool = False) -> bool:
    """Remove a lock file nobody holds (with `keep` only look); False when somebody does."""
    lock = FileLock(path)
    try:
        if not lock.acquire():
            return False
    except PermissionError:
        # Another user's, or on Windows one that is being removed this very moment: not ours to judge.
        return False
    lock.release(remove=not keep)
    return True
