"""What an export comes in: a file, a ZIP, a gzip file or a folder; nothing is ever unpacked to a path."""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from app.errors import KnownError

MOST_FILES = 200_000
MOST_DIRECTORY = 24 * 1024 * 1024
"""Bytes of a ZIP's table of contents; Python holds about ten times as many in memory."""

MOST_UNPACKED = 8 * 1024**3
MOST_RATIO = 200
"""Chats shrink to a fifth; nothing that people say shrinks to a two-hundredth."""

SMALL = 64 * 1024 * 1024
"""What unpacks to less than this is no bomb whatever its ratio."""

MOST_PART = 32 * 1024 * 1024
"""Bytes of one picture or file."""

_COPY = 1024 * 1024
_SPARE = 200 * 1024 * 1024

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, lzma.LZMAError, struct.error, gzip.BadGzipFile)
"""How a damaged ZIP or gzip file shows."""


class Box(Protocol):
    """A set of named files to read."""

    def names(self) -> list[str]:
        """The names, with `/` between folders."""
        ...

    def size(self, name: str) -> int:
        """How many bytes it has, unpacked."""
        ...

    def open(self, name: str) -> BinaryIO:
        """A stream of it from its beginning."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class FileBox:
    """One plain file, or one packed by gzip."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        self._path, self._packed = path, packed

    def names(self) -> list[str]:
        return [self._path.name]

    def size(self, name: str) -> int:
        size = self._path.stat().st_size
        return min(size * MOST_RATIO, MOST_UNPACKED) if self._packed else size

    def open(self, name: str) -> BinaryIO:
        return cast("BinaryIO", gzip.open(self._path, "rb")) if self._packed else self._path.open("rb")

    def close(self) -> None:
        pass


class FolderBox:
    """The files below a folder that really lie there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[str, Path] = {}
        for where, _folders, files in os.walk(self._folder):
            for name in files:
                path = Path(where) / name
                if not path.is_symlink() and path.is_file():
                    self._files[path.relative_to(self._folder).as_posix()] = path
            if len(self._files) > MOST_FILES:
                raise KnownError("import.too_many", path=folder)

    def names(self) -> list[str]:
        return list(self._files)

    def size(self, name: str) -> int:
        return self._files[name].stat().st_size

    def open(self, name: str) -> BinaryIO:
        return self._files[name].open("rb")

    def close(self) -> None:
        pass


class ZipBox:
    """The files of a ZIP. Raises `KnownError` for one that is made to harm or cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if _directory_size(path) > MOST_DIRECTORY:
            raise KnownError("import.too_many", path=path)
        self._zip = zipfile.ZipFile(path)
        self._infos = {i.filename.replace("\\", "/"): i for i in self._zip.infolist() if not i.is_dir()}

    def names(self) -> list[str]:
        return list(self._infos)

    def size(self, name: str) -> int:
        return self._infos[name].file_size

    def open(self, name: str) -> BinaryIO:
        info = self._infos[name]
        if info.flag_bits & 1:
            raise KnownError("import.encrypted", path=self._path)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise KnownError("import.damaged", path=self._path)
        size = info.file_size
        if size > MOST_UNPACKED or (size > SMALL and size > MOST_RATIO * max(1, info.compress_size)):
            raise KnownError("import.bomb", path=self._path)
        return cast("BinaryIO", self._zip.open(info))

    def close(self) -> None:
        self._zip.close()


def open_box(path: Path) -> Box:
    """What lies at `path`, by its first bytes. Raises `KnownError`, `OSError` or one of `DAMAGE`."""
    if path.is_dir():
        return FolderBox(path)
    with path.open("rb") as file:
        begin = file.read(4)
    if begin.startswith(b"PK"):
        return ZipBox(path)
    return FileBox(path, packed=begin.startswith(b"\x1f\x8b"))


def read_part(box: Box, name: str) -> bytes | None:
    """A picture or file of a box, None when it is too large."""
    if box.size(name) > MOST_PART:
        return None
    with box.open(name) as file:
        data = file.read(MOST_PART + 1)
    return data if len(data) <= MOST_PART else None


def room(folder: Path) -> int:
    """Bytes that may be written to the disk a folder lies on, some being left to others."""
    return shutil.disk_usage(folder).free - _SPARE


@contextmanager
def seekable(box: Box, name: str, folder: Path) -> Generator[BinaryIO]:
    """The file as one that can be read anywhere: a packed one is unpacked into a nameless file in `folder`.

    Raises `KnownError` when there is no room for it or it unpacks to more than it can be.
    """
    if isinstance(box, FolderBox) or (isinstance(box, FileBox) and not box._packed):  # pyright: ignore[reportPrivateUsage] - both are of this module
        with box.open(name) as file:
            yield file
        return
    with tempfile.TemporaryFile(dir=folder) as copy:
        most = min(box.size(name), room(folder))
        with box.open(name) as file:
            while piece := file.read(_COPY):
                if copy.tell() + len(piece) > max(most, SMALL):
                    full = most < box.size(name)
                    raise KnownError("import.no_room" if full else "import.bomb", path=name)
                copy.write(piece)
        yield cast("BinaryIO", copy)


def _directory_size(path: Path) -> int:
    """Bytes of a ZIP's table of contents as its end tells; 0 when there is no end to be found."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 65_557 - 20 - 56))
        tail = file.read()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) < found + 22:
        return 0
    told = int.from_bytes(tail[found + 12 : found + 16], "little")
    if told < 0xFFFFFFFF:
        return told
    large = tail.rfind(b"PK\x06\x06")
    return int.from_bytes(tail[large + 40 : large + 48], "little") if large >= 0 else size
