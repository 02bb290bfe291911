"""From names to legs: what `provider:model` and a chain mean under the user's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from app.chains import MARK, expanded
from app.domain import ChainItem, Leg
from app.errors import KnownError, UnknownNameError
from app.live_catalogue import named_model
from providers.spec import BillingClass, ModelSpec, ProviderSpec, Region

PRACTICE = "practice"
"""The dialect of the built-in practice providers; they are in no chain but the practice chain."""

OF_LEGS = (
    "chain", "chains", "endpoints", "regions", "providers_off", "models", "billing", "own_models",
)  # fmt: skip
"""The settings that decide what legs there are and how they are called up."""

OF_STATES = (*OF_LEGS, "spend")
"""Those that decide how a leg stands, too."""


class Catalogue(Protocol):
    """The providers there are, in the order of the catalogue; in `unlisted` those whose models nobody has
    named yet."""

    @property
    def providers(self) -> Mapping[str, ProviderSpec]: ...
    @property
    def unlisted(self) -> Mapping[str, ProviderSpec]: ...


class DirectorySettings(Protocol):
    """The settings that decide what a leg is."""

    @property
    def chain(self) -> Sequence[str]: ...
    @property
    def chains(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def endpoints(self) -> Mapping[str, str]: ...
    @property
    def regions(self) -> Mapping[str, str]: ...
    @property
    def providers_off(self) -> Sequence[str]: ...
    @property
    def models(self) -> Mapping[str, bool]: ...
    @property
    def billing(self) -> Mapping[str, str]: ...


class Directory:
    """Answers what legs there are. `endpoints` override base URLs for this run; `with_keys` tells which
    providers have keys (those that need none included if they are to be asked)."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: DirectorySettings,
        *,
        endpoints: Mapping[str, str] | None = None,
        with_keys: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self._endpoints = dict(endpoints or {})
        self._with_keys = with_keys

    def leg(self, leg_id: str) -> Leg:
        """The leg `provider:model`. Raises `KnownError` that names what is near when there is none."""
        provider, model = self._model(leg_id)
        return self._leg(provider, model, default=model.enabled)

    def provider(self, provider_id: str) -> ProviderSpec | None:
        """What is known of a provider; None where there is none of that name (any more)."""
        return self._catalogue.providers.get(provider_id) or self._catalogue.unlisted.get(provider_id)

    def item(self, spec: str) -> ChainItem:
        """One entry of a chain: `provider:model`, that model alone and also if it is off by default, or
        `provider`: its preferred model and, for model-scoped failures, its other free and grant models."""
        if ":" in spec:
            provider, model = self._model(spec)
            return ChainItem(spec, (self._leg(provider, model, default=True),))
        provider = self._provider(spec)
        legs = [self._leg(provider, model, default=model.enabled) for model in provider.models]
        if not legs:
            raise self._no_models(provider)
        on = [leg for leg in legs if leg.enabled]
        if not on:
            return ChainItem(spec, (legs[0],))
        return ChainItem(spec, (on[0], *(leg for leg in on[1:] if leg.billing is not BillingClass.PAID)))

    def chain(
        self, specs: Sequence[str] | None = None, with_keys: Iterable[str] | None = None
    ) -> tuple[ChainItem, ...]:
        """The chain of `specs`, else the settings' chain, else the automatic one: every provider with a
        key in catalogue order, those on this computer last. Raises `KnownError` for an unknown name.
        An entry `@name` stands for the chain of that name."""
        listed = [spec.strip() for spec in (specs or self._settings.chain) if spec.strip()]
        if listed:
            return tuple(self.item(spec) for spec in self.expanded(listed))
        return tuple(self._automatic(with_keys))

    def expanded(self, specs: Iterable[str]) -> tuple[str, ...]:
        """`specs` with named chains replaced by what they hold. Raises `KnownError` for an unknown name."""
        return expanded(specs, self._settings.chains, self.usable)

    def usable(self) -> Iterable[Leg]:
        """Every model that is on, of every provider with a key."""
        for item in self._automatic(None):
            provider = item.legs[0].provider
            for model in provider.models:
                leg = self._leg(provider, model, default=model.enabled)
                if leg.enabled:
                    yield leg

    def practice_chain(self) -> tuple[ChainItem, ...]:
        """The chain of the built-in practice providers."""
        specs = self._catalogue.providers.values()
        return tuple(self.item(spec.id) for spec in specs if spec.dialect == PRACTICE)

    def problems(self, specs: Sequence[str]) -> dict[str, KnownError]:
        """The entries of a chain that name no leg (any more), with the sentence that says so."""
        found: dict[str, KnownError] = {}
        for spec in specs:
            try:
                if spec.startswith(MARK):
                    self.chain([spec])
                else:
                    self.item(spec)
            except KnownError as error:
                found[spec] = error
        return found

    def region(self, provider: ProviderSpec) -> Region:
        """The region the user chose, else the provider's first."""
        chosen = self._settings.regions.get(provider.id)
        return next((region for region in provider.regions if region.id == chosen), provider.regions[0])

    def base_url(self, provider: ProviderSpec) -> str:
        """Where its requests go: the override of this run, the user's URL, or the region's."""
        return (self._url(provider) or self.region(provider).base_url).rstrip("/")

    def _url(self, provider: ProviderSpec) -> str | None:
        return self._endpoints.get(provider.id) or self._settings.endpoints.get(provider.id)

    def _automatic(self, with_keys: Iterable[str] | None) -> Iterable[ChainItem]:
        if with_keys is None:
            with_keys = self._with_keys() if self._with_keys else ()
        usable = set(with_keys)
        items = [
            self.item(spec.id)
            for spec in self._catalogue.providers.values()
            if spec.id in usable and spec.dialect != PRACTICE and spec.models
        ]
        on = [item for item in items if item.legs[0].enabled]
        return sorted(on, key=lambda item: item.legs[0].provider.local)

    def _leg(self, provider: ProviderSpec, model: ModelSpec, *, default: bool) -> Leg:
        settings = self._settings
        leg_id = f"{provider.id}:{model.id}"
        region = self.region(provider)
        url = self._url(provider)
        overseas = region.overseas and not (url or provider.id in settings.regions)
        return Leg(
            provider=provider,
            model=model,
            base_url=(url or region.base_url).rstrip("/"),
            billing=_billing(settings.billing.get(leg_id), model.billing),
            enabled=provider.id not in settings.providers_off
            and settings.models.get(leg_id, default)
            and not overseas,
        )

    def _provider(self, provider_id: str) -> ProviderSpec:
        found = self.provider(provider_id)
        if found is None:
            near = ", ".join(_near(provider_id, self._catalogue.providers))
            if not near:
                raise UnknownNameError("relay.no_providers", name=provider_id)
            raise UnknownNameError("relay.unknown_provider", name=provider_id, near=near)
        return found

    def _model(self, leg_id: str) -> tuple[ProviderSpec, ModelSpec]:
        # Only the first colon parts them: Ollama's model ids have colons of their own.
        provider_id, _, model_id = leg_id.partition(":")
        provider = self._provider(provider_id)
        model = provider.model(model_id)
        if model is None and not provider.models and model_id.strip():
            # A server that was not running yet, or an account's own names: the request will tell.
            return provider, named_model(provider, model_id.strip())
        if model is None:
            near = ", ".join(f"{provider_id}:{m}" for m in _near(model_id, [m.id for m in provider.models]))
            if not near:
                raise self._no_models(provider)
            raise UnknownNameError("relay.unknown_model", provider=provider_id, name=model_id, near=near)
        return provider, model

    def _no_models(self, provider: ProviderSpec) -> KnownError:
        if provider.local:
            return KnownError("relay.local_silent", provider=provider.id, url=self.base_url(provider))
        return KnownError("relay.no_models", provider=provider.id)


def _billing(chosen: str | None, default: BillingClass) -> BillingClass:
    return BillingClass(chosen) if chosen in BillingClass.__members__.values() else default


def _near(name: str, names: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    lowered = {known.lower(): known for known in names}
    close = get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)
    return [lowered[key] for key in close] or list(lowered.values())[:3]
