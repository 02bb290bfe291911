"""What a backup holds beside the conversations, and how it is brought in: what was set here stays.

Settings and provider files can send keys elsewhere. So an address of a provider that has keys here, and a
provider file whose id is known here, are left out of a restore; and a proxy with a password, and everything
about the sync of this computer, are left out of a backup.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from app.errors import KnownError
from app.settings import Settings
from app.settings_fields import FIELDS

SETTINGS = "settings.json"
PROVIDERS = "providers/"
LARGEST_FILE = 1_000_000
MOST_FILES = 200

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.toml")
_HERE_ONLY = ("sync",)
_ADDRESSES = ("endpoints", "regions")


def settings_part(settings: Settings) -> bytes:
    """The settings that mean something on another computer, as JSON."""
    values = {name: getattr(settings, name) for name in FIELDS if not name.startswith(_HERE_ONLY)}
    if "@" in urlsplit(settings.proxy).netloc:
        del values["proxy"]
    return json.dumps(values, ensure_ascii=False, indent=1, default=dict).encode()


def provider_parts(folder: Path) -> dict[str, bytes]:
    """The user's own provider files. Blocks; what cannot be read is left out by the catalogue, too."""
    found: dict[str, bytes] = {}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if len(found) == MOST_FILES:
                break
            if _NAME.fullmatch(path.name) and path.is_file() and path.stat().st_size <= LARGEST_FILE:
                found[PROVIDERS + path.name] = path.read_bytes()
    return found


@dataclass(frozen=True, slots=True)
class Brought:
    """What of the settings and provider files was taken, by name; `left` counts what was not."""

    settings: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    left: int = 0


def new_settings(
    raw: bytes, current: Settings, has_keys: Callable[[str], bool]
) -> tuple[dict[str, Any], int]:
    """The changes a backup's settings make here, and how many values were left as they are here.

    A setting is taken when it is still as it came; of lists by name those that are missing here.
    """
    try:
        found: object = json.loads(raw)
    except (ValueError, RecursionError):
        return {}, 0
    if not isinstance(found, dict):
        return {}, 0
    values, usual = cast("dict[str, Any]", found), Settings()
    changes: dict[str, Any] = {}
    left = 0
    for name, read in FIELDS.items():
        if name not in values or name.startswith(_HERE_ONLY):
            continue
        try:
            theirs = read(values[name])
        except ValueError:
            continue
        mine = getattr(current, name)
        if theirs == mine:
            continue
        if isinstance(mine, Mapping):
            own = cast("Mapping[str, Any]", mine)
            more = {
                key: value
                for key, value in theirs.items()
                if key not in own and not (name in _ADDRESSES and has_keys(key))
            }
            left += len(theirs.keys() - more.keys() - {k for k in theirs if own.get(k) == theirs[k]})
            if more:
                changes[name] = {**own, **more}
        elif mine == getattr(usual, name):
            changes[name] = theirs
        else:
            left += 1
    return changes, left


def new_providers(
    parts: Mapping[str, bytes], folder: Path, known: Callable[[str], bool]
) -> tuple[tuple[str, ...], int]:
    """Write the provider files that are missing here; their names, and how many were left. Blocks.

    `known(provider id)` says whether such a provider is here already. Raises `KnownError`.
    """
    import tomllib

    taken: list[str] = []
    left = 0
    for part, content in parts.items():
        name = part.removeprefix(PROVIDERS)
        if part == name or not _NAME.fullmatch(name) or len(content) > LARGEST_FILE:
            continue
        target = folder / name
        try:
            ident: object = tomllib.loads(content.decode("utf-8-sig")).get("id")
        except (ValueError, RecursionError):
            left += 1
            continue
        if target.exists() or not isinstance(ident, str) or known(ident):
            left += not (target.is_file() and target.read_bytes() == content)
            continue
        _write(target, content)
        taken.append(name)
    return tuple(taken), left


def _write(target: Path, content: bytes) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise KnownError("backup.not_written", path=target, reason=error.strerror or error) from error
