"""Where the secrets of keys lie: the system's keyring, behind a thread of its own, or this run's memory.

Keyrings block, ask for passwords and sometimes never answer; whoever waits here waits in the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from app.errors import KnownError
from app.secrets import MemorySecrets, SecretStore, choose_secrets, forget_choice, try_out
from app.worker import Worker

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 120.0
"""Seconds a keychain may take: long enough to type a password into its prompt. Some never answer."""

Choose = Callable[[], tuple[SecretStore, KnownError | None]]


@dataclass(frozen=True, slots=True)
class StorageState:
    """Where secrets go. `name` is the keychain's; `memory` = kept until the program ends, `reason` why.

    `locked` = it lies behind a password that has not been given, as far as that can be seen without asking.
    """

    name: str
    memory: bool
    reason: KnownError | None = None
    locked: bool = False


class Vault:
    """Keeps secrets by key id. The keychain is opened when a secret is first needed, never at start."""

    def __init__(self, choose: Choose = choose_secrets, patience: float = PATIENCE) -> None:
        self._choose = choose
        self._patience = patience
        self._memory = MemorySecrets()
        self._keychain: SecretStore | None = None
        self._no_keychain: KnownError | None = None
        self._worker = Worker("keyring", _ignore)
        self.volatile: set[str] = set()
        """The ids of keys that end with this run."""

    async def get(self, key: str) -> str | None:
        """A secret, None when its entry is gone. Raises `KnownError`."""
        return await self._in_keychain(self._get, key)

    async def keep(self, key: str, secret: str) -> bool:
        """Keep a secret; returns whether it outlives this run. Raises `KnownError`."""
        if await self._in_keychain(self._set, key, secret):
            self.volatile.add(key)
        return key not in self.volatile

    async def delete(self, key: str) -> None:
        """Forget a secret. Raises `KnownError`."""
        await self._in_keychain(self._delete, key)

    async def state(self) -> StorageState:
        """Where new secrets go; opens the keychain, which may take a moment. Asks for no password."""

        def look() -> StorageState:
            chosen = self._open()
            if chosen is self._memory:
                return StorageState(chosen.name, True, self._no_keychain)
            return StorageState(chosen.name, False, locked=chosen.locked())

        return await self._in_keychain(look)

    async def try_again(self) -> StorageState:
        """Look for a keychain anew and store something in it for a moment, which may ask for its password.

        Raises `KnownError` when it cannot be used.
        """

        def attempt() -> StorageState:
            forget_choice()
            self._keychain = None
            chosen = self._open()
            if chosen is self._memory:
                return StorageState(chosen.name, True, self._no_keychain)
            try_out(chosen)
            return StorageState(chosen.name, False)

        return await self._in_keychain(attempt)

    async def use_memory(self, reason: KnownError | None = None) -> None:
        """Keep new secrets in memory for this run, because the user would rather not unlock the keychain."""

        def choose() -> None:
            self._no_keychain = reason
            self._keychain = self._memory

        await self._in_keychain(choose)

    async def settle(self, key: str) -> None:
        """Put a secret that ends with this run into the keychain. Raises `KnownError`."""

        def move() -> None:
            keychain = self._open()
            secret = self._memory.get(key)
            if keychain is self._memory or secret is None:
                raise self._no_keychain or KnownError("keys.no_keyring")
            keychain.set(key, secret)

        await self._in_keychain(move)
        self.volatile.discard(key)
        self._memory.delete(key)

    def close(self) -> None:
        """Let go of the keychain. One that is showing a prompt is not waited for."""
        self._worker.abandon()

    # in the keychain's thread

    def _open(self) -> SecretStore:
        if self._keychain is None:
            self._keychain, self._no_keychain = self._choose()
            if self._no_keychain is not None:
                self._keychain = self._memory
        return self._keychain

    def _get(self, key: str) -> str | None:
        if (kept := self._memory.get(key)) is not None:
            return kept
        keychain = self._open()
        if keychain is self._memory:
            raise self._no_keychain or KnownError("keys.not_unlocked")
        return keychain.get(key)

    def _set(self, key: str, secret: str) -> bool:
        keychain = self._open()
        keychain.set(key, secret)
        return keychain is self._memory

    def _delete(self, key: str) -> None:
        self._memory.delete(key)
        if key not in self.volatile:
            self._open().delete(key)

    # in the loop's thread

    async def _in_keychain(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        worker = self._worker
        try:
            async with asyncio.timeout(self._patience):
                return await worker.call(fn, *args, **kwargs)
        except TimeoutError as error:
            if worker is self._worker:
                # The thread is stuck in the call; a fresh one serves the next.
                worker.abandon()
                self._worker = Worker("keyring", _ignore)
            raise KnownError("keys.no_answer") from error


def _ignore(_error: BaseException) -> None:
    """Errors of calls whose caller went away: a refused prompt after a cancelled turn is no news."""
