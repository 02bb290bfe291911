"""Relay chains with names: those the program suggests from what the user has, and the user's own.

A chain is a list of leg specs; an entry `@name` stands for the named chain, so that an edit of that chain
changes every conversation that uses it. The default chain may be such a name, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from app.domain import Leg
from app.errors import KnownError, UnknownNameError
from app.i18n import tr
from app.settings import Settings, SettingsService
from providers.spec import BillingClass

MARK = "@"
BUILTIN = ("free", "coding", "vision")
"""What the program suggests: models that never bill, models good at code, models that see."""

LONGEST = 12
"""A suggestion has at most this many legs; a turn makes fewer attempts."""

_CODERS = re.compile(r"coder|codex|code|devstral|codestral", re.IGNORECASE)
_ABLE = re.compile(
    r"deepseek-v|deepseek-flash|glm-[5-9]|glm-4\.[5-9]|kimi-k|qwen[\d.]*-(?:max|plus)|qwen3.*-instruct"
    r"|doubao-seed.*(?:pro|turbo)|minimax-m|gpt-(?:5|oss)|hy[3-9]\b|ernie-5",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NamedChain:
    """A chain with a name. `label` is what the user reads; `own` False = as the program suggests it."""

    name: str
    label: str
    specs: tuple[str, ...]
    own: bool

    @property
    def spec(self) -> str:
        """How a conversation or the default chain refers to it."""
        return MARK + self.name


class Legs(Protocol):
    """What the directory tells."""

    def usable(self) -> Iterable[Leg]: ...


def name_in(specs: Sequence[str] | None) -> str | None:
    """The name when `specs` is nothing but a named chain."""
    if specs is not None and len(specs) == 1 and specs[0].startswith(MARK):
        return specs[0][len(MARK) :]
    return None


def expanded(
    specs: Iterable[str], named: Mapping[str, Sequence[str]], legs: Callable[[], Iterable[Leg]]
) -> tuple[str, ...]:
    """`specs` with every `@name` replaced by its chain. Raises `KnownError` for a name nobody gave and for a
    suggestion that nothing fits."""
    found: list[str] = []
    for spec in specs:
        if not spec.startswith(MARK):
            found.append(spec)
            continue
        name = spec[len(MARK) :]
        inner = named.get(name) or (suggested(name, legs()) if name in BUILTIN else None)
        if inner is None:
            near = get_close_matches(name, [*named, *BUILTIN], n=3, cutoff=0.5) or [*named, *BUILTIN]
            raise UnknownNameError("chains.unknown", name=name, near=", ".join(MARK + n for n in near[:3]))
        if not inner:
            raise KnownError("chains.nothing_fits", name=label(name))
        found += inner
    return tuple(dict.fromkeys(found))


def suggested(name: str, legs: Iterable[Leg]) -> tuple[str, ...]:
    """The legs that fit a built-in name, the first of each provider before the second ones.

    Paid models are never suggested. Empty when nothing fits.
    """
    ranked: list[tuple[int, int, str]] = []
    seen: dict[str, int] = {}
    for leg in legs:
        rank = _fits(name, leg)
        if rank is None or leg.billing is BillingClass.PAID or not leg.enabled:
            continue
        turn = seen[leg.provider.id] = seen.get(leg.provider.id, -1) + 1
        ranked.append((rank, turn, leg.id))
    return tuple(leg for _, _, leg in sorted(ranked, key=lambda one: one[:2])[:LONGEST])


def label(name: str) -> str:
    """What a chain is called."""
    return tr(f"chains.{name}") if name in BUILTIN else name


def _fits(name: str, leg: Leg) -> int | None:
    """The lower, the better; None = not at all."""
    words = f"{leg.model.id} {leg.model.name or ''}"
    match name:
        case "free":
            return 0 if leg.billing is BillingClass.FREE else None
        case "vision":
            return 0 if leg.model.vision else None
        case "coding":
            if _CODERS.search(words):
                return 0
            return 1 if _ABLE.search(words) else None
        case _:
            return None


class Chains:
    """The named chains there are, and changes to them. Changes apply at once and everywhere."""

    def __init__(self, settings: SettingsService, legs: Legs) -> None:
        self._settings = settings
        self._legs = legs

    def all(self) -> tuple[NamedChain, ...]:
        """The suggestions that fit something (or that the user made their own), then the user's chains."""
        own = self._settings.current.chains
        legs = tuple(self._legs.usable())
        found: list[NamedChain] = []
        for name in BUILTIN:
            specs = tuple(own.get(name) or suggested(name, legs))
            if specs:
                found.append(NamedChain(name, label(name), specs, name in own))
        found += [NamedChain(n, n, tuple(specs), True) for n, specs in own.items() if n not in BUILTIN]
        return tuple(found)

    def get(self, name: str) -> NamedChain | None:
        """The chain of that name."""
        return next((chain for chain in self.all() if chain.name == name), None)

    def save(self, name: str, specs: Sequence[str]) -> None:
        """Store a chain under a name, new or known. Raises `KnownError` for a name that cannot be."""
        name = name.strip()
        if not specs:
            raise KnownError("chains.empty", name=label(name))
        own = {**self._settings.current.chains, name: tuple(specs)}
        try:
            self._settings.change(chains=own)
        except KnownError as error:
            raise KnownError("chains.bad_name", name=name) from error

    def delete(self, name: str) -> None:
        """Forget the user's chain; a suggestion becomes what it was. The default chain lets go of it."""
        current = self._settings.current
        own = {n: specs for n, specs in current.chains.items() if n != name}
        changes: dict[str, object] = {"chains": own}
        if name_in(current.chain) == name and name not in BUILTIN:
            changes["chain"] = ()
        self._settings.change(**changes)

    def rename(self, old: str, new: str) -> None:
        """Give the user's chain another name; conversations that use it are the caller's to change."""
        new, current = new.strip(), self._settings.current
        if old in BUILTIN or old not in current.chains:
            raise KnownError("chains.unknown", name=old, near=", ".join(current.chains))
        if new in current.chains or new in BUILTIN:
            raise KnownError("chains.taken", name=new)
        own = {(new if name == old else name): specs for name, specs in current.chains.items()}
        changes: dict[str, object] = {"chains": own}
        if name_in(current.chain) == old:
            changes["chain"] = (MARK + new,)
        try:
            self._settings.change(**changes)
        except KnownError as error:
            raise KnownError("chains.bad_name", name=new) from error

    def reorder(self, used: Sequence[str] | None, specs: Sequence[str]) -> tuple[str, ...] | None:
        """Put the chain in use into the order `specs`. `used` is the conversation's own chain, if it has one.

        A named chain is changed itself, and so is the default chain; returns the conversation's new chain
        when it is that conversation's alone that changes.
        """
        settings: Settings = self._settings.current
        own = used or settings.chain
        name = name_in(own)
        if name is not None:
            self.save(name, specs)
            return None
        if used:
            return tuple(specs)
        self._settings.change(chain=tuple(specs))
        return None
