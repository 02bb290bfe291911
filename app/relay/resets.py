"""When a vendor's allowance comes back, by the vendor's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from app.domain import Leg
from providers import Failure
from providers.spec import BillingClass

# Windows has no zone database of its own. Only zones without summer time can be given as a fixed offset.
_FIXED = {
    "UTC": 0,
    "Asia/Shanghai": 8,
    "Asia/Hong_Kong": 8,
    "Asia/Taipei": 8,
    "Asia/Singapore": 8,
    "Asia/Tokyo": 9,
}


def zone(name: str) -> tzinfo:
    """The zone of that IANA name; Beijing time when this machine does not know it."""
    hours = _FIXED.get(name)
    if hours is not None:
        return timezone(timedelta(hours=hours))
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone(timedelta(hours=8))


def next_day(now: float, zone_name: str) -> float:
    """Epoch seconds of the next midnight in that zone."""
    local = datetime.fromtimestamp(now, zone(zone_name))
    return _midnight(local.replace(tzinfo=None) + timedelta(days=1), local.tzinfo or UTC)


def next_month(now: float, zone_name: str) -> float:
    """Epoch seconds of the first midnight of next month in that zone."""
    local = datetime.fromtimestamp(now, zone(zone_name))
    first = local.replace(tzinfo=None, day=1) + timedelta(days=32)
    return _midnight(first.replace(day=1), local.tzinfo or UTC)


def quota_returns(failure: Failure, leg: Leg, now: float) -> float | None:
    """When an exhausted allowance is back: the moment the vendor named, else its midnight or month's end,
    else after the wait it asked for, else when the soonest of the leg's offers refills; None = only a
    recheck or an edit can tell."""
    zone_name = leg.provider.timezone
    if failure.reset_at is not None and failure.reset_at > now:
        return failure.reset_at
    if failure.reset == "day":
        return next_day(now, zone_name)
    if failure.reset == "month":
        return next_month(now, zone_name)
    if failure.retry_after is not None and failure.retry_after > 0:
        return now + failure.retry_after
    return None if leg.billing is BillingClass.PAID else refills(leg, now)


def refills(leg: Leg, now: float) -> float | None:
    """When the soonest of the provider's refilling offers for the model refills by the vendor's clock; None
    when none does. A rolling window is given its whole length: nobody said when it began."""
    moments: list[float] = []
    for grant in leg.provider.grants:
        if grant.models and leg.model.id not in grant.models:
            continue
        match grant.window:
            case "day":
                moments.append(next_day(now, leg.provider.timezone))
            case "month":
                moments.append(next_month(now, leg.provider.timezone))
            case "hours" if grant.hours:
                moments.append(now + grant.hours * 3600.0)
            case _:
                pass
    return min(moments, default=None)


def _midnight(day: datetime, tz: tzinfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=tz).timestamp()
