"""From what a provider offers to what the user has: its grants become theirs with the first key."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.domain import BillingClass, GrantSpec, Leg, ProviderSpec
from app.ledger.periods import DAY
from app.ledger.slices import covers
from app.store.entries import GrantRow


def offered(spec: ProviderSpec, now: float, known: Iterable[GrantRow] = ()) -> list[GrantRow]:
    """The grants the provider's file offers, begun at `now` or, for a model that came later, with the others.

    The same offer always gets the same id, so that it is taken once.
    """
    begun = {grant.source: grant.started_at for grant in known if grant.provider == spec.id}
    rows: list[GrantRow] = []
    for grant in spec.grants:
        start = begun.get(grant.id) or now
        if grant.scope == "account":
            rows.append(_row(spec, grant, start, now, None, _metered(spec, grant)))
        else:
            models = grant.models or tuple(m.id for m in spec.models if m.billing is BillingClass.GRANT)
            rows += [_row(spec, grant, start, now, model, ()) for model in models]
    return rows


def missing(spec: ProviderSpec, taken: Collection[str]) -> bool:
    """Whether the provider offers something that was never taken."""
    return any(row.id not in taken for row in offered(spec, 0.0))


def once_offered(leg: Leg, taken: Collection[str]) -> bool:
    """Whether one of the offers that became the user's served the leg; it may be gone since."""
    return any(row.id in taken and covers(row, leg.model.id) for row in offered(leg.provider, 0.0))


def _metered(spec: ProviderSpec, grant: GrantSpec) -> tuple[str, ...]:
    """The models an account-wide grant serves: those listed, else all but the free ones; () = all."""
    if grant.models or not any(model.billing is BillingClass.FREE for model in spec.models):
        return grant.models
    return tuple(model.id for model in spec.models if model.billing is not BillingClass.FREE)


def _row(
    spec: ProviderSpec, grant: GrantSpec, start: float, now: float, model: str | None, models: tuple[str, ...]
) -> GrantRow:
    parts = ("offer", spec.id, grant.id) if model is None else ("offer", spec.id, grant.id, model)
    return GrantRow(
        id=":".join(parts),
        provider=spec.id,
        unit=grant.unit,
        amount=grant.amount,
        created_at=now,
        model=model,
        window=grant.window,
        hours=grant.hours,
        timezone=spec.timezone,
        models=models,
        started_at=start,
        expires_at=None if grant.valid_days is None else start + grant.valid_days * DAY,
        hard_stop=grant.hard_stop,
        source=grant.id,
    )
