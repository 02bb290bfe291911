"""One round of syncing: read what others wrote, then write what the place lacks, then tidy up.

Each computer only ever adds files of its own and removes its own; nobody's file is changed. A round can end
after any step: whatever was not noted as done is done again, and doing it again changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from app.backup import bundle
from app.backup.sealed import HEADER, Keyring, is_encrypted
from app.clock import Clock
from app.errors import KnownError
from app.store.migrations import MIGRATIONS
from app.store.store import Store
from app.store.sync_pack import join
from app.sync.place import Name, Place, Vanished, digest

_log = logging.getLogger(__name__)

CHANGES, ABOUT = "changes.db", "about.json"
FORMAT = 1

SMALL, MANY = 1_000_000, 24
"""So many own files below this size (bytes) become one."""

_TEMPORARY = "syncing-"
_MOST_FILES = 5_000_000_000
_NOT_OURS = ("backup.damaged", "store.foreign_source", "store.not_a_database")

SKEW = 600.0
"""Seconds another computer's clock may be ahead before the user hears of it."""


@dataclass(slots=True)
class Done:
    """What a round did. `waiting` files are not whole yet; `ahead` = how many seconds another computer's
    clock is ahead, 0 when none is."""

    read: int = 0
    written: int = 0
    came: int = 0
    changed: int = 0
    went: int = 0
    waiting: int = 0
    ahead: float = 0.0

    def counts(self) -> dict[str, int | float]:
        """By name, for a report."""
        return asdict(self)


class Round:
    """Syncs `store` with `place` once. `device` is this profile's name there, 12 hexadecimal digits; `salt`
    goes with the passphrase behind `keyring`."""

    def __init__(
        self,
        store: Store,
        place: Place,
        *,
        device: str,
        keyring: Keyring,
        salt: bytes,
        folder: Path,
        clock: Clock,
        step: Callable[[Done], None] | None = None,
    ) -> None:
        self._store = store
        self._place = place
        self._device = device
        self._keyring = keyring
        self._salt = salt
        self._folder = folder
        self._clock = clock
        self._step = step
        self._done = Done()
        self._plain: list[str] = []

    async def run(self) -> Done:
        """Do it, as the only one on this profile. Raises `KnownError`; what was done by then stays done."""
        await asyncio.to_thread(self._clear)
        listed = await self._place.list()
        there = sorted(name for name in map(Name.of, listed) if name is not None)
        known = await self._store.sync_files()
        if known and not any(str(name) in known for name in there):
            await self._store.sync_forget_place()
            known = {}
        lost = [n for n in known if n not in listed]
        mine_lost = [n for n in lost if (name := Name.of(n)) and name.device == self._device]
        if mine_lost:
            # Somebody has removed what only we could have: everything goes there once more.
            await self._store.sync_forget_place()
            known = {}
        elif lost:
            await self._store.sync_forget_files(lost)
        newer = await self._read_all([name for name in there if str(name) not in known], listed)
        await self._store.sync_settle()
        if await self._store.sync_wanting():
            # Something that was removed here is needed after all: files that were read before have it.
            newer = await self._read_all(there, listed) or newer
            await self._store.sync_looked_for()
            await self._store.sync_settle()
        await self._write(self._last(there))
        for name in self._plain:
            await self._place.delete(name)
        await self._tidy()
        if newer is not None:
            raise newer
        return self._done

    def _clear(self) -> None:
        """Remove what a killed round has left. Blocks."""
        for old in self._folder.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(old, ignore_errors=True)

    async def _read_all(self, names: Iterable[Name], sizes: Mapping[str, int]) -> KnownError | None:
        """Read these files; what one of a newer program has to be told."""
        newer: KnownError | None = None
        for name in names:
            try:
                await self._read(name, sizes[str(name)])
            except KnownError as error:
                if error.key not in ("sync.newer", "backup.newer", "store.newer"):
                    raise
                newer = KnownError("sync.newer")
        return newer

    async def _read(self, name: Name, size: int) -> None:
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=self._folder) as temporary:
            folder = Path(temporary)
            fetched = folder / "fetched"
            try:
                await self._place.get(str(name), fetched)
            except Vanished:
                # Its content is in another file by now, which is listed the next time.
                self._done.waiting += 1
                return
            if await asyncio.to_thread(digest, fetched) != name.digest:
                # Still on its way, or broken on it; it is looked at again in the next round.
                self._done.waiting += 1
                return
            changes = await asyncio.to_thread(self._opened, fetched, folder)
            if changes is None:
                _log.warning("%s is no change file of ours", name)
                self._done.waiting += 1
                return
            plain = (
                bool(self._keyring)
                and name.device == self._device
                and await asyncio.to_thread(_open, fetched)
            )
            if plain:
                # From before there was a passphrase: what is in it goes there anew, then it goes.
                self._plain.append(str(name))
            try:
                merged = await self._store.sync_read(changes, str(name), size, known=not plain)
            except KnownError as error:
                if error.key not in _NOT_OURS:
                    raise
                # One odd file must not keep all others from being read.
                _log.warning("%s: %s", name, error)
                self._done.waiting += 1
                return
        self._done.read += 1
        self._done.came += merged.messages
        self._done.changed += merged.changed + merged.improved + merged.conversations + merged.assistants
        self._tell()

    def _opened(self, fetched: Path, folder: Path) -> Path | None:
        """The database in a fetched file. Blocks. Raises `KnownError` when we cannot or must not read it."""
        with fetched.open("rb") as file:
            if is_encrypted(file.read(HEADER)) and not self._keyring:
                raise KnownError("sync.needs_passphrase")
        try:
            parts = bundle.read(fetched, self._keyring, folder, frozenset({CHANGES}))
        except KnownError as error:
            if error.key == "backup.wrong_passphrase":
                raise KnownError("sync.wrong_passphrase") from error
            if error.key in ("backup.not_one", "backup.damaged"):
                return None
            raise
        try:
            found: object = json.loads(parts.small.get(ABOUT, b"null"))
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict) or CHANGES not in parts.large:
            return None
        about = cast("dict[str, object]", found)
        version, schema, at = (about.get(n) for n in ("format", "schema", "at"))
        if not isinstance(version, int) or not isinstance(schema, int):
            return None
        if version > FORMAT or schema > len(MIGRATIONS):
            raise KnownError("sync.newer")
        if isinstance(at, int | float) and at - self._clock.now() > SKEW:
            self._done.ahead = max(self._done.ahead, at - self._clock.now())
        return parts.large[CHANGES]

    async def _write(self, last: int) -> None:
        await self._store.sync_look()
        more = True
        while more:
            with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=self._folder) as temporary:
                folder = Path(temporary)
                changes = folder / "changes.db"
                packed = await self._store.sync_pack(changes)
                more = packed.more
                if not packed.rows:
                    return
                last += 1
                name, sealed = await self._seal(changes, folder, last)
                await self._place.put(str(name), sealed)
                await self._store.sync_written(changes, str(name), sealed.stat().st_size)
            self._done.written += 1
            self._done.went += packed.messages
            self._tell()

    async def _tidy(self) -> None:
        """Make one file of many small ones of ours; the old ones go when the new one is there."""
        files = await self._store.sync_files()
        small = sorted(
            name
            for text, size in files.items()
            if size < SMALL and (name := Name.of(text)) is not None and name.device == self._device
        )
        if len(small) < MANY:
            return
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=self._folder) as temporary:
            folder = Path(temporary)
            opened: list[Path] = []
            for n, name in enumerate(small):
                own = folder / str(n)
                own.mkdir()
                fetched = own / "fetched"
                try:
                    await self._place.get(str(name), fetched)
                except Vanished:
                    return
                if await asyncio.to_thread(digest, fetched) != name.digest:
                    return
                found = await asyncio.to_thread(self._opened, fetched, own)
                if found is None:
                    return
                opened.append(found)
            joined = folder / "joined.db"
            await asyncio.to_thread(join, opened, joined)
            last = self._last(n for n in map(Name.of, files) if n is not None)
            name, sealed = await self._seal(joined, folder, last + 1)
            await self._place.put(str(name), sealed)
            await self._store.sync_replaced(str(name), sealed.stat().st_size, [str(old) for old in small])
        for old in small:
            await self._place.delete(str(old))

    def _last(self, names: Iterable[Name]) -> int:
        """The highest number of our files; one nobody can have reached would leave none for the next."""
        return max((n.n for n in names if n.device == self._device and n.n < _MOST_FILES), default=0)

    async def _seal(self, changes: Path, folder: Path, n: int) -> tuple[Name, Path]:
        sealed = folder / "sealed"
        about = {"format": FORMAT, "schema": len(MIGRATIONS), "at": self._clock.now()}

        def seal() -> str:
            held = self._keyring.lock(self._salt) if self._keyring else None
            bundle.write(sealed, held, {ABOUT: json.dumps(about).encode()}, {CHANGES: changes})
            return digest(sealed)

        return Name(n, self._device, await asyncio.to_thread(seal)), sealed

    def _tell(self) -> None:
        if self._step is not None:
            self._step(self._done)


def _open(fetched: Path) -> bool:
    """Whether anybody can read a file. Blocks."""
    with fetched.open("rb") as file:
        return not is_encrypted(file.read(HEADER))
