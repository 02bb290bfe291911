"""`jieli quota`: what is left of every grant, and `quota set`: what the console says is left."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, TextIO
from uuid import uuid4

from app import wording
from app.amounts import amount_in, day_in
from app.clock import Clock
from app.core import Core
from app.errors import KnownError, UsageError, named_by_hand
from app.i18n import tr
from app.ledger.ledger import unit_of
from app.ledger.slices import covers
from app.ledger.views import GrantView
from app.options import Options
from app.store.entries import DAMAGED, GrantRow, GrantUnit


async def quota(options: Options, core: Core, clock: Clock, out: TextIO, err: TextIO) -> int:
    """Show or set; returns the exit status. Raises `KnownError`, `UsageError` for what cannot be meant."""
    if options.action == "set":
        await _set(options, core, clock, err)
        return 0
    views = sorted(core.ledger.views(), key=lambda v: (v.grant.provider, v.expires or float("inf")))
    if options.json:
        for shown in views:
            out.write(json.dumps(view_json(shown)) + "\n")
    elif views:
        _table(core, views, clock.now(), out)
    else:
        err.write(tr("cli.quota_none") + "\n")
    damaged = dict.fromkeys(
        v.grant.provider for v in views if v.grant.source == DAMAGED and v.corrected_at is None
    )
    for provider in damaged:
        err.write(tr("cli.quota_damaged", provider=provider) + "\n")
    return 0


def view_json(shown: GrantView) -> dict[str, Any]:
    """One grant as `quota --json` prints it. Times are epoch seconds."""
    grant = shown.grant
    return {
        "provider": grant.provider,
        "model": grant.model,
        "models": list(grant.models),
        "unit": grant.unit,
        "window": grant.window,
        "amount": shown.amount,
        "used": shown.used,
        "remaining": shown.remaining,
        "fraction": shown.fraction,
        "state": shown.state,
        "refills": shown.refills,
        "expires": shown.expires,
        "forecast_days": shown.forecast_days,
        "estimated": shown.estimated,
        "hard_stop": grant.hard_stop,
        "corrected_at": shown.corrected_at,
        "grant": grant.id,
    }


async def _set(options: Options, core: Core, clock: Clock, err: TextIO) -> None:
    remaining = _amount(options.remaining)
    provider, colon, model = (options.provider or "").partition(":")
    with named_by_hand():
        spec = core.directory.item(f"{provider}:{model}" if colon else provider).legs[0].provider
    expires = None if options.expires is None else _day(options.expires, spec.timezone)
    if expires is not None and expires <= clock.now():
        raise UsageError("ledger.in_the_past")
    await core.ledger.take(spec)
    known = core.ledger.grants(spec.id)
    unit = unit_of([g for g in known if not model or covers(g, model)], options.unit)
    grants = _meant(known, model, unit) or [_own(spec.id, model or None, unit, remaining, clock.now())]
    await core.ledger.correct(grants, remaining, expires=expires)
    name = wording.provider_name(spec)
    if model:
        name = tr("wording.leg", provider=name, model=model)
    amount = tr(f"cli.quota_{unit}", amount=wording.amount(remaining), n=remaining)
    several = len(grants) > 1
    err.write(
        tr("cli.quota_was_set_each" if several else "cli.quota_was_set", leg=name, amount=amount) + "\n"
    )


def _meant(known: list[GrantRow], model: str, unit: GrantUnit) -> list[GrantRow]:
    """The grants a look at the console speaks of: the model's own; of a provider the one all its models
    share, else each model's."""
    mine = [grant for grant in known if grant.unit == unit]
    if model:
        own = [grant for grant in mine if grant.model == model]
        shared = [grant for grant in mine if grant.model is None and covers(grant, model)]
        return own[:1] or shared[:1]
    shared = [grant for grant in mine if grant.model is None]
    return shared[:1] or mine


def _own(provider: str, model: str | None, unit: GrantUnit, amount: int, now: float) -> GrantRow:
    return GrantRow(uuid4().hex, provider, unit, amount, now, model=model, started_at=now)


def _amount(text: str) -> int:
    found = amount_in(text)
    if found is None:
        raise UsageError("cli.quota_bad_amount", text=text)
    return found


def _day(text: str, zone: str) -> float:
    found = day_in(text, zone)
    if found is None:
        raise UsageError("cli.quota_bad_date", text=text)
    return found


def _table(core: Core, views: list[GrantView], now: float, out: TextIO) -> None:
    rows = [(tr("cli.quota_head_leg"), tr("cli.quota_head_left"), "", "", "")]
    rows += [_row(core, shown, now) for shown in views]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        out.write("  ".join(cells).rstrip() + "\n")
    if any(shown.estimated for shown in views):
        out.write(tr("cli.quota_estimated") + "\n")


def _row(core: Core, shown: GrantView, now: float) -> tuple[str, str, str, str, str]:
    grant = shown.grant
    mark = "≈" if shown.estimated else ""
    if shown.remaining is None:
        left = tr("cli.quota_unknown")
    else:
        left = tr(f"cli.quota_{grant.unit}", amount=mark + wording.amount(shown.remaining), n=shown.remaining)
    share = "" if shown.fraction is None else f"{shown.fraction:.0%}"
    return _leg(core, grant), left, share, _until(shown, now), _pace(shown)


def _leg(core: Core, grant: GrantRow) -> str:
    try:
        spec = core.directory.item(grant.provider).legs[0].provider
    except KnownError:
        name = grant.provider
    else:
        name = wording.provider_name(spec)
    if grant.model is not None:
        return tr("wording.leg", provider=name, model=grant.model)
    return tr("cli.quota_models", provider=name, n=len(grant.models)) if grant.models else name


def _until(shown: GrantView, now: float) -> str:
    match shown.state:
        case "lapsed":
            return tr("cli.quota_lapsed")
        case "to_come":
            return tr("cli.quota_to_come", when=wording.moment(shown.grant.started_at or now, now))
        case _:
            pass
    if shown.refills is not None:
        return tr("cli.quota_refills", when=wording.moment(shown.refills, now))
    if shown.grant.window == "hours":
        return tr("cli.quota_rolling", n=shown.grant.hours or 24)
    if shown.expires is not None:
        return tr("cli.quota_expires_on", when=wording.moment(shown.expires, now))
    return ""


def _pace(shown: GrantView) -> str:
    days = shown.forecast_days
    if days is None:
        return ""
    if days < 1:
        return tr("cli.quota_pace_today")
    if days > 999:
        return tr("cli.quota_pace_long")
    return tr("cli.quota_pace", n=round(days))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
