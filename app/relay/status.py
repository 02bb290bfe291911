"""How each leg of a chain stands right now, for the relay strip, the settings and `jieli doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.domain import Leg

LegState = Literal[
    "ready",
    "cooling",
    "parked",
    "off",
    "blocked",
    "probing",
    "no_key",
    "would_bill",
    "paused",
    "too_small",
    "blind",
]


@dataclass(frozen=True, slots=True)
class LegStatus:
    """One leg and its state. `until` is epoch seconds when the state ends by itself; `kind`, `code`,
    `hint` and `message` describe the failure that caused it (see `providers.Failure`). `since` is when the
    state began, so that a countdown can be drawn as a share."""

    leg: Leg
    state: LegState
    until: float | None = None
    since: float | None = None
    kind: str | None = None
    code: str | None = None
    hint: str | None = None
    message: str = ""
