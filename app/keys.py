"""The keys of providers: labels from the store, secrets from the keychain, both behind one service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from app import key_forms
from app.clock import Clock
from app.domain import KeyRef
from app.errors import KnownError
from app.logs import redactor
from app.secrets import choose_secrets, tidy
from app.store.entries import KeyRecord
from app.store.store import Store
from app.subscribing import subscribed
from app.vault import PATIENCE, Choose, StorageState, Vault

ENV_PREFIX = "JIELI_KEY_"

LONGEST_LABEL = 60
_IN_EMOJI = "\u200d\ufe0f"
"""What joins pictures into one and colours them."""

_SHORTEST_SHOWN = 12
"""Keys shorter than this would be half given away by their last four characters."""


class KeyService:
    """All keys of all providers. `refs` and a secret that was used before need no waiting.

    The keychain is opened when a secret is first needed, never at start. `JIELI_KEY_<PROVIDER>` gives a key
    with the id `env:<provider>` that is tried before the others. Providers in `keyless` (those that need no
    key) have one empty key, `none:<provider>`. Methods that touch the keychain raise `KnownError` when it
    is locked or fails.
    """

    def __init__(
        self,
        store: Store,
        environ: Mapping[str, str],
        clock: Clock,
        *,
        keyless: Collection[str] = (),
        choose: Choose = choose_secrets,
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._environ = {
            name.upper(): value
            for name, value in environ.items()
            if name.upper().startswith(ENV_PREFIX) and value.strip()
        }
        self._clock = clock
        self._keyless = frozenset(keyless)
        self._vault = Vault(choose, patience)
        self._records: dict[str, KeyRecord] = {}
        self._env_checks: dict[str, KeyRecord] = {}
        self._refs: dict[str, tuple[KeyRef, ...]] = {}
        self._secrets: dict[str, str] = {}
        self._reading: dict[str, asyncio.Task[str | None]] = {}
        self._callbacks: list[Callable[[str], None]] = []
        for value in self._environ.values():
            redactor.add(value.strip())

    async def load(self) -> None:
        """Read the labels; the keychain stays closed."""
        self._records = {record.id: record for record in await self._store.keys()}
        self._refs.clear()

    def set_keyless(self, providers: Collection[str]) -> None:
        """The providers that need no key, when the catalogue has changed."""
        changed = self._keyless ^ frozenset(providers)
        self._keyless = frozenset(providers)
        for provider in changed:
            self._tell(provider)

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Have `callback(provider)` called when a provider's keys have changed; returns what ends that."""
        return subscribed(self._callbacks, callback)

    # What the relay asks

    def refs(self, provider: str) -> Sequence[KeyRef]:
        """The keys of a provider in the order they are tried."""
        found = self._refs.get(provider)
        if found is None:
            found = tuple(KeyRef(r.id, r.provider, r.label, r.last4) for r in self.records(provider))
            if not found and provider in self._keyless:
                found = (KeyRef(f"none:{provider}", provider),)
            self._refs[provider] = found
        return found

    async def secret(self, key: KeyRef) -> str | None:
        """The secret of a key, None when its entry is gone, empty for a provider that needs none."""
        cached = self._secrets.get(key.id)
        if cached is not None:
            return cached
        if key.id == f"none:{key.provider}":
            return ""
        if key.id == f"env:{key.provider}":
            return self._remember(key.id, tidy(self._from_environment(key.provider)))
        # Two turns that need the same key must not make the system ask twice.
        reading = self._reading.get(key.id)
        if reading is None:
            reading = asyncio.get_running_loop().create_task(self._read(key.id), name=f"read key {key.id}")
            self._reading[key.id] = reading
            reading.add_done_callback(lambda task: self._read_done(key.id, task))
        return await asyncio.shield(reading)

    def with_keys(self, providers: Iterable[str]) -> list[str]:
        """Those of `providers` that have a key or need none, in the same order."""
        return [provider for provider in providers if self.refs(provider)]

    def standing_in(self, text: str) -> list[tuple[int, int, str]]:
        """Where keys that were used or stored in this run stand in a text: (start, end, provider)."""
        known = {secret: self._whose(key) for key, secret in self._secrets.items()}
        for name in self._environ:
            provider = name.removeprefix(ENV_PREFIX).lower()
            known.setdefault(self._env_secret(provider), provider)
        return key_forms.standing_in(text, known)

    async def recall(self, text: str) -> None:
        """Read the keys from the keyring whose last characters end a word of `text`, so that `standing_in`
        knows them. A keyring that does not give them is nobody's trouble here."""
        ends = {word[-4:] for word in text.split() if len(word) >= key_forms.SHORTEST_KNOWN}
        for record in self.records():
            if record.last4 in ends and record.id not in self._secrets:
                with suppress(KnownError):
                    await self.secret(KeyRef(record.id, record.provider))

    # What the settings do

    def records(self, provider: str | None = None) -> list[KeyRecord]:
        """The keys of a provider in order, or all stored ones; with a provider, its environment key first."""
        stored = sorted(
            (r for r in self._records.values() if provider is None or r.provider == provider),
            key=lambda r: (r.provider, r.position, r.created_at, r.id),
        )
        if provider is None or not self._from_environment(provider):
            return stored
        return [self._env_record(provider), *stored]

    def record(self, key: str) -> KeyRecord | None:
        """The key of that id."""
        if key.startswith("env:"):
            provider = key.removeprefix("env:")
            return self._env_record(provider) if self._from_environment(provider) else None
        return self._records.get(key)

    async def add(self, provider: str, secret: str, label: str = "") -> KeyRecord:
        """Keep a pasted key, after those the provider has. Raises `KnownError` when it cannot be one."""
        secret = tidy(secret)
        redactor.add(secret)
        mine = [r for r in self._records.values() if r.provider == provider]
        await self._refuse_duplicate(mine, secret)
        record = KeyRecord(
            id=uuid4().hex,
            provider=provider,
            label=tidy_label(label),
            last4=_last4(secret),
            position=max((r.position for r in mine), default=-1) + 1,
            created_at=self._clock.now(),
        )
        await self._keep(record.id, secret)
        if record.id not in self._vault.volatile:
            try:
                await self._store.put_key(record)
            except BaseException:
                await self._vault.delete(record.id)
                self._secrets.pop(record.id, None)
                raise
        self._changed(record)
        return record

    async def replace(self, key: str, secret: str) -> KeyRecord:
        """Put another secret in a key's place; what was known of the old one is forgotten."""
        secret = tidy(secret)
        redactor.add(secret)
        record = self._mine(key)
        others = [r for r in self._records.values() if r.provider == record.provider and r.id != key]
        await self._refuse_duplicate(others, secret)
        await self._keep(key, secret)
        return await self._put(
            replace(
                record,
                last4=_last4(secret),
                checked_at=None,
                check_kind=None,
                check_hint=None,
                check_ms=None,
            )
        )

    async def rename(self, key: str, label: str) -> KeyRecord:
        """Give a key another label."""
        return await self._put(replace(self._mine(key), label=tidy_label(label)))

    async def remove(self, key: str) -> None:
        """Forget a key and its secret."""
        record = self._mine(key)
        await self._vault.delete(key)
        if key not in self._vault.volatile:
            await self._store.delete_key(key)
        self._vault.volatile.discard(key)
        self._secrets.pop(key, None)
        self._records.pop(key, None)
        self._tell(record.provider)

    async def move(self, key: str, position: int) -> None:
        """Try a key as the `position`-th of its provider's stored ones, counted from 0."""
        record = self._mine(key)
        order = [r for r in self.records(record.provider) if r.id in self._records and r.id != key]
        order.insert(max(0, position), record)
        moved = [replace(r, position=n) for n, r in enumerate(order)]
        await self._store.put_key(*(r for r in moved if r.id not in self._vault.volatile))
        self._records.update((r.id, r) for r in moved)
        self._tell(record.provider)

    async def set_check(
        self, key: str, kind: str, hint: str | None = None, ms: int | None = None
    ) -> KeyRecord | None:
        """Note what a check found: `ok` or a failure kind; None when the key is gone meanwhile."""
        record = self.record(key)
        if record is None:
            return None
        checked = replace(record, checked_at=self._clock.now(), check_kind=kind, check_hint=hint, check_ms=ms)
        if key.startswith("env:"):
            self._env_checks[record.provider] = checked
            self._tell(record.provider)
            return checked
        return await self._put(checked)

    @property
    def vault(self) -> Vault:
        """Where the secrets lie; what is kept there besides shares its thread and its answers."""
        return self._vault

    async def storage_state(self) -> StorageState:
        """Where new secrets go; opens the keychain, which may take a moment. Asks for no password."""
        return await self._vault.state()

    async def try_storage(self) -> StorageState:
        """Look for a keychain anew and try it out, which may ask for its password. Raises `KnownError`."""
        return await self._vault.try_again()

    async def use_memory(self, reason: KnownError | None = None) -> None:
        """Keep new secrets in memory for this run, because the user would rather not unlock the keychain."""
        await self._vault.use_memory(reason)

    def volatile(self) -> list[KeyRecord]:
        """The keys that end with this run, because there was no keychain for them."""
        return [record for record in self.records() if record.id in self._vault.volatile]

    def from_environment(self) -> int:
        """How many keys come from environment variables."""
        return len(self._environ)

    async def settle(self) -> int:
        """Put the keys that would end with this run into the keychain; how many. Raises `KnownError`."""
        moved = 0
        for record in self.volatile():
            await self._vault.settle(record.id)
            await self._store.put_key(record)
            moved += 1
            self._tell(record.provider)
        return moved

    async def close(self) -> None:
        """Let go of the keychain. One that is showing a prompt is not waited for."""
        for task in tuple(self._reading.values()):
            task.cancel()
        if self._reading:
            await asyncio.wait(self._reading.values())
        self._vault.close()

    # inside

    async def _read(self, key: str) -> str | None:
        secret = await self._vault.get(key)
        if secret is None or key not in self._records:
            return secret
        return self._remember(key, secret)

    def _read_done(self, key: str, task: asyncio.Task[str | None]) -> None:
        self._reading.pop(key, None)
        if not task.cancelled():
            # Whoever asked may have gone; then nobody else looks at the error.
            task.exception()

    async def _keep(self, key: str, secret: str) -> None:
        await self._vault.keep(key, secret)
        self._secrets[key] = secret

    async def _refuse_duplicate(self, others: Iterable[KeyRecord], secret: str) -> None:
        """A key that is there twice would be tried twice in vain."""
        for other in others:
            if other.last4 != _last4(secret):
                continue
            try:
                same = await self.secret(KeyRef(other.id, other.provider)) == secret
            except KnownError:
                # Storing the new one will tell what is wrong with the keychain.
                same = False
            if same:
                raise KnownError("keys.duplicate", label=other.label or f"…{other.last4}")

    async def _put(self, record: KeyRecord) -> KeyRecord:
        if record.id not in self._vault.volatile:
            await self._store.put_key(record)
        self._changed(record)
        return record

    def _mine(self, key: str) -> KeyRecord:
        if key.startswith("env:"):
            raise KnownError("keys.from_environment", name=_variable(key.removeprefix("env:")))
        record = self._records.get(key)
        if record is None:
            raise KnownError("keys.gone")
        return record

    def _changed(self, record: KeyRecord) -> None:
        self._records[record.id] = record
        self._tell(record.provider)

    def _tell(self, provider: str) -> None:
        self._refs.pop(provider, None)
        for callback in tuple(self._callbacks):
            callback(provider)

    def _remember(self, key: str, secret: str) -> str:
        redactor.add(secret)
        self._secrets[key] = secret
        return secret

    def _whose(self, key: str) -> str:
        record = self._records.get(key)
        return record.provider if record is not None else key.partition(":")[2]

    def _env_secret(self, provider: str) -> str:
        """The environment's key as it would be sent, empty when it cannot be one."""
        try:
            return tidy(self._from_environment(provider))
        except KnownError:
            return ""

    def _from_environment(self, provider: str) -> str:
        return self._environ.get(_variable(provider), "")

    def _env_record(self, provider: str) -> KeyRecord:
        checked = self._env_checks.get(provider)
        return checked or KeyRecord(
            id=f"env:{provider}",
            provider=provider,
            label=_variable(provider),
            last4=_last4(self._env_secret(provider)),
            position=-1,
            created_at=0.0,
        )


def tidy_label(text: str) -> str:
    """A key's name as it is kept: in one line, without signs that nobody sees or that turn others round."""
    seen = "".join(c for c in " ".join(text.split()) if c.isprintable() or c in _IN_EMOJI)
    return seen[:LONGEST_LABEL].strip()


def _variable(provider: str) -> str:
    return ENV_PREFIX + "".join(c if c.isalnum() else "_" for c in provider.upper())


def _last4(secret: str) -> str:
    return secret[-4:] if len(secret) >= _SHORTEST_SHOWN else ""
