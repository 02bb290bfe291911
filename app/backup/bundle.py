"""Named parts in one sealed file, written and read in one go without holding a part in memory."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from app.backup.sealed import Keyring, Lock, Reader, Writer
from app.errors import KnownError

SMALL = 4_000_000
"""Bytes of a part that is held in memory."""
_MOST = 500
_MOST_HELD = 64_000_000
_LONGEST_NAME = 65_536
_BLOCK = 1 << 20

_CONTENT = (tarfile.REGTYPE, tarfile.AREGTYPE)

Tell = Callable[[int, int], None]


def write(
    target: Path,
    held: Lock | None,
    small: Mapping[str, bytes],
    large: Mapping[str, Path],
    tell: Tell | None = None,
) -> None:
    """Write the file whole or not at all, replacing what is there; `tell(bytes done, bytes in all)`. Blocks.

    Raises `KnownError` when the disk is full or refuses; what stood there before stays then.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    total = sum(path.stat().st_size for path in large.values())
    try:
        with part.open("wb") as file:
            if os.name == "posix":
                part.chmod(0o600)
            writer = Writer(file, held)
            # The stream form of the archive asks for `write` only.
            with tarfile.open(fileobj=cast("BinaryIO", writer), mode="w|") as archive:
                for name, content in small.items():
                    archive.addfile(_entry(name, len(content)), BytesIO(content))
                for name, path in large.items():
                    with path.open("rb") as source:
                        size = path.stat().st_size
                        archive.addfile(_entry(name, size), _Told(source, total, tell))
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise KnownError("backup.not_written", path=target, reason=error.strerror or error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@dataclass(slots=True)
class Parts:
    """What was in a file: small parts as bytes, large ones as files in the folder given."""

    small: dict[str, bytes] = field(default_factory=dict[str, bytes])
    large: dict[str, Path] = field(default_factory=dict[str, Path])


def read(
    source: Path, keyring: Keyring, folder: Path, large: frozenset[str], tell: Tell | None = None
) -> Parts:
    """Everything in the file, after all of it was seen to be whole; `large` names what goes to `folder`.

    Names lead nowhere: only those in `large` become files, under a name of ours. Blocks. Raises `KnownError`.
    """
    found = Parts()
    held = 0
    try:
        total = source.stat().st_size
        with source.open("rb") as file:
            reader = Reader(file, keyring)
            with tarfile.open(fileobj=cast("BinaryIO", reader), mode="r|", tarinfo=_Entry) as archive:
                for entry in archive:
                    if len(found.small) + len(found.large) >= _MOST:
                        raise KnownError("backup.damaged")
                    content = archive.extractfile(entry) if entry.isreg() else None
                    if content is None:
                        continue
                    if entry.name in large:
                        path = folder / f"part-{len(found.large)}"
                        with path.open("wb") as out:
                            while block := content.read(_BLOCK):
                                out.write(block)
                                if tell is not None:
                                    tell(file.tell(), total)
                        found.large[entry.name] = path
                    elif 0 <= entry.size <= SMALL and held + entry.size <= _MOST_HELD:
                        found.small[entry.name] = content.read()
                        held += entry.size
            reader.drain()
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise KnownError("backup.damaged") from error
    except OSError as error:
        raise KnownError("backup.unreadable", path=source, reason=error.strerror or error) from error
    return found


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    return entry


class _Entry(tarfile.TarInfo):
    """An entry whose further headers (long names and the like), which are read at once, are short."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Entry:
        found = super().frombuf(buf, encoding, errors)
        # Only these hold content of the archive's own; folders and links have none.
        if found.type not in _CONTENT and found.size > _LONGEST_NAME:
            raise tarfile.HeaderError("a header without end")
        return found


class _Told:
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, total: int, tell: Tell | None) -> None:
        self._file = file
        self._total = total
        self._tell = tell

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        if self._tell is not None:
            self._tell(self._file.tell(), self._total)
        return found


def room(folder: Path, size: int) -> None:
    """Raise `KnownError` when the disk of `folder` has no room for so many bytes."""
    if shutil.disk_usage(folder).free < size:
        raise KnownError("backup.no_room", path=folder)
