"""A keychain for tests, and a key service on it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.errors import KnownError
from app.keys import KeyService
from app.secrets import MemorySecrets, SecretStore
from app.store.store import Store
from tests.app.parts import StillClock, opened


class Keychain(MemorySecrets):
    """A keychain that works, counts what it is asked, and can be made to fail or hang."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.threads: set[int] = set()
        self.trouble: KnownError | None = None
        self.gate: threading.Event | None = None

    @property
    def name(self) -> str:
        return "Test keychain"

    def _enter(self) -> None:
        self.threads.add(threading.get_ident())
        if self.gate is not None:
            self.gate.wait()
        if self.trouble is not None:
            raise self.trouble

    def get(self, key: str) -> str | None:
        self.reads.append(key)
        self._enter()
        return super().get(key)

    def set(self, key: str, secret: str) -> None:
        self._enter()
        super().set(key, secret)

    def delete(self, key: str) -> None:
        self._enter()
        super().delete(key)


@asynccontextmanager
async def service(
    folder: Path,
    keychain: Keychain | None = None,
    environ: dict[str, str] | None = None,
    reason: KnownError | None = None,
    **options: Any,
) -> AsyncIterator[tuple[KeyService, Store]]:
    """A key service on a store; without a keychain it has none, for `reason`."""

    def choose() -> tuple[SecretStore, KnownError | None]:
        if keychain is None:
            return MemorySecrets(), reason or KnownError("keys.no_keyring")
        return keychain, None

    async with opened(folder) as store:
        keys = KeyService(store, environ or {}, StillClock(), choose=choose, **options)
        await keys.load()
        try:
            yield keys, store
        finally:
            await keys.close()
