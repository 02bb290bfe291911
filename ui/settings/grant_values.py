"""What the quota section is told, and what the user enters there, as values."""

from __future__ import annotations

from dataclasses import dataclass

from ui.quota.gauge import Level


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant: `name` with its provider, `scope` without, `words` everything about it in one line.
    `remaining` and `expires` are what the forms begin with, as text."""

    id: str
    provider: str
    provider_name: str
    glyph: str
    colour: str
    name: str
    scope: str
    words: str
    level: Level
    unit: str
    amount: str
    remaining: str
    expires: str
    window: str
    hours: int
    hard_stop: bool


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """A provider a grant can be added to, and its models as (id, name)."""

    id: str
    name: str
    models: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GrantEntry:
    """What the form holds, as typed. `grant` empty = a new one, `model` empty = all of the provider's."""

    grant: str
    provider: str
    model: str
    unit: str
    amount: str
    window: str
    hours: int
    expires: str
    hard_stop: bool
