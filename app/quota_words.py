"""What is left of grants and legs, in words: for the strip, the quota page, the settings and the notices."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import wording
from app.directory import Directory
from app.domain import BillingClass
from app.errors import KnownError
from app.i18n import tr
from app.ledger.slices import covers
from app.ledger.views import GrantView
from app.relay.ports import Remaining
from app.store.entries import DAMAGED
from app.wording import LegLabel

if TYPE_CHECKING:
    from app.domain import Leg
    from app.store.entries import GrantRow

LONG_DAYS = 999
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Left:
    """What a leg has left: `text` in words (empty = not metered), `low` = a fifth and less."""

    text: str
    low: bool = False


class QuotaWords:
    """Words that need names; providers and models that have since gone keep their ids."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def provider(self, provider: str) -> LegLabel:
        """Name, glyph and colour of a provider."""
        spec = self._directory.provider(provider)
        if spec is None:
            return LegLabel(provider, provider[:1].upper(), "")
        return LegLabel(wording.provider_name(spec), spec.glyph, spec.colour)

    def scope(self, grant: GrantRow) -> str:
        """Which models it serves."""
        if grant.model is not None:
            try:
                return wording.model_name(self._directory.leg(f"{grant.provider}:{grant.model}"))
            except KnownError:
                return grant.model
        if grant.models:
            return tr("grants.models", n=len(grant.models))
        return tr("grants.all_models")

    def name(self, grant: GrantRow) -> str:
        """Provider and scope."""
        return tr("grants.name", provider=self.provider(grant.provider).name, scope=self.scope(grant))


def free_legs(directory: Directory, used: Iterable[str]) -> list[Leg]:
    """The free legs of the chain and those of `used` (leg ids), each once; what is gone is left out."""
    found: dict[str, Leg] = {}
    # The strip says what is wrong with a chain.
    with contextlib.suppress(KnownError):
        found = {item.legs[0].id: item.legs[0] for item in directory.chain()}
    for leg_id in used:
        if leg_id not in found:
            with contextlib.suppress(KnownError):
                found[leg_id] = directory.leg(leg_id)
    return [leg for leg in found.values() if leg.billing is BillingClass.FREE]


def serving(views: Iterable[GrantView], leg: Leg) -> list[GrantView]:
    """The grants that serve a leg, those of its model alone first."""
    mine = [
        view for view in views if view.grant.provider == leg.provider.id and covers(view.grant, leg.model.id)
    ]
    return sorted(mine, key=lambda view: view.grant.model is None)


def left_of_leg(remaining: Remaining | None, views: Sequence[GrantView]) -> Left:
    """What a leg has left. `views` are the grants that serve it."""
    if remaining is None or remaining.gone:
        return Left("")
    live = [view for view in views if view.state in ("ready", "low", "used_up")]
    low = bool(live) and all(view.state != "ready" for view in live)
    amount = amount_of_leg(remaining)
    return Left(tr("grants.left", amount=amount), low) if amount else Left("")


def amount_of_leg(remaining: Remaining | None) -> str:
    """What a leg has left, without the word for it; empty when nothing counts or limits it."""
    if remaining is None or remaining.gone:
        return ""
    if remaining.tokens is not None:
        return units(remaining.tokens, "tokens")
    return units(remaining.calls, "calls") if remaining.calls is not None else ""


def units(n: int, unit: str) -> str:
    """`86.3 万 token`, `1,180 次`."""
    return tr(f"cli.quota_{unit}", amount=wording.amount(n), n=n)


def left(view: GrantView) -> str:
    """`86.3 万 token`, with a sign where estimates are part of it."""
    if view.remaining is None:
        return tr("cli.quota_unknown")
    return ("≈ " if view.estimated else "") + units(view.remaining, view.grant.unit)


def whole(view: GrantView) -> str:
    """What it began with, behind a slash; empty when nobody knows."""
    return "" if view.amount is None else f"/ {wording.amount(view.amount)}"


def parts(view: GrantView) -> tuple[str, str]:
    """As `left` and `whole`, with the unit behind both: `86.3 万`, `/ 100 万 token`."""
    if view.remaining is None or view.amount is None:
        return left(view), ""
    about = "≈ " if view.estimated else ""
    return about + wording.amount(view.remaining), f"/ {units(view.amount, view.grant.unit)}"


def source(view: GrantView, now: float) -> str:
    """Where the number comes from."""
    if view.grant.source == DAMAGED and view.corrected_at is None:
        return tr("grants.source_damaged")
    if view.corrected_at is not None:
        day = _day(view.corrected_at, now)
        return tr(f"grants.source_{view.corrected_by or 'user'}", when=day)
    if view.remaining is None:
        return tr("grants.source_unknown")
    if view.grant.unit == "calls":
        return tr("grants.source_calls")
    return tr("grants.source_estimated" if view.estimated else "grants.source_usage")


def until(view: GrantView, now: float, *, short: bool = False) -> str:
    """When it lapses or refills; `short` = a column's head says already that it lapses then."""
    match view.state:
        case "lapsed":
            return tr("cli.quota_lapsed")
        case "to_come":
            return tr("cli.quota_to_come", when=wording.moment(view.grant.started_at or now, now))
        case _:
            pass
    if view.refills is not None and view.refills - now < _HOUR:
        return tr("grants.refills_soon", n=max(1, math.ceil((view.refills - now) / 60)))
    if view.refills is not None:
        return tr("cli.quota_refills", when=wording.moment(view.refills, now))
    if view.grant.window == "hours":
        return tr("cli.quota_rolling", n=view.grant.hours or 24)
    if view.expires is not None and short:
        return wording.moment(view.expires, now)
    if view.expires is not None:
        return tr("grants.ends", when=wording.moment(view.expires, now))
    return tr("grants.endless")


def forecast(view: GrantView, now: float) -> str:
    """How long it will last, or how much of it will lapse."""
    lapsing = view.lapsing(now)
    if lapsing:
        return tr("grants.lapsing", amount=wording.amount(lapsing))
    days = view.forecast_days
    if days is None:
        return ""
    if days < 1:
        return tr("grants.pace_today")
    return tr("grants.pace_long") if days > LONG_DAYS else tr("grants.pace", n=round(days))


def line(view: GrantView, now: float) -> str:
    """Everything about a grant in one line."""
    term: tuple[str, ...] = (until(view, now), forecast(view, now))
    lapsing = view.lapsing(now)
    if lapsing and view.expires is not None and view.refills is None:
        when = wording.moment(view.expires, now)
        term = (tr("grants.ends_with", when=when, amount=wording.amount(lapsing)),)
    parts = (f"{left(view)} {whole(view)}".strip(), *term, source(view, now))
    return " · ".join(part for part in parts if part)


def _day(at: float, now: float) -> str:
    then = time.localtime(at)
    return time.strftime(
        "%H:%M" if now - at < 86400 and then.tm_mday == time.localtime(now).tm_mday else "%m-%d", then
    )
