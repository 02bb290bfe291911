"""Files that are there whole or not at all: written under another name, then put in place.

Everything here blocks and belongs on a worker thread. What the system refuses is raised as `KnownError`.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app.errors import KnownError

_BUFFER = 1 << 20


@contextmanager
def told(path: Path) -> Generator[None]:
    """What the system refuses about `path`, as a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KnownError("export.disk_full", path=path) from error
        if error.errno == errno.ENAMETOOLONG:
            raise KnownError("export.name_too_long", path=path) from error
        raise KnownError("export.refused", path=path, reason=error.strerror or error) from error
    except ValueError as error:
        # A NUL within the name.
        raise KnownError("export.refused", path=str(path).replace("\0", "�"), reason=error) from error


def check_place(path: Path, *, folder: bool, force: bool) -> None:
    """Whether something can be put at `path`; raises `KnownError` before any work is done."""
    with told(path):
        if not path.parent.is_dir():
            raise KnownError("export.no_folder", path=path.parent)
        if not os.path.lexists(path):
            return
        if path.is_dir() != folder:
            raise KnownError("export.is_file" if folder else "export.is_folder", path=path)
        if not force and not (folder and not any(path.iterdir())):
            raise KnownError("export.exists", path=path)


class StagedFile:
    """One file. `file` is what is written to, `temporary` where it lies until `put` or `drop`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".jieli-{uuid.uuid4().hex[:12]}.part")
        with told(path):
            self.file: BinaryIO = self.temporary.open("xb", buffering=_BUFFER)

    def put(self, *, force: bool) -> None:
        """Put the finished file in its place. Raises `KnownError` when another took it meanwhile."""
        with told(self.path):
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            if not force and os.path.lexists(self.path):
                raise KnownError("export.exists", path=self.path)
            self.temporary.replace(self.path)

    def drop(self) -> None:
        """Leave nothing behind; after `put` this does nothing."""
        # What could not be written is thrown away anyway.
        with suppress(OSError):
            self.file.close()
        self.temporary.unlink(missing_ok=True)


class StagedFolder:
    """Files built in a folder beside their place. `folder` is where they are made; then `put` or `drop`.

    `into` = they are put into `path`, which is there, each by itself, rather than as a folder of that name.
    """

    def __init__(self, path: Path, *, into: bool = False) -> None:
        self.path = path
        self.folder = (path if into else path.parent) / f".jieli-{uuid.uuid4().hex[:12]}.part"
        with told(path):
            self.folder.mkdir()

    def put(self) -> None:
        """Put everything in its place. Files of the same names are replaced, others that are there stay."""
        with told(self.path):
            if not os.path.lexists(self.path):
                self.folder.rename(self.path)
                return
            for file in sorted(p for p in self.folder.rglob("*") if p.is_file()):
                target = self.path / file.relative_to(self.folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)
        self.drop()

    def drop(self) -> None:
        """Leave nothing behind; after `put` this does nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
