"""Backing up everything into one file, and bringing back what one holds. Keys are never in it."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from app.backup import bundle, contents
from app.backup.contents import Brought
from app.backup.sealed import HEADER, Keyring, is_encrypted
from app.clock import Clock
from app.errors import KnownError
from app.live_catalogue import LiveCatalogue
from app.paths import Paths
from app.settings import SettingsService
from app.store.copying import Stopped, copy_out
from app.store.files import MAGIC as SQLITE
from app.store.instances import task_lock
from app.store.merge import Merged
from app.store.store import Store

if TYPE_CHECKING:
    from app.core import Core

DATABASE, ABOUT = "jieli.db", "about.json"
FORMAT = 1
_TEMPORARY = "backup-"

Progress = Callable[[float], None]
"""Hears how much is done, from 0 to 1; called in the loop's thread."""

T = TypeVar("T")
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A finished backup. `size` in bytes; counts are of what is in it."""

    path: Path
    size: int
    conversations: int
    messages: int
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought."""

    merged: Merged
    brought: Brought = field(default_factory=Brought)


class Backups:
    """`has_keys(provider)` and `reload` (the provider files have changed) belong to the core."""

    def __init__(
        self,
        *,
        store: Store,
        paths: Paths,
        settings: SettingsService,
        catalogue: LiveCatalogue,
        has_keys: Callable[[str], bool],
        reload: Callable[[], Awaitable[object]],
        clock: Clock,
        version: str,
    ) -> None:
        self._store = store
        self._paths = paths
        self._settings = settings
        self._catalogue = catalogue
        self._has_keys = has_keys
        self._reload = reload
        self._clock = clock
        self._version = version

    async def write(self, target: Path, passphrase: str = "", progress: Progress | None = None) -> Written:
        """Write everything into `target`, replacing it only when the new one is whole.

        Cancelled, it leaves what stood there before. Raises `KnownError`: no room, refused, or another backup
        or restore is running.
        """
        settings = contents.settings_part(self._settings.current)
        return await _stoppable(lambda tell: self._write(target, passphrase, settings, tell), progress)

    async def restore(self, source: Path, passphrase: str = "", progress: Progress | None = None) -> Restored:
        """Bring in what a backup, a snapshot or another database of ours holds; nothing here is undone.

        Doing it twice changes nothing the second time; cancelled, it keeps what is in by then. Raises
        `KnownError`.
        """

        def merging(done: int, total: int) -> None:
            if progress is not None:
                progress(0.5 + 0.5 * done / total if total else 1.0)

        if await asyncio.to_thread(_begins, source, len(SQLITE)) == SQLITE:
            return Restored(await self._store.merge_from(source, merging))
        with_folder = self._folder()
        folder = await asyncio.to_thread(with_folder.__enter__)
        try:
            large = frozenset({DATABASE})
            parts = await _stoppable(
                lambda tell: bundle.read(source, Keyring(passphrase), folder, large, tell), progress
            )
            _check(parts)
            merged = await self._store.merge_from(parts.large[DATABASE], merging)
            return Restored(merged, await self._bring(parts))
        finally:
            await asyncio.shield(asyncio.to_thread(with_folder.__exit__, None, None, None))

    async def encrypted(self, source: Path) -> bool:
        """Whether a file needs a passphrase. Raises `KnownError` when it cannot be read."""
        return bool(is_encrypted(await asyncio.to_thread(_begins, source, HEADER)))

    async def _bring(self, parts: bundle.Parts) -> Brought:
        changes, left = contents.new_settings(
            parts.small.get(contents.SETTINGS, b"{}"), self._settings.current, self._has_keys
        )
        if changes:
            self._settings.change_by_itself(**changes)
        taken, kept = await asyncio.to_thread(
            contents.new_providers, parts.small, self._paths.user_providers, self._knows
        )
        if taken:
            await self._reload()
        return Brought(tuple(changes), taken, left + kept)

    def _knows(self, provider: str) -> bool:
        return self._catalogue.spec(provider) is not None

    def _write(self, target: Path, passphrase: str, settings: bytes, tell: Tell) -> Written:
        with self._folder() as folder:
            try:
                size = self._paths.database_file.stat().st_size
                bundle.room(folder, size)
                copy = folder / "copy.db"
                counts = copy_out(self._paths.database_file, copy, lambda: tell(0, 1))
                held = Keyring(passphrase).lock() if passphrase else None
                about = {
                    "format": FORMAT,
                    "program": self._version,
                    "made": self._clock.now(),
                    "conversations": counts["conversation"],
                    "messages": counts["message"],
                }
                small = {
                    ABOUT: json.dumps(about).encode(),
                    contents.SETTINGS: settings,
                    **contents.provider_parts(self._paths.user_providers),
                }
                bundle.write(target, held, small, {DATABASE: copy}, tell)
                written = target.stat().st_size
            except OSError as error:
                raise KnownError("backup.not_written", path=target, reason=error.strerror or error) from error
        return Written(target, written, counts["conversation"], counts["message"], bool(passphrase))

    @contextmanager
    def _folder(self) -> Generator[Path]:
        """A folder for this backup or restore alone; what a killed one left is removed first."""
        lock = task_lock(self._paths.locks, "backup")
        if not lock.acquire():
            raise KnownError("backup.busy")
        try:
            for old in self._paths.data.glob(f"{_TEMPORARY}*"):
                if old.is_dir():
                    shutil.rmtree(old, ignore_errors=True)
            with tempfile.TemporaryDirectory(
                prefix=_TEMPORARY, dir=self._paths.data, ignore_cleanup_errors=True
            ) as name:
                yield Path(name)
        except OSError as error:
            path = self._paths.data
            raise KnownError("store.refused", path=path, reason=error.strerror or error) from error
        finally:
            lock.release()


def backups_of(core: Core, clock: Clock, version: str) -> Backups:
    """The backups of an open core."""
    return Backups(
        store=core.store,
        paths=core.paths,
        settings=core.settings,
        catalogue=core.catalogue,
        has_keys=lambda provider: bool(core.keys.records(provider)),
        reload=core.providers.updates.reload,
        clock=clock,
        version=version,
    )


def _check(parts: bundle.Parts) -> None:
    try:
        about: object = json.loads(parts.small.get(ABOUT, b"null"))
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or DATABASE not in parts.large:
        raise KnownError("backup.not_one")
    made = cast("dict[str, object]", about).get("format")
    if not isinstance(made, int) or made > FORMAT:
        raise KnownError("backup.newer")


def _begins(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise KnownError("backup.unreadable", path=path, reason=error.strerror or error) from error


async def _stoppable(job: Callable[[Tell], T], progress: Progress | None) -> T:
    """Do the job in a thread. Cancelled, it is told so where it next tells how far it is, and waited for:
    nothing of it is left when this ends."""
    stop = threading.Event()
    tell = _in_loop(progress)

    def telling(done: int, total: int) -> None:
        if stop.is_set():
            raise Stopped
        tell(done, total)

    working = asyncio.ensure_future(asyncio.to_thread(job, telling))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop.set()
        with suppress(Stopped, KnownError):
            await asyncio.shield(working)
        raise


def _in_loop(progress: Progress | None) -> Tell:
    """The first half of the way, told from a thread; seldom enough that nobody drowns in it."""
    loop = asyncio.get_running_loop()
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        step = done * 50 // total if total else 50
        if progress is not None and step != shown:
            shown = step
            loop.call_soon_threadsafe(progress, step / 100)

    return tell
