"""Fetched provider files on disk: one folder an update, a stack of them, the newest in force.

All functions block and belong in a worker thread. `root` holds the folders and `state.json`, which names
them from the oldest to the one in force; undoing takes the last one off.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import cast

from app.errors import KnownError

LARGEST = 4_000_000
"""Bytes of a download."""
_UNPACKED = 8_000_000
_ONE_FILE = 1_000_000
_MOST_FILES = 200
KEPT = 5
"""So many updates can be undone."""


def in_force(root: Path) -> Path | None:
    """The folder of the update in force, None while there is none."""
    stack = _stack(root)
    return root / stack[-1] if stack else None


def unpacked(data: bytes) -> dict[str, bytes]:
    """The provider files in a download: a `.zip` of `.toml` files in any folders, or one such file.

    Raises `KnownError` for anything else, and for what would unpack to too much.
    """
    if not data.startswith(b"PK"):
        if len(data) > _ONE_FILE:
            raise KnownError("updates.too_large")
        return {"provider.toml": data}
    import zipfile
    import zlib

    found: dict[str, bytes] = {}
    room = _UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                name = PurePosixPath(entry.filename).name
                if entry.is_dir() or not name.endswith(".toml") or name.startswith("."):
                    continue
                with archive.open(entry) as file:
                    content = file.read(min(room, _ONE_FILE) + 1)
                room -= len(content)
                if room < 0 or len(content) > _ONE_FILE or len(found) >= _MOST_FILES:
                    raise KnownError("updates.too_large")
                found[_free(name, found)] = content
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise KnownError("updates.not_a_file") from error
    if not found:
        raise KnownError("updates.nothing_inside")
    return found


def stage(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files where nobody reads them yet. Raises `KnownError`."""
    folder = root / "incoming"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise KnownError("updates.not_written", path=root, reason=error.strerror or error) from error
    return folder


def put_in_force(root: Path, accepted: Mapping[str, Path]) -> None:
    """Make the accepted files (provider id → staged file) the newest update, on top of what was in force
    for other providers. Raises `KnownError`; then nothing has changed."""
    stack = _stack(root)
    name = f"{max((int(n) for n in stack), default=0) + 1:04d}"
    folder = root / name
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if stack:
            for path in (root / stack[-1]).glob("*.toml"):
                shutil.copyfile(path, folder / path.name)
        for provider, path in accepted.items():
            shutil.copyfile(path, folder / f"{provider}.toml")
        _write(root, [*stack, name][-KEPT:])
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise KnownError("updates.not_written", path=root, reason=error.strerror or error) from error
    for old in [*stack, name][:-KEPT]:
        shutil.rmtree(root / old, ignore_errors=True)
    shutil.rmtree(root / "incoming", ignore_errors=True)


def undo(root: Path) -> bool:
    """Take the newest update back; False when there is none. Raises `KnownError`."""
    stack = _stack(root)
    if not stack:
        return False
    try:
        _write(root, stack[:-1])
    except OSError as error:
        raise KnownError("updates.not_written", path=root, reason=error.strerror or error) from error
    shutil.rmtree(root / stack[-1], ignore_errors=True)
    return True


def _stack(root: Path) -> list[str]:
    try:
        found: object = json.loads((root / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    names = [str(name) for name in cast("list[object]", found)] if isinstance(found, list) else []
    return [name for name in names if name.isdecimal() and (root / name).is_dir()]


def _write(root: Path, stack: list[str]) -> None:
    part = root / f"state.json.{os.getpid()}.part"
    try:
        part.write_text(json.dumps(stack), encoding="utf-8")
        part.replace(root / "state.json")
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def _free(name: str, taken: Mapping[str, bytes]) -> str:
    stem, number = name.removesuffix(".toml"), 2
    while name in taken:
        name, number = f"{stem}-{number}.toml", number + 1
    return name
