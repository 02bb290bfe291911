"""Which grant an attempt is charged to, as slices of time per model, for memory and SQL alike.

One-off grants ("packs") add up: an attempt is charged to one of them, that of its model before one shared
by several, and of these the one that lapses first. Refilling grants are limits: each counts every attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.ledger.periods import DAY, FOREVER, active, is_pack, period
from app.store.entries import Correction, GrantRow
from app.store.spending import Plan, Planner, Slice

PACE_DAYS = 7
"""The forecast looks at this many last days."""


def covers(grant: GrantRow, model: str) -> bool:
    """Whether the grant serves that model of its provider."""
    if grant.model is not None:
        return grant.model == model
    return not grant.models or model in grant.models


def precedence(grant: GrantRow) -> tuple[int, float, str]:
    """Packs are charged in this order."""
    wide = 0 if grant.model is not None else 1 if grant.models else 2
    return wide, FOREVER if grant.expires_at is None else grant.expires_at, grant.id


def matches(correction: Correction, grant: GrantRow) -> bool:
    """Whether a correction speaks of this grant."""
    if correction.grant_id is not None:
        return correction.grant_id == grant.id
    return (correction.provider, correction.model, correction.unit) == (
        grant.provider,
        grant.model,
        grant.unit,
    )


def corrected(
    grants: Sequence[GrantRow], corrections: Sequence[Correction]
) -> tuple[list[GrantRow], dict[str, Correction]]:
    """The grants with the end their newest correction gives them, and that correction by grant."""
    newest: dict[str, Correction] = {}
    for correction in corrections:
        for grant in grants:
            if matches(correction, grant) and correction.at >= (grant.started_at or 0.0):
                newest[grant.id] = correction
    found: list[GrantRow] = []
    for grant in grants:
        last = newest.get(grant.id)
        ends = last is not None and last.expires_at is not None
        found.append(replace(grant, expires_at=last.expires_at) if last and ends else grant)
    return found, newest


def target(packs: Sequence[GrantRow], at: float) -> GrantRow | None:
    """The pack an attempt of that moment is charged to; `packs` in order of precedence."""
    return next((pack for pack in packs if active(pack, at)), None)


def base(grant: GrantRow, newest: dict[str, Correction]) -> float:
    """From when on a pack is counted: its newest correction, else its start."""
    last = newest.get(grant.id)
    return last.at if last is not None else grant.started_at or 0.0


def planner(now: float) -> Planner:
    """What to add up at `now` (epoch seconds)."""

    def plan(
        rows: Sequence[GrantRow], corrections: Sequence[Correction], models: dict[str, list[str]]
    ) -> Plan:
        grants, newest = corrected(rows, corrections)
        sums: list[Slice] = []
        recent: list[Slice] = []
        single: list[Slice] = []
        late = now - PACE_DAYS * DAY
        for provider in {grant.provider for grant in grants}:
            for model in models.get(provider, []):
                serving = [g for g in grants if g.provider == provider and covers(g, model)]
                packs = sorted(filter(is_pack, serving), key=precedence)
                bases = {pack.id: base(pack, newest) for pack in packs}
                sums += _slices(provider, model, packs, bases)
                recent += _slices(provider, model, packs, dict.fromkeys(bases, late), late)
                for grant in serving:
                    if not is_pack(grant):
                        since = max(period(grant, now)[0], grant.started_at or 0.0)
                        until = FOREVER if grant.expires_at is None else grant.expires_at
                        single.append(Slice(grant.id, provider, model, since, until))
        return Plan(sums, recent, single)

    return plan


def _slices(
    provider: str, model: str, packs: Sequence[GrantRow], bases: dict[str, float], since: float = 0.0
) -> list[Slice]:
    edges = {since, *(edge for edge in bases.values() if edge > since)}
    for pack in packs:
        edges |= {edge for edge in (pack.started_at, pack.expires_at) if edge is not None and edge > since}
    ordered = sorted(edges)
    found: list[Slice] = []
    for start, end in zip(ordered, [*ordered[1:], FOREVER], strict=True):
        pack = target(packs, start)
        if pack is not None and start >= bases[pack.id]:
            found.append(Slice(pack.id, provider, model, start, end))
    return found
