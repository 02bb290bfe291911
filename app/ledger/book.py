"""The ledger in memory: what each grant has left, moved on by every charge. Nothing here waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.ledger.cost import Cost
from app.ledger.periods import DAY, FOREVER, active, is_pack, period, span
from app.ledger.slices import PACE_DAYS, base, corrected, covers, precedence, target
from app.ledger.window import Window
from app.relay.ports import Remaining
from app.store.entries import GrantRow, GrantUnit
from app.store.spending import Accounts

MARGIN = 0.02
"""This share of a grant stays unspent where the vendor does not stop by itself: counts may differ."""


ANSWER_HOLDS = 1.0


@dataclass(slots=True)
class Tally:
    """What a pack was charged since its base, and of late."""

    tokens: int = 0
    calls: int = 0
    guessed: int = 0
    recent_tokens: int = 0
    recent_calls: int = 0

    def of(self, unit: GrantUnit) -> int:
        return self.tokens if unit == "tokens" else self.calls


@dataclass(frozen=True, slots=True)
class Room:
    """One thing that bounds a leg: how much is `left` (None = unknown) of which `amount`."""

    unit: GrantUnit
    left: int | None
    amount: int
    hard: bool
    until: float | None

    @property
    def margin(self) -> int:
        return 0 if self.hard else round(self.amount * MARGIN)


class Book:
    """All grants and what was charged to them, as of `loaded` (epoch seconds) and from there on."""

    def __init__(self, accounts: Accounts, loaded: float) -> None:
        self.loaded = loaded
        self.grants, self.newest = corrected(accounts.grants, accounts.corrections)
        self.offers = accounts.offers
        self.version = accounts.version
        self._late = loaded - PACE_DAYS * DAY
        self._tallies = {grant.id: Tally() for grant in self.grants}
        self._windows = {grant.id: Window() for grant in self.grants if not is_pack(grant)}
        self._serving: dict[tuple[str, str], tuple[list[GrantRow], list[GrantRow]]] = {}
        self._periods: dict[str, tuple[float, float]] = {}
        self._answers: dict[str, dict[str, tuple[float, float, Remaining | None]]] = {}
        for charge in accounts.sums:
            tally = self._tallies[charge.grant]
            tally.tokens, tally.calls = charge.tokens, charge.calls
            tally.guessed = charge.guessed
        for charge in accounts.recent:
            tally = self._tallies[charge.grant]
            tally.recent_tokens, tally.recent_calls = charge.tokens, charge.calls
        for charge in accounts.rows:
            self._windows[charge.grant].add(charge.at, charge.tokens, charge.calls, charge.guessed)

    def charge(self, provider: str, model: str, at: float, cost: Cost, sign: int = 1) -> None:
        """An attempt that started at `at` cost that much; `sign` -1 takes it back."""
        self._answers.pop(provider, None)
        packs, limits = self.serving(provider, model)
        tokens, calls, guessed = cost.tokens * sign, cost.calls * sign, cost.guessed * sign
        pack = target(packs, at)
        if pack is not None:
            tally = self._tallies[pack.id]
            if at >= base(pack, self.newest):
                tally.tokens += tokens
                tally.calls += calls
                tally.guessed += guessed
            if at >= self._late:
                tally.recent_tokens += tokens
                tally.recent_calls += calls
        for limit in limits:
            if active(limit, at):
                self._windows[limit.id].add(at, tokens, calls, guessed)

    def serving(self, provider: str, model: str) -> tuple[list[GrantRow], list[GrantRow]]:
        """The packs, in order of precedence, and the limits that serve a model."""
        found = self._serving.get((provider, model))
        if found is None:
            mine = [g for g in self.grants if g.provider == provider and covers(g, model)]
            packs = sorted(filter(is_pack, mine), key=precedence)
            found = packs, [g for g in mine if not is_pack(g)]
            self._serving[provider, model] = found
        return found

    def tally(self, grant: GrantRow) -> Tally:
        """What a grant was charged."""
        return self._tallies[grant.id]

    def remaining(self, provider: str, model: str, now: float) -> Remaining | None:
        """What a leg has left; None when no grant serves it.

        An answer holds until something is charged or a grant begins or ends, for a second at most.
        """
        answers = self._answers.setdefault(provider, {})
        known = answers.get(model)
        if known is not None and known[0] <= now < known[1]:
            return known[2]
        packs, limits = self.serving(provider, model)
        found = self._remaining(packs, limits, now) if packs or limits else None
        edges = (edge for g in (*packs, *limits) for edge in (g.started_at, g.expires_at) if edge is not None)
        until = min((edge for edge in edges if edge > now), default=FOREVER)
        answers[model] = now, min(until, now + ANSWER_HOLDS), found
        return found

    def _remaining(self, packs: Sequence[GrantRow], limits: Sequence[GrantRow], now: float) -> Remaining:
        rooms = [*self._pack_rooms(packs, now), *self._limit_rooms(limits, now)]
        if not rooms:
            hard = all(grant.hard_stop for grant in (*packs, *limits))
            begins = [g.started_at for g in (*packs, *limits) if g.started_at and g.started_at > now]
            return Remaining(tokens=0, until=min(begins, default=None), hard_stop=hard, gone=True)
        tokens, calls = (
            _tightest(room for room in rooms if room.unit == unit) for unit in ("tokens", "calls")
        )
        known = [room for room in (tokens, calls) if room is not None]
        ends = [pack.expires_at for pack in packs if pack.expires_at and self._spendable(pack, now)]
        return Remaining(
            tokens=None if tokens is None else max(0, tokens.left or 0),
            calls=None if calls is None else max(0, calls.left or 0),
            until=known[0].until if known else None,
            expires=min(ends, default=None),
            margin_tokens=tokens.margin if tokens else 0,
            margin_calls=calls.margin if calls else 0,
            hard_stop=bool(known) and all(room.hard for room in known),
            calls_until=calls.until if calls else None,
        )

    def left(self, grant: GrantRow, now: float) -> int | None:
        """What is left of one grant, below 0 when it was overdrawn; None when only the console knows."""
        last = self.newest.get(grant.id)
        if is_pack(grant):
            begun = grant.amount if last is None else last.remaining
            spent = self._tallies[grant.id].of(grant.unit)
        else:
            start = self._start(grant, now)
            begun = last.remaining if last is not None and last.at >= start else grant.amount
            spent = self._sums(grant, now)[0 if grant.unit == "tokens" else 1]
        return None if begun is None else begun - spent

    def used(self, grant: GrantRow, now: float) -> int:
        """What was charged to it: of a refilling grant in its present period."""
        if is_pack(grant):
            return self._tallies[grant.id].of(grant.unit)
        return self._sums(grant, now)[0 if grant.unit == "tokens" else 1]

    def guessed(self, grant: GrantRow, now: float) -> bool:
        """Whether any of that is our estimate."""
        return (self._tallies[grant.id].guessed if is_pack(grant) else self._sums(grant, now)[2]) > 0

    def refills(self, grant: GrantRow, now: float) -> float | None:
        """When a refilling grant has more again; None when it has all it can have, or never refills."""
        if is_pack(grant):
            return None
        if grant.window != "hours":
            return self._period(grant, now)[1]
        start = self._start(grant, now)
        last = self.newest.get(grant.id)
        oldest = self._windows[grant.id].oldest(start)
        moments = [oldest] if oldest is not None else []
        if last is not None and last.at >= start:
            moments.append(last.at)
        return min(moments) + span(grant) if moments else None

    def overdrawn(self, shared: GrantRow, now: float) -> int:
        """What packs of single models could not bear and this shared one had to (0 or less)."""
        by_model: dict[str, list[GrantRow]] = {}
        for pack in self.grants:
            if (
                pack.model is not None
                and (pack.provider, pack.unit) == (shared.provider, shared.unit)
                and is_pack(pack)
                and covers(shared, pack.model)
                and (pack.expires_at is None or pack.expires_at > (shared.started_at or 0.0))
            ):
                by_model.setdefault(pack.model, []).append(pack)
        return sum(min(0, self._sum(packs, now)) for packs in by_model.values())

    def _pack_rooms(self, packs: Sequence[GrantRow], now: float) -> Iterable[Room]:
        if len(packs) == 1 and packs[0].model is not None:
            # By far the most common case.
            pack = packs[0]
            if active(pack, now):
                yield Room(pack.unit, self.left(pack, now), pack.amount or 0, pack.hard_stop, None)
            return
        for unit in ("tokens", "calls"):
            mine = [pack for pack in packs if pack.unit == unit]
            live = [pack for pack in mine if active(pack, now)]
            if not live:
                continue
            if any(self.left(pack, now) is None for pack in live):
                yield Room(unit, None, 0, hard=False, until=None)
                continue
            total = self._sum([pack for pack in mine if pack.model is not None], now)
            shared = [pack for pack in live if pack.model is None]
            if shared:
                wide = self._sum([pack for pack in mine if pack.model is None], now)
                total = max(0, total) + wide + self.overdrawn(shared[0], now)
            amount = sum(pack.amount or 0 for pack in live)
            yield Room(unit, total, amount, all(pack.hard_stop for pack in live), None)

    def _sum(self, packs: Iterable[GrantRow], now: float) -> int:
        """What is left of packs together. One that has lapsed gives nothing; what it was overdrawn by was
        borne by the others."""
        total = 0
        for pack in packs:
            left = self.left(pack, now) or 0
            total += left if active(pack, now) else min(0, left)
        return total

    def _limit_rooms(self, limits: Sequence[GrantRow], now: float) -> Iterable[Room]:
        for limit in limits:
            if active(limit, now):
                left = self.left(limit, now)
                yield Room(limit.unit, left, limit.amount or 0, limit.hard_stop, self.refills(limit, now))

    def _spendable(self, pack: GrantRow, now: float) -> bool:
        left = self.left(pack, now)
        return active(pack, now) and (left is None or left > 0)

    def _sums(self, limit: GrantRow, now: float) -> tuple[int, int, int]:
        """What was charged to a refilling grant since its period began, or since it was corrected in it."""
        start = self._start(limit, now)
        last = self.newest.get(limit.id)
        return self._windows[limit.id].sums(last.at if last is not None and last.at >= start else start)

    def _start(self, grant: GrantRow, now: float) -> float:
        return now - span(grant) if grant.window == "hours" else self._period(grant, now)[0]

    def _period(self, grant: GrantRow, now: float) -> tuple[float, float]:
        known = self._periods.get(grant.id, (FOREVER, 0.0))
        if not known[0] <= now < known[1]:
            known = self._periods[grant.id] = period(grant, now)
        return known


def _tightest(rooms: Iterable[Room]) -> Room | None:
    """The room that will be used up first; one nobody knows the size of bounds nothing."""
    known = [room for room in rooms if room.left is not None]
    return min(known, key=lambda room: (room.left or 0) - room.margin, default=None)
