"""Where things lie on disk: settings, conversations, what can be thrown away."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import KnownError

_APP = "jieli"


@dataclass(frozen=True, slots=True)
class Paths:
    """The three folders and what is in them. Nothing is created before `ensure`."""

    config: Path
    data: Path
    cache: Path

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.json"

    @property
    def user_providers(self) -> Path:
        """Folder of the user's own provider files; it may not exist."""
        return self.config / "providers"

    @property
    def database_file(self) -> Path:
        return self.data / "jieli.db"

    @property
    def locks(self) -> Path:
        """Folder of the lock files by which running processes know each other."""
        return self.data / "running"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def state_file(self) -> Path:
        """The window's place and size: nice to have, never worth an error."""
        return self.data / "window.json"

    @property
    def socket_name(self) -> str:
        """The name by which a second window finds the first one on the same data; short, since Unix socket
        paths are limited to about a hundred characters."""
        return f"{_APP}-{zlib.crc32(os.fsencode(self.data.absolute())):08x}"

    def ensure(self) -> None:
        """Create the folders, for this user only. Raises `KnownError` naming the one that cannot be used."""
        for folder in (self.config, self.data, self.cache):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise KnownError("store.no_folder", path=folder, reason=error.strerror or error) from error
            if not os.access(folder, os.W_OK | os.X_OK):
                raise KnownError("store.folder_read_only", path=folder)


def locate(home: Path | None, environ: Mapping[str, str], platform: str = sys.platform) -> Paths:
    """The folders for this run: all under `home` (or `JIELI_HOME`), else where the system wants them.

    Raises `KnownError` when the user has no home folder at all.
    """
    chosen = home or (Path(value) if (value := environ.get("JIELI_HOME", "").strip()) else None)
    if chosen is not None:
        root = _absolute(chosen)
        return Paths(root, root, root / "cache")
    if platform == "win32":
        roaming = _folder(environ, "APPDATA") or _user_home(environ) / "AppData" / "Roaming"
        local = _folder(environ, "LOCALAPPDATA") or _user_home(environ) / "AppData" / "Local"
        return Paths(roaming / "Jieli", local / "Jieli", local / "Jieli" / "cache")
    if platform == "darwin":
        library = _user_home(environ) / "Library"
        support = library / "Application Support" / "Jieli"
        return Paths(support, support, library / "Caches" / "Jieli")
    return Paths(
        (_folder(environ, "XDG_CONFIG_HOME") or _user_home(environ) / ".config") / _APP,
        (_folder(environ, "XDG_DATA_HOME") or _user_home(environ) / ".local" / "share") / _APP,
        (_folder(environ, "XDG_CACHE_HOME") or _user_home(environ) / ".cache") / _APP,
    )


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    """An absolute folder from the environment; relative ones are ignored, as the XDG specification asks."""
    path = Path(environ.get(name, ""))
    return path if path.is_absolute() else None


def _user_home(environ: Mapping[str, str]) -> Path:
    for name in ("HOME", "USERPROFILE"):
        if (found := _folder(environ, name)) is not None:
            return found
    try:
        return Path.home()
    except RuntimeError as error:
        raise KnownError("store.no_home") from error


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise KnownError("store.no_folder", path=path, reason=error) from error
