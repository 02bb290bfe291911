"""Delete everything, really: what was said, its copies, what was cached and logged; keys if wanted."""

from __future__ import annotations

import asyncio
import shutil

from app.errors import KnownError
from app.keys import KeyService
from app.paths import Paths
from app.store.store import Store


async def erase_everything(store: Store, paths: Paths, keys: KeyService, *, with_keys: bool) -> None:
    """Leave nothing of the user's behind but the settings; the program can go on at once.

    `with_keys` also removes every key from the system's keyring: a consent of its own, since keys cannot be
    had back. Raises `KnownError` when something could not be removed; what was removed by then is gone.
    """
    if with_keys:
        for record in keys.records():
            await keys.remove(record.id)
    await store.erase_all(keys=with_keys)
    try:
        await asyncio.to_thread(_files, paths)
    except OSError as error:
        raise KnownError("store.refused", path=paths.data, reason=error.strerror or error) from error


def _files(paths: Paths) -> None:
    if paths.cache.is_dir():
        shutil.rmtree(paths.cache)
        paths.cache.mkdir(mode=0o700)
    paths.state_file.unlink(missing_ok=True)
    if paths.logs.is_dir():
        for log in paths.logs.iterdir():
            # Emptied, not removed: the running program has its log open.
            log.write_bytes(b"")
