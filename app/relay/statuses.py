"""How every entry of a chain stands right now: what the relay strip and `jieli doctor` show."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain import ChainItem, Leg
from app.policy import Policy
from app.relay.health import PAUSED, Health, Look
from app.relay.ports import Keys, Ledger
from app.relay.status import LegState, LegStatus
from providers.spec import BillingClass

_ASKED = ("ready", "probing", "cooling")
_RANK = ("ready", "probing", "cooling", "parked", "blocked", "off")


def statuses(
    chain: Iterable[ChainItem],
    keys: Keys,
    health: Health,
    policy: Policy,
    now: float,
    *,
    consented: frozenset[str] = frozenset(),
    ledger: Ledger | None = None,
    pictures: bool = False,
) -> list[LegStatus]:
    """One status per entry of `chain`, at `now` (epoch seconds). With `pictures` in what is about to be sent,
    models that read only text will be passed over.

    An entry whose preferred model is kept back by itself alone shows the sibling that would be asked in its
    place; with several keys the best of them counts.
    """
    found: list[LegStatus] = []
    for item in chain:
        first = leg_status(item.legs[0], keys, health, policy, now, consented=consented, ledger=ledger)
        shown = first
        if first.state not in ("ready", "probing", "no_key"):
            others = (
                leg_status(leg, keys, health, policy, now, consented=consented, ledger=ledger)
                for leg in item.legs[1:]
            )
            shown = next((status for status in others if status.state in ("ready", "probing")), first)
        if pictures and not shown.leg.model.vision and shown.state in _ASKED:
            seeing = (leg for leg in item.legs if leg.model.vision)
            others = (
                leg_status(leg, keys, health, policy, now, consented=consented, ledger=ledger)
                for leg in seeing
            )
            blind = LegStatus(shown.leg, "blind")
            shown = next((status for status in others if status.state in ("ready", "probing")), blind)
        found.append(shown)
    return found


def leg_status(
    leg: Leg,
    keys: Keys,
    health: Health,
    policy: Policy,
    now: float,
    *,
    consented: frozenset[str] = frozenset(),
    ledger: Ledger | None = None,
) -> LegStatus:
    """How one leg stands at `now` (epoch seconds)."""
    if not leg.enabled:
        return LegStatus(leg, "paused")
    refs = ("",) if leg.provider.auth == "none" else tuple(k.id for k in keys.refs(leg.provider.id))
    if not refs:
        return LegStatus(leg, "no_key")
    if leg.billing is BillingClass.PAID and policy.spend != "allow" and leg.id not in consented:
        return LegStatus(leg, "would_bill")
    look = min((health.look(leg, key, now) for key in refs), key=_order)
    if look.row is None:
        left = ledger.remaining(leg, now) if ledger else None
        if left is not None and (left.calls == 0 or left.tokens == 0):
            return LegStatus(leg, "parked", until=left.until)
        return LegStatus(leg, "ready")
    row = look.row
    state: LegState = "paused" if row.kind == PAUSED else look.state
    return LegStatus(
        leg,
        state,
        until=look.until,
        since=row.updated_at,
        kind=row.kind,
        code=row.code,
        hint=row.hint,
        message=row.message,
    )


def _order(look: Look) -> tuple[int, float]:
    return _RANK.index(look.state), float("inf") if look.until is None else look.until
