"""The catalogue in force: the provider files, the models providers named themselves, those the user named.

Files may come, change and go while the program runs. Whoever looks at `LiveCatalogue` sees the newest; who
keeps something derived from it subscribes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.subscribing import subscribed
from providers.catalogue_types import Catalogue, CatalogueProblem
from providers.rules import register
from providers.spec import BillingClass, ModelSpec, ProviderSpec

Named = Mapping[str, Sequence[str]]


class LiveCatalogue:
    """`files` is what was read from disk; `found` and `named` models are added to it, by provider id."""

    def __init__(self, files: Catalogue, named: Named | None = None) -> None:
        self._files = files
        self._found: Mapping[str, Sequence[ModelSpec]] = {}
        self._named: Named = dict(named or {})
        self._callbacks: list[Callable[[], None]] = []
        self._current = self._combined()
        register(self._current.every())

    @property
    def files(self) -> Catalogue:
        """The files alone, without any model found out or named by the user."""
        return self._files

    @property
    def providers(self) -> Mapping[str, ProviderSpec]:
        """Every provider that has models, in order."""
        return self._current.providers

    @property
    def unlisted(self) -> Mapping[str, ProviderSpec]:
        """The providers whose models nobody has named yet."""
        return self._current.unlisted

    @property
    def problems(self) -> tuple[CatalogueProblem, ...]:
        """What was wrong with files that were left out."""
        return self._files.problems

    @property
    def sources(self) -> Mapping[str, Path]:
        """The file each provider comes from."""
        return self._files.sources

    def get(self, provider_id: str) -> ProviderSpec | None:
        """The provider of that id if it has models."""
        return self._current.get(provider_id)

    def spec(self, provider_id: str) -> ProviderSpec | None:
        """The provider of that id, also one without models."""
        return self._current.spec(provider_id)

    def every(self) -> list[ProviderSpec]:
        """All providers in order."""
        return self._current.every()

    def replace_files(self, files: Catalogue) -> None:
        """Take other files; everything else stays."""
        self._files = files
        self._renew()

    def set_found(self, found: Mapping[str, Sequence[ModelSpec]]) -> None:
        """The models that providers named themselves."""
        self._found = dict(found)
        self._renew()

    def set_named(self, named: Named) -> None:
        """The model ids that the user named."""
        if dict(named) != self._named:
            self._named = dict(named)
            self._renew()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback()` called after every change; returns what ends that."""
        return subscribed(self._callbacks, callback)

    def _renew(self) -> None:
        before, self._current = self._current, self._combined()
        if before == self._current:
            return
        register(self._current.every())
        for callback in tuple(self._callbacks):
            callback()

    def _combined(self) -> Catalogue:
        named = {
            provider: [named_model(self._files.spec(provider), ident) for ident in idents]
            for provider, idents in self._named.items()
        }
        # What the server says of a model is worth more than its name alone.
        return self._files.with_models(self._found).with_models(named)


def named_model(provider: ProviderSpec | None, ident: str) -> ModelSpec:
    """A model known by nothing but its name: it bills unless it runs on this computer."""
    local = provider is not None and provider.local
    return ModelSpec(ident, billing=BillingClass.FREE if local else BillingClass.PAID, uncertain=True)
