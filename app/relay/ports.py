"""What the engine needs from outside, as protocols; the composition root plugs the real things in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain import KeyRef, Leg
from app.store.entries import AttemptRecord, HealthRow


class Keys(Protocol):
    """The keys of providers. `refs` is in memory and instant; `secret` may ask the OS keyring.

    `secret` returns None when the entry is gone and raises `KnownError` when the keyring is locked or
    absent. A provider with auth `none` has one implicit key.
    """

    def refs(self, provider: str) -> Sequence[KeyRef]: ...

    async def secret(self, key: KeyRef) -> str | None: ...


class Journal(Protocol):
    """Takes notes without ever making the turn wait: both methods only enqueue.

    `attempt` is called when an attempt starts (`outcome` `running`), when it ends, and for each skip, always
    with the same id; the last call wins. `health` replaces the rows of the same (provider, model, key);
    `forget` deletes them.
    """

    def attempt(self, record: AttemptRecord) -> None: ...

    def health(self, row: HealthRow) -> None: ...

    def forget(self, provider: str, model: str, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of the grants that serve one leg. None = unmetered or unknown.

    `until` is when the amount refills, `expires` when the soonest grant lapses (epoch seconds).
    """

    tokens: int | None = None
    calls: int | None = None
    until: float | None = None
    expires: float | None = None


class Ledger(Protocol):
    """Tells instantly, from memory, what is left of a leg's grants."""

    def remaining(self, leg: Leg, now: float) -> Remaining | None: ...
