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

    `until` is when the amount refills (`calls_until` the calls, where both are limited), `expires` when the
    soonest grant lapses (epoch seconds). The margins stay unspent, unless the vendor is known to stop by
    itself (`hard_stop`). `gone` = every grant has lapsed: whoever asks now pays, or is refused by a vendor
    that stops.
    """

    tokens: int | None = None
    calls: int | None = None
    until: float | None = None
    expires: float | None = None
    margin_tokens: int = 0
    margin_calls: int = 0
    hard_stop: bool = False
    gone: bool = False
    calls_until: float | None = None


class Ledger(Protocol):
    """Tells instantly, from memory, what is left of a leg's grants."""

    def remaining(self, leg: Leg, now: float) -> Remaining | None: ...


class Books(Protocol):
    """What the ledger has to hear of turns. `turn` is the id of a turn (`Turn.id`).

    `hold` keeps an amount from other turns until the attempt is noted, `release` gives it back. `note` is
    told of every attempt record at once, before the journal; `metered` says whether a leg's attempts have to
    be on disk before the request goes out, and `written` waits until what was posted is.
    """

    def hold(self, turn: str, leg: Leg, tokens: int, now: float) -> None: ...

    def release(self, turn: str) -> None: ...

    def note(self, record: AttemptRecord) -> None: ...

    def metered(self, leg: Leg) -> bool: ...

    async def written(self) -> None: ...
