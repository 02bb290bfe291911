"""The proxy the user names, whose password lies in the keyring as keys do; whether providers are reached."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from app import wording
from app.domain import Leg, ModelSpec
from app.errors import KnownError
from app.i18n import tr
from app.logs import redactor
from app.proxy_address import WAYS, joined, parted, shown, tidy_proxy
from app.settings import SettingsService
from app.vault import Vault
from providers import Failure, FailureKind
from providers.base import Endpoint
from providers.urls import check_proxy

ENTRY = "proxy"
"""The keyring's entries begin so; `entry` names that of one proxy. It holds the address without the password,
a space, the password. One without an address in its name is of an earlier version, which kept the last."""

MOST = 3
"""So many providers are tried."""

_SILENT = ("azure", "practice")
"""Dialects that have no list to ask for."""

PATIENCE = 10.0
"""Seconds a provider has to answer."""


def entry(address: str) -> str:
    """The keyring's name for the password of the proxy at `address`, which has none in it."""
    return f"{ENTRY}-{hashlib.sha256(address.encode()).hexdigest()[:16]}"


class Lister(Protocol):
    """The wire, as far as a look needs it."""

    async def models(self, endpoint: Endpoint, seconds: float = ...) -> tuple[ModelSpec, ...] | Failure: ...


class ProxyLogin:
    """Passwords of proxies. The settings hold the address with the user's name alone."""

    def __init__(self, settings: SettingsService, vault: Vault) -> None:
        self._settings = settings
        self._vault = vault
        self._known: dict[str, str] = {}
        self._callbacks: list[Callable[[], object]] = []

    def listen(self, callback: Callable[[], object]) -> None:
        """Have `callback()` called when a password was entered, or all were forgotten."""
        self._callbacks.append(callback)

    async def enter(self, text: str) -> bool | None:
        """Use the proxy the user typed; returns whether its password outlives this run, None without one.
        Raises `KnownError` for what is no address, and when the keyring refuses."""
        address = tidy_proxy(text)
        if not check_proxy(address) or not address:
            raise KnownError("core.bad_proxy", proxy=shown(text.strip()))
        bare, password = parted(address)
        kept = await self._keep(bare, password) if password else None
        try:
            self._settings.change(proxy=bare)
        except KnownError:
            raise KnownError("core.bad_proxy", proxy=shown(text.strip())) from None
        for callback in self._callbacks if password else ():
            callback()
        return kept

    async def whole(self, setting: str) -> str:
        """A proxy setting with the password that goes with it. One that was written into the settings file by
        hand is put into the keyring, if that keeps it."""
        if setting in WAYS or "@" not in setting:
            return setting
        bare, password = parted(setting)
        try:
            if password:
                if await self._keep(bare, password) and self._settings.current.proxy == setting:
                    self._settings.change_by_itself(proxy=bare)
                return setting
            if bare not in self._known:
                for name in (entry(bare), ENTRY):
                    address, _, kept = (await self._vault.get(name) or "").partition(" ")
                    if address == bare:
                        self._learn(address, kept)
                        break
                self._known.setdefault(bare, "")
        except KnownError:
            # A locked keyring: the proxy then refuses, which is told as such.
            return setting
        return joined(bare, self._known.get(bare, ""))

    async def forget(self) -> None:
        """Take the passwords out of the keyring: that of the proxy in force, those used in this run. Raises
        `KnownError`."""
        addresses = {*self._known, parted(self._settings.current.proxy)[0]}
        self._known.clear()
        for name in (ENTRY, *map(entry, sorted(one for one in addresses if "@" in one))):
            await self._vault.delete(name)
        for callback in self._callbacks:
            callback()

    async def _keep(self, address: str, password: str) -> bool:
        self._learn(address, password)
        return await self._vault.keep(entry(address), f"{address} {password}")

    def _learn(self, address: str, password: str) -> None:
        self._known[address] = password
        if password:
            redactor.add(password)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a look at a provider found, in one sentence."""

    provider: str
    good: bool
    text: str


async def look(wire: Lister, legs: Iterable[Leg]) -> list[Reached]:
    """Whether the providers of these legs can be reached as things are set; no key is sent, and any answer
    of theirs will do."""
    firsts: dict[str, Leg] = {}
    for leg in legs:
        if not leg.provider.local and leg.provider.dialect not in _SILENT:
            firsts.setdefault(leg.provider.id, leg)
    return list(await asyncio.gather(*(_look(wire, leg) for leg in list(firsts.values())[:MOST])))


async def _look(wire: Lister, leg: Leg) -> Reached:
    name, began = wording.provider_name(leg.provider), time.monotonic()
    nameless = replace(leg.provider, auth="none")
    found = await wire.models(Endpoint(nameless, leg.model, leg.base_url, None), PATIENCE)
    if isinstance(found, Failure) and found.kind is FailureKind.NETWORK:
        why = wording.failure_text(found)
        return Reached(leg.provider.id, False, tr("network.failed", name=name, why=why))
    took = wording.seconds(round((time.monotonic() - began) * 1000))
    return Reached(leg.provider.id, True, tr("network.reached", name=name, time=took))
