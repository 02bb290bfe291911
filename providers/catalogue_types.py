"""The catalogue as values: the providers that can be used, and what was wrong with files left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from providers.spec import ModelSpec, ProviderSpec

Origin = Literal["builtin", "fetched", "user"]
"""Who wrote a provider file."""
FileKey = tuple[str, str, int, int]
"""What tells a changed file: origin, path, size in bytes, time of change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """One reason why a provider file (or a part of it) was left out.

    `reason` is a code the app words (`catalogue.<reason>`), `where` the table and field
    (`models[2].context`), `detail` the value or the parser's remark, `line` counts from 1 where known.
    """

    path: Path
    line: int | None
    reason: str
    detail: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every usable provider in the order of preference of the files, and what was wrong with the others.

    A provider without models can answer nothing: it waits in `unlisted` until `with_models` brings some.
    `order` holds the ids of both, `sources` the file of each.
    """

    providers: Mapping[str, ProviderSpec]
    problems: tuple[CatalogueProblem, ...] = ()
    unlisted: Mapping[str, ProviderSpec] = field(default_factory=dict[str, ProviderSpec])
    order: tuple[str, ...] = ()
    sources: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def get(self, provider_id: str) -> ProviderSpec | None:
        """The provider of that id, or None."""
        return self.providers.get(provider_id)

    def spec(self, provider_id: str) -> ProviderSpec | None:
        """The provider of that id, also one without models."""
        return self.providers.get(provider_id) or self.unlisted.get(provider_id)

    def every(self) -> list[ProviderSpec]:
        """All providers in order, those without models too."""
        return [self.providers.get(name) or self.unlisted[name] for name in self.order]

    def with_models(self, found: Mapping[str, Sequence[ModelSpec]]) -> Catalogue:
        """This catalogue with models found out, by provider id; what a file says about a model stays."""
        specs: list[ProviderSpec] = []
        for spec in self.every():
            known = {model.id for model in spec.models}
            new = {m.id: m for m in found.get(spec.id, ()) if m.id not in known}
            specs.append(replace(spec, models=(*spec.models, *new.values())) if new else spec)
        return arranged(specs, self.problems, self.sources)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file that was read: its spec and place in the order, or its problem."""

    spec: ProviderSpec
    order: float


def arranged(
    specs: Iterable[ProviderSpec],
    problems: tuple[CatalogueProblem, ...],
    sources: Mapping[str, Path],
) -> Catalogue:
    """The catalogue of `specs`, which are in order."""
    every = {spec.id: spec for spec in specs}
    listed = {name: spec for name, spec in every.items() if spec.models}
    rest = {name: spec for name, spec in every.items() if not spec.models}
    return Catalogue(listed, problems, rest, tuple(every), sources)
