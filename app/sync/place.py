"""Where change files lie: a folder that some other program carries about, or a WebDAV server.

A file's name tells who wrote it, in which order, and the SHA-256 of what is in it. So a half-written file, a
"conflicted copy" or anything else that lies there is told apart without trusting anybody, and a file once
there never changes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from app.errors import KnownError
from providers.webdav import Trouble, WebdavError, WebdavFolder

R = TypeVar("R")

FOLDER = "jieli-sync"
"""The name of our folder within the one the user chose."""

LARGEST = 1_000_000_000
"""Bytes of a change file that are read; ours have a few millions, or one message's attachments."""

_NAME = re.compile(r"([0-9a-f]{12})-(\d{10})-([0-9a-f]{40})\.jieli")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A change file's name: its device's number `n`, the device, and the digest of its content."""

    n: int
    device: str
    digest: str

    def __str__(self) -> str:
        return f"{self.device}-{self.n:010d}-{self.digest}.jieli"

    @classmethod
    def of(cls, text: str) -> Name | None:
        """The name of a file, None when it is none of ours."""
        found = _NAME.fullmatch(text)
        return cls(int(found[2]), found[1], found[3]) if found else None


def digest(path: Path) -> str:
    """The digest a file's name has to tell. Blocks."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            whole.update(block)
    return whole.hexdigest()[:40]


class Vanished(Exception):  # noqa: N818 - no error: whoever wrote it has put it into another file meanwhile
    """A file that was listed is no longer there."""


class Place(Protocol):
    """All methods raise `KnownError`: one sentence on what is the matter and what to do."""

    async def list(self) -> dict[str, int]:
        """The names of everything there, with sizes; makes the place where it is missing."""
        ...

    async def get(self, name: str, target: Path) -> None:
        """Copy a file from there. Raises `Vanished` when it is no longer there."""
        ...

    async def put(self, name: str, source: Path) -> None:
        """Copy a file to there; afterwards it is there whole."""
        ...

    async def delete(self, name: str) -> None:
        """Remove a file; one that is not there counts as removed."""
        ...


class FolderPlace:
    """A folder below `root`, which the user chose and another program may carry about."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / FOLDER

    async def list(self) -> dict[str, int]:
        return await self._in_thread(self._list)

    async def get(self, name: str, target: Path) -> None:
        def get() -> None:
            try:
                _copy(self._folder / name, target, LARGEST)
            except FileNotFoundError:
                raise Vanished from None

        await self._in_thread(get)

    async def put(self, name: str, source: Path) -> None:
        def put() -> None:
            # Not named like a change file: whoever carries the folder about may carry this one, too.
            part = self._folder / f".{name}.{os.getpid()}.part"
            try:
                shutil.copyfile(source, part)
                with part.open("r+b") as file:
                    os.fsync(file.fileno())
                part.replace(self._folder / name)
            finally:
                with suppress(OSError):
                    part.unlink(missing_ok=True)

        await self._in_thread(put)

    async def delete(self, name: str) -> None:
        await self._in_thread(lambda: (self._folder / name).unlink(missing_ok=True))

    def _list(self) -> dict[str, int]:
        if not self._root.is_dir():
            # An unplugged disk must not be taken for an empty folder and be made anew elsewhere.
            raise KnownError("sync.no_folder", path=self._root)
        self._folder.mkdir(exist_ok=True)
        found: dict[str, int] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    # Whatever else bears such a name can be neither read nor written.
                    if entry.is_file():
                        found[entry.name] = entry.stat().st_size
        return found

    async def _in_thread(self, fn: Callable[[], R]) -> R:
        try:
            return await asyncio.to_thread(fn)
        except OSError as error:
            import errno

            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise KnownError(
                "sync.folder_full" if full else "sync.folder_refused",
                path=self._root,
                reason=error.strerror or error,
            ) from error


def _copy(source: Path, target: Path, largest: int) -> None:
    if source.stat().st_size > largest:
        raise KnownError("sync.too_large", name=source.name)
    shutil.copyfile(source, target)


class WebdavPlace:
    """A folder on a WebDAV server."""

    def __init__(self, folder: WebdavFolder, host: str) -> None:
        self._folder = folder
        self._host = host

    async def list(self) -> dict[str, int]:
        try:
            return await self._folder.list()
        except WebdavError as error:
            if error.trouble != "missing":
                raise self._known(error) from error
        except TimeoutError as error:
            raise self._known(WebdavError("offline", detail="timeout")) from error
        await self._asked(self._folder.make())
        return await self._asked(self._folder.list())

    async def get(self, name: str, target: Path) -> None:
        async def get() -> None:
            try:
                await self._folder.get(name, target, LARGEST)
            except WebdavError as error:
                if error.trouble == "missing":
                    raise Vanished from error
                raise

        await self._asked(get())

    async def put(self, name: str, source: Path) -> None:
        await self._asked(self._folder.put(name, source))

    async def delete(self, name: str) -> None:
        await self._asked(self._folder.delete(name))

    async def _asked(self, answer: Awaitable[R]) -> R:
        try:
            return await answer
        except WebdavError as error:
            raise self._known(error) from error
        except TimeoutError as error:
            raise self._known(WebdavError("offline", detail="timeout")) from error
        except OSError as error:
            raise KnownError("sync.no_temporary", reason=error.strerror or error) from error

    def _known(self, error: WebdavError) -> KnownError:
        return KnownError(
            _SENTENCES[error.trouble], host=self._host, status=error.status, detail=error.detail
        )


_SENTENCES: dict[Trouble, str] = {
    "address": "sync.bad_address",
    "auth": "sync.auth",
    "missing": "sync.missing",
    "full": "sync.full",
    "busy": "sync.busy",
    "offline": "sync.offline",
    "setup": "sync.setup",
    "too_large": "sync.too_large_there",
    "not_webdav": "sync.not_webdav",
    "server": "sync.server",
}
