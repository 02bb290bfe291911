"""What is told of one leg besides its state, and what can be done about it, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegFacts:
    """`lines` tell of its grants, one each; `reason` why it is kept back where no failure says so; `actions`
    are (action, words): `correct`, `balance`, `pause`, `resume`, `reset`, `add_key`."""

    lines: tuple[str, ...] = ()
    reason: str = ""
    actions: tuple[tuple[str, str], ...] = ()
