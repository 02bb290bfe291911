"""The runs of `tests/crash.py` that back up and restore."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.backup.service import Backups
from app.clock import SystemClock
from app.live_catalogue import LiveCatalogue
from app.paths import Paths
from app.settings import SettingsFile, SettingsService
from app.store.store import Store
from providers.catalogue_types import Catalogue

BACKUP, OTHER = "all.jieli", "other.jieli"


async def back_up(folder: Path) -> None:
    """Back everything up over and over into one file, while it is written."""
    from tests import crash

    store = await crash.opened(folder)
    writing = asyncio.create_task(crash.write(store))
    while not writing.done():
        written = await _backups(store, folder).write(folder / BACKUP)
        crash.say(backup=str(written.path), messages=written.messages)


async def restore(folder: Path) -> None:
    """Bring in another profile's backup."""
    from tests import crash

    backups = _backups(await crash.opened(folder), folder)
    crash.say(begun=True)
    restored = await backups.restore(folder / OTHER)
    crash.say(merged=restored.merged.messages)
    await asyncio.sleep(60)


def file_and_backup(folder: Path) -> None:
    """A file, and a backup of another one."""
    from tests import crash

    crash.full_file(folder, "other")

    async def main() -> None:
        store = await crash.opened(folder)
        await _backups(store, folder).write(folder / OTHER)
        await store.close()

    asyncio.run(main())
    (folder / "jieli.db").rename(folder / "other.db")
    crash.full_file(folder)


async def compare(name: str, store: Store, folder: Path) -> list[str]:
    """What is not as it should be after a kill."""
    from tests import crash

    backups = _backups(store, folder)
    troubles: list[str] = []
    if name == "backup":
        # What stands there is always a whole one: reading it checks every byte.
        there = await asyncio.to_thread((folder / BACKUP).exists)
        if there and not (await backups.restore(folder / BACKUP)).merged.nothing:
            troubles.append("backup: it holds what the file does not")
        return troubles
    await backups.restore(folder / OTHER)
    if not (await backups.restore(folder / OTHER)).merged.nothing:
        troubles.append("restore: a second restore still finds something")
    if crash.texts(folder / "other.db").items() - crash.texts(folder / "jieli.db").items():
        troubles.append("restore: something of the backup is missing")
    if await asyncio.to_thread(lambda: list(folder.glob("backup-*"))):
        troubles.append("restore: a temporary folder is left")
    return troubles


def _backups(store: Store, folder: Path) -> Backups:
    paths = Paths(folder, folder, folder / "cache")
    return Backups(
        store=store,
        paths=paths,
        settings=SettingsService(SettingsFile(paths.settings_file)),
        catalogue=LiveCatalogue(Catalogue({}, ()), {}),
        has_keys=lambda _provider: False,
        reload=_nothing,
        clock=SystemClock(),
        version="0",
    )


async def _nothing() -> None:
    return
