"""What a turn tells while it runs; the window, `jieli ask` and the tests consume the same events.

Exactly one terminal event ends every turn: `Done`, `Exhausted` or `Stopped`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.prices import Cost
from providers import Failure

SkipReason = Literal["no_key", "disabled", "cooldown", "quota_low", "paid", "context", "capability"]
SwitchMode = Literal["restart", "continue"]


@dataclass(frozen=True, slots=True)
class Skip:
    """A leg was passed over before sending. `until` is epoch seconds when known; `note` says more in one
    sentence where the reason alone would mislead (a locked keyring). `state` tells a `cooldown` after a used
    up allowance (`parked`) from one after too many requests (`cooling`), and a `no_key` whose key is there
    behind a locked keyring (`locked`) or one that cannot be used (`unread`). `bills` = the leg was passed
    over only because it would cost money, and consent to that would have it asked; `needed` tokens it would
    then take and `cost` what they cost, by our estimate (None = the price is not known)."""

    provider: str
    model: str
    reason: SkipReason
    until: float | None = None
    note: str = ""
    state: str = ""
    bills: bool = False
    needed: int = field(default=0, compare=False)
    cost: Cost | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Request number `n` (from 1) of the turn goes out on this leg."""

    n: int
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Thinking text of the running attempt."""

    text: str


@dataclass(frozen=True, slots=True)
class Delta:
    """Visible text to append to the answer. Joined deltas since the last restart are the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Attempt `n` failed; `partial` is the number of visible characters it had written."""

    n: int
    provider: str
    model: str
    failure: Failure
    partial: int = 0


@dataclass(frozen=True, slots=True)
class Switch:
    """The baton goes from one leg (`provider:model`) to another. `restart` discards nothing the user has
    read without a trace: the text so far is kept by whoever stores the turn as an earlier version."""

    source: str
    target: str
    mode: SwitchMode


@dataclass(frozen=True, slots=True)
class Waiting:
    """The only usable leg is cooling: the turn waits until `until` (epoch seconds), then tries again."""

    provider: str
    model: str
    until: float


@dataclass(frozen=True, slots=True)
class Trimmed:
    """`dropped` of the oldest messages were left out so that the rest fits the leg's window."""

    dropped: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; `estimated` when the vendor did not say."""

    prompt: int
    completion: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is answered; `text` is the whole answer, continued parts joined."""

    provider: str
    model: str
    text: str
    finish: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Exhausted:
    """No leg could answer. `text` keeps what was read; `failures` in the order they happened.

    `asks` names the leg that would go on from `text`, when the user wants to be asked first. `limit` is the
    policy's limit for a turn that left legs unasked: `attempts`, `seconds`, or empty.
    """

    offline: bool
    failures: tuple[Failed, ...]
    skips: tuple[Skip, ...]
    text: str = ""
    asks: str | None = None
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user stopped the turn; `text` keeps what was read."""

    text: str


RelayEvent = (
    Skip | Attempt | Reasoning | Delta | Failed | Switch | Waiting | Trimmed | Done | Exhausted | Stopped
)
