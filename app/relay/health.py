"""What the relay remembers about providers, models and keys that failed, and for how long.

One row per (provider, model, key); an empty model or key means all of them. Rows outlive the program through
the journal, except those of practice providers. Everything runs on one thread and nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from app.clock import Clock
from app.domain import Leg
from app.relay.ports import Journal
from app.relay.resets import quota_returns
from app.store.entries import HealthRow
from providers import Failure, FailureKind

RATE_LADDER = (90.0, 120.0, 600.0, 3600.0)
"""Cooldowns in seconds for one rate limit after the other without a success between them."""

BREAKER_LADDER = (30.0, 60.0, 120.0, 300.0)
"""How long a breaker stays open, in seconds, each time its one real request fails again."""

LONGEST_RETRY_AFTER = 60.0
"""A `Retry-After` up to this many seconds is taken as given; a longer one is rounded up to a rung."""

REGION_SECONDS = 24 * 3600.0
PAUSED = "paused"
"""The kind of a row the user made: the leg is left alone until its time is over."""

LADDER_MEMORY = 24 * 3600.0
"""A rung is forgotten when the last cooldown ended this many seconds ago."""

BREAKER_STRIKES = 2

RELUCTANCE = 600.0
RELUCTANT_MODELS = 2

State = Literal["ready", "probing", "cooling", "parked", "off", "blocked"]
Spot = tuple[str, str]

_SEVERITY = {"open": 1, "cooling": 1, "parked": 2, "blocked": 3, "off": 4}


@dataclass(frozen=True, slots=True)
class Look:
    """How a leg stands with one key. `probing` and `usable` = its next request is the one real request that
    decides; `probing` and not `usable` = that request is under way. `row` is what caused the state."""

    usable: bool
    state: State
    until: float | None = None
    row: HealthRow | None = None

    @property
    def model_scoped(self) -> bool:
        """Whether other models of the provider may be fine."""
        return self.row is not None and self.row.model != ""


READY = Look(True, "ready")


@dataclass(frozen=True, slots=True)
class Dwell:
    """The fallback that holds the baton of a chain, and since when (epoch seconds)."""

    leg: str
    since: float


class Health:
    """The states of everything, shared by all turns. `rows` are those of an earlier run."""

    def __init__(self, journal: Journal, clock: Clock, rows: Iterable[HealthRow] = ()) -> None:
        self._journal = journal
        self._clock = clock
        self._rows: dict[str, dict[Spot, HealthRow]] = {}
        self._strikes: dict[tuple[str, str], int] = {}
        self._probes: set[tuple[str, str, str]] = set()
        self._dwell: dict[tuple[str, ...], Dwell] = {}
        self._listeners: list[Callable[[], None]] = []
        for row in rows:
            # A state nobody knows, of a damaged file, keeps no leg back and breaks no turn.
            if row.state not in _SEVERITY:
                continue
            self._rows.setdefault(row.provider, {})[row.model, row.key] = row

    # -- asking

    def look(self, leg: Leg, key: str, now: float) -> Look:
        """How `leg` stands with the key of that id at `now` (epoch seconds)."""
        rows = self._rows.get(leg.provider.id)
        if not rows:
            return READY
        worst: HealthRow | None = None
        trial: HealthRow | None = None
        for spot in _spots(leg.model.id, key):
            row = rows.get(spot)
            if row is None:
                continue
            if row.until is None or row.until > now:
                if worst is None or _weight(row) > _weight(worst):
                    worst = row
            elif row.state != "cooling" and row.kind != PAUSED:
                trial = row
        if worst is not None:
            state: State = "cooling" if worst.state == "open" else worst.state
            return Look(False, state, worst.until, worst)
        if trial is not None:
            busy = (trial.provider, trial.model, trial.key) in self._probes
            return Look(not busy, "probing", None, trial)
        return READY

    def reluctant(self, provider: str, now: float) -> bool:
        """Whether other models of a provider should stand back behind the rest of the chain for a while.

        Two of its models said within the last minutes that their own allowance is used up: the others may
        well say the same, and each would cost the turn an attempt.
        """
        fresh = [
            row.code
            for row in self._rows.get(provider, {}).values()
            if row.state == "parked" and row.model and now - row.updated_at < RELUCTANCE
        ]
        return any(fresh.count(code) >= RELUCTANT_MODELS for code in fresh)

    def rows(self) -> tuple[HealthRow, ...]:
        """Every row, expired ones included (they hold the ladder's rung)."""
        return tuple(row for rows in self._rows.values() for row in rows.values())

    def dwell(self, chain: tuple[str, ...]) -> Dwell | None:
        """The fallback that holds the baton of that chain, if one does."""
        return self._dwell.get(chain)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after every change; returns what ends that."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    # -- what attempts report

    def begin(self, leg: Leg, key: str, now: float) -> bool:
        """An attempt starts. True = it is the one real request of a half-open breaker; `release` it."""
        if leg.provider.id not in self._rows:
            return False
        look = self.look(leg, key, now)
        if look.state != "probing" or look.row is None:
            return False
        self._probes.add((look.row.provider, look.row.model, look.row.key))
        return True

    def release(self, leg: Leg, key: str) -> None:
        """The attempt is over, whatever came of it."""
        if not self._probes:
            return
        for model, of_key in _spots(leg.model.id, key):
            self._probes.discard((leg.provider.id, model, of_key))

    def on_success(self, leg: Leg, key: str, started: float) -> None:
        """Visible content came from `leg`. Rows that arose after the attempt `started` stay: an old stream
        says nothing about a newer failure."""
        if self._strikes:
            self._strikes.pop((leg.provider.id, leg.model.id), None)
            self._strikes.pop((leg.provider.id, ""), None)
        rows = self._rows.get(leg.provider.id)
        if rows:
            gone = [s for s in _spots(leg.model.id, key) if s in rows and rows[s].updated_at <= started]
            self._forget(leg.provider.id, gone)

    def on_failure(
        self, leg: Leg, key: str, failure: Failure, *, started: float, weight: int = 1
    ) -> float | None:
        """Penalise as the kind says; `started` is the attempt's start in epoch seconds, `weight` how many
        strikes of the breaker it is worth. Returns when the penalty ends (None = none, or not by itself)."""
        now = self._clock.now()
        model = leg.model.id if failure.model_scoped else ""
        match failure.kind:
            case FailureKind.AUTH:
                row = _row(leg, model, key, "off", None, 0, failure, now)
            case FailureKind.REGION_BLOCKED:
                row = _row(leg, model, "", "blocked", now + REGION_SECONDS, 0, failure, now)
            case FailureKind.QUOTA_EXHAUSTED:
                until = quota_returns(failure, leg, now)
                row = _row(leg, model, key, "parked", until, 0, failure, now)
            case FailureKind.RATE_LIMITED:
                row = self._cooling(leg, model, key, failure, now, started)
            case FailureKind.TRANSIENT:
                row = self._strike(leg, leg.model.id, failure, now, started, weight)
            case FailureKind.NETWORK:
                row = self._strike(leg, model, failure, now, started, weight)
            case _:
                return None
        if row is None:
            return None
        return self._put(row, practice=leg.provider.dialect == "practice").until

    def keep_dwell(self, chain: tuple[str, ...], leg: str, since: float) -> None:
        """`leg` holds the baton of `chain`; `since` counts only when another leg held it before."""
        held = self._dwell.get(chain)
        if held is None or held.leg != leg:
            self._dwell[chain] = Dwell(leg, since)

    def end_dwell(self, chain: tuple[str, ...]) -> None:
        """The preferred leg has the baton again."""
        self._dwell.pop(chain, None)

    # -- what the user and the settings do

    def clear(self, provider: str, model: str, key: str) -> None:
        """Forget one row exactly as it stands in `rows`, and nothing else."""
        if (model, key) in self._rows.get(provider, {}):
            self._forget(provider, [(model, key)])
            self._return_baton(provider)

    def reset(self, provider: str, model: str = "", key: str = "") -> None:
        """Forget what is known about them; an empty model or key stands for every one."""
        rows = self._rows.get(provider, {})
        self._forget(provider, [s for s in rows if model in ("", s[0]) and key in ("", s[1])])
        for spot in [s for s in self._strikes if s[0] == provider and model in ("", s[1])]:
            del self._strikes[spot]
        self._return_baton(provider)

    def try_now(self, leg: Leg) -> None:
        """Let the next turn give `leg` one real request, whatever keeps it back; the ladder stays."""
        now = self._clock.now()
        rows = self._rows.get(leg.provider.id, {})
        for spot in [s for s in rows if s[0] in ("", leg.model.id)]:
            row = rows[spot]
            if row.until is None or row.until > now:
                rows[spot] = row = replace(row, until=now)
                self._save(row, practice=leg.provider.dialect == "practice")
        self._return_baton(leg.provider.id)
        self._changed()

    def pause(self, leg: Leg, seconds: float) -> None:
        """Leave `leg` alone for so long because the user says so."""
        now = self._clock.now()
        row = HealthRow(
            provider=leg.provider.id,
            model=leg.model.id,
            key="",
            state="parked",
            until=now + seconds,
            level=0,
            kind=PAUSED,
            code=None,
            message="",
            hint="paused_by_user",
            updated_at=now,
        )
        self._rows.setdefault(row.provider, {})[row.model, ""] = row
        self._save(row, practice=leg.provider.dialect == "practice")
        self._changed()

    def key_edited(self, provider: str, key: str) -> None:
        """A key was replaced, removed or found good: nothing that is known about it holds any longer."""
        rows = self._rows.get(provider, {})
        self._forget(provider, [s for s in rows if s[1] == key])
        self._return_baton(provider)

    # -- inside

    def _return_baton(self, provider: str) -> None:
        """Who wants a leg to be tried wants it to be first again, too."""
        for chain in [c for c in self._dwell if any(spec.partition(":")[0] == provider for spec in c)]:
            del self._dwell[chain]

    def _cooling(
        self, leg: Leg, model: str, key: str, failure: Failure, now: float, started: float
    ) -> HealthRow:
        old = self._rows.get(leg.provider.id, {}).get((model, key))
        level = 0
        known = old is not None and old.state == "cooling" and now - (old.until or now) < LADDER_MEMORY
        if old is not None and known:
            level = old.level
        same_wave = old is not None and known and old.updated_at > started
        asked = failure.retry_after
        if failure.reset_at is not None and failure.reset_at > now:
            until = failure.reset_at
        elif asked is not None and 0 <= asked <= LONGEST_RETRY_AFTER and not failure.wait_usual:
            until = now + max(asked, 1.0)
        else:
            if not same_wave or level == 0:
                level = min(level + 1, len(RATE_LADDER))
            wait = RATE_LADDER[level - 1]
            # What usually helps is the catalogue's word, not this answer's: the least, and no way round.
            if asked is not None and asked > wait:
                wait = next((rung for rung in RATE_LADDER if rung >= asked), RATE_LADDER[-1])
            until = now + wait
        return _row(leg, model, key, "cooling", until, level, failure, now)

    def _strike(
        self, leg: Leg, model: str, failure: Failure, now: float, started: float, weight: int
    ) -> HealthRow | None:
        spot = (leg.provider.id, model)
        old = self._rows.get(leg.provider.id, {}).get((model, ""))
        if old is not None and old.state != "open":
            old = None
        if old is not None and old.updated_at > started:
            return None  # it opened while this attempt was under way: the same trouble
        strikes = self._strikes.get(spot, 0) + weight
        asked = failure.retry_after
        if old is None and strikes < BREAKER_STRIKES and not asked:
            self._strikes[spot] = strikes
            return None
        self._strikes.pop(spot, None)
        level = 1 if old is None else min(old.level + 1, len(BREAKER_LADDER))
        wait = max(BREAKER_LADDER[level - 1], min(asked or 0.0, RATE_LADDER[-1]))
        return _row(leg, model, "", "open", now + wait, level, failure, now)

    def _put(self, row: HealthRow, *, practice: bool) -> HealthRow:
        rows = self._rows.setdefault(row.provider, {})
        old = rows.get((row.model, row.key))
        if old is not None and (old.until is None or old.until > row.updated_at):
            # Turns that overlap must not shorten a penalty or hide a graver one.
            stronger = _SEVERITY[old.state] - _SEVERITY[row.state]
            if stronger > 0 or (stronger == 0 and _weight(old) > _weight(row)):
                return old
        rows[row.model, row.key] = row
        self._probes.discard((row.provider, row.model, row.key))
        self._save(row, practice=practice)
        self._changed()
        return row

    def _save(self, row: HealthRow, *, practice: bool) -> None:
        if not practice:
            self._journal.health(row)

    def _forget(self, provider: str, spots: list[Spot]) -> None:
        if not spots:
            return
        rows = self._rows[provider]
        for model, key in spots:
            del rows[model, key]
            self._journal.forget(provider, model, key)
        if not rows:
            del self._rows[provider]
        self._changed()

    def _changed(self) -> None:
        for callback in tuple(self._listeners):
            callback()


def _spots(model: str, key: str) -> tuple[Spot, ...]:
    if key:
        return (("", ""), (model, ""), ("", key), (model, key))
    return (("", ""), (model, ""))


def _weight(row: HealthRow) -> tuple[int, float]:
    return _SEVERITY[row.state], float("inf") if row.until is None else row.until


def _row(
    leg: Leg,
    model: str,
    key: str,
    state: Literal["cooling", "parked", "off", "open", "blocked"],
    until: float | None,
    level: int,
    failure: Failure,
    now: float,
) -> HealthRow:
    return HealthRow(
        provider=leg.provider.id,
        model=model,
        key=key,
        state=state,
        until=until,
        level=level,
        kind=failure.kind.value,
        code=failure.code,
        message=failure.message,
        hint=failure.hint,
        updated_at=now,
    )
