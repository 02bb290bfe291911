"""The models providers name themselves: asked for, remembered between runs, found on this computer.

What a server answered is kept in the database, so that a chain that names its models is whole at the next
start, whether the server runs then or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, cast

from app import wording
from app.clock import Clock
from app.directory import PRACTICE, Directory
from app.errors import KnownError
from app.keys import KeyService
from app.live_catalogue import LiveCatalogue
from providers import Failure
from providers.base import Endpoint
from providers.spec import BillingClass, ModelSpec, ProviderSpec

META = "found_models"
ANY = ModelSpec("any")
QUICK = 3.0
"""Seconds a command waits for a list that nobody asked for by name."""


class Answering(Protocol):
    """A server on this computer that answered."""

    @property
    def provider(self) -> str: ...
    @property
    def models(self) -> tuple[ModelSpec, ...]: ...


class Lister(Protocol):
    """The wire, as far as lists need it."""

    async def models(self, endpoint: Endpoint, seconds: float = ...) -> tuple[ModelSpec, ...] | Failure: ...

    async def discover(self, specs: Sequence[ProviderSpec]) -> Sequence[Answering]: ...


class Meta(Protocol):
    """The store, as far as lists need it."""

    async def meta(self, name: str) -> str | None: ...

    async def set_meta(self, name: str, value: str | None) -> None: ...


@dataclass(frozen=True, slots=True)
class ModelList:
    """What a provider answered from `base_url` at `at` (epoch seconds)."""

    base_url: str
    at: float
    models: tuple[ModelSpec, ...]


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server that runs on this computer: its provider, its address, how many models it has."""

    provider: str
    base_url: str
    models: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What came of a refresh: how many models there are, which are new, which the file knows and the provider
    no longer names; or the sentence that says why there is none."""

    provider: str
    total: int = 0
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    problem: str = ""


class ModelLists:
    """Asks for lists and hands them to the live catalogue. Methods belong to the event loop's thread."""

    def __init__(
        self,
        *,
        wire: Lister,
        catalogue: LiveCatalogue,
        directory: Directory,
        keys: KeyService,
        meta: Meta,
        clock: Clock,
    ) -> None:
        self._wire = wire
        self._catalogue = catalogue
        self._directory = directory
        self._keys = keys
        self._meta = meta
        self._clock = clock
        self._lists: dict[str, ModelList] = {}
        self.running: tuple[LocalServer, ...] = ()
        """The servers that answered the last `discover`."""

    async def load(self) -> None:
        """Read what was remembered; what cannot be read counts as nothing."""
        text = await self._meta.meta(META)
        self._lists = _read(text) if text else {}
        if self._lists:
            self._publish()

    def known(self, provider: str) -> ModelList | None:
        """The last list of a provider."""
        return self._lists.get(provider)

    def gone(self, provider: str) -> frozenset[str]:
        """Models of the provider's file that its last list does not have; empty without a list."""
        found, spec = self._lists.get(provider), self._catalogue.files.spec(provider)
        if found is None or spec is None or not found.models:
            return frozenset()
        listed = {model.id for model in found.models}
        return frozenset(model.id for model in spec.models if model.id not in listed)

    async def refresh(self, provider: str, *, seconds: float = 15.0) -> Listing:
        """Ask a provider for its models and remember them. Raises `KnownError` when the keyring does not
        give the key; every answer of the provider is in the result."""
        spec = self._catalogue.spec(provider)
        if spec is None or spec.dialect == PRACTICE:
            return Listing(provider, problem=str(KnownError("models.unknown_provider", name=provider)))
        refs = self._keys.refs(provider)
        secret: str | None = ""
        if spec.auth != "none":
            if not refs:
                return Listing(provider, problem=str(KnownError("models.need_key")))
            secret = await self._keys.secret(refs[0])
        base_url = self._directory.base_url(spec)
        answer = await self._wire.models(Endpoint(spec, ANY, base_url, secret or None), seconds)
        if isinstance(answer, Failure):
            return Listing(provider, problem=wording.failure_text(answer))
        before = {model.id for model in spec.models}
        await self._remember({provider: ModelList(base_url, self._clock.now(), answer)})
        new = tuple(model.id for model in answer if model.id not in before)
        return Listing(provider, len(answer), new, tuple(sorted(self.gone(provider))))

    async def discover(self) -> tuple[LocalServer, ...]:
        """Look for model servers on this computer. Nothing leaves it, and silence is no error."""
        asked: list[ProviderSpec] = []
        for spec in self._catalogue.every():
            if spec.local:
                region = replace(spec.regions[0], base_url=self._directory.base_url(spec))
                asked.append(replace(spec, regions=(region,)))
        found = await self._wire.discover(asked)
        now = self._clock.now()
        urls = {spec.id: spec.base_url for spec in asked}
        lists = {f.provider: ModelList(urls[f.provider], now, f.models) for f in found}
        await self._remember(lists)
        self.running = tuple(LocalServer(f.provider, urls[f.provider], len(f.models)) for f in found)
        return self.running

    async def ensure(self, specs: Iterable[str]) -> None:
        """Ask those providers among the chain entries `specs` for their models that need to be asked: their
        file names none, and what is remembered is of another address or lacks the model."""
        for provider in dict.fromkeys(spec.partition(":")[0] for spec in specs):
            file = self._catalogue.files.spec(provider)
            if file is None or file.models or file.dialect == "azure":
                continue
            wanted = {spec.partition(":")[2] for spec in specs if spec.partition(":")[0] == provider}
            spec = self._catalogue.spec(provider) or file
            found = self._lists.get(provider)
            there = found is not None and found.base_url == self._directory.base_url(file)
            if there and all(not model or spec.model(model) for model in wanted):
                continue
            if found is not None and not there:
                # The models of another server would only be refused.
                await self.forget(provider)
            await self.refresh(provider, seconds=QUICK)

    async def forget(self, provider: str) -> None:
        """Drop what is remembered of a provider."""
        if self._lists.pop(provider, None) is not None:
            await self._save()
            self._publish()

    async def _remember(self, lists: Mapping[str, ModelList]) -> None:
        changed = any(
            (old := self._lists.get(name)) is None or (old.base_url, old.models) != (new.base_url, new.models)
            for name, new in lists.items()
        )
        self._lists.update(lists)
        if changed:
            await self._save()
        self._publish()

    async def _save(self) -> None:
        kept = {name: asdict(found) for name, found in self._lists.items()}
        await self._meta.set_meta(META, json.dumps(kept, ensure_ascii=False, separators=(",", ":")))

    def _publish(self) -> None:
        found: dict[str, Sequence[ModelSpec]] = {}
        for provider, listed in self._lists.items():
            file = self._catalogue.files.spec(provider)
            if file is None:
                continue
            # Where a file says what there is to know, what it does not know is for the user to turn on.
            quiet = bool(file.models)
            # Of a server on this computer nobody knows more than itself.
            found[provider] = [
                replace(m, enabled=m.enabled and not quiet, uncertain=m.uncertain and not file.local)
                for m in listed.models
            ]
        self._catalogue.set_found(found)


def _read(text: str) -> dict[str, ModelList]:
    try:
        data = cast("dict[str, dict[str, Any]]", json.loads(text))
        return {
            name: ModelList(
                str(entry["base_url"]),
                float(entry["at"]),
                tuple(_model(row) for row in entry["models"]),
            )
            for name, entry in data.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _model(row: dict[str, Any]) -> ModelSpec:
    values: dict[str, Any] = {**row, "billing": BillingClass(row["billing"])}
    return ModelSpec(**values)
