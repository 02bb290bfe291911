"""When a grant's present period began and when it ends, by the vendor's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.relay.resets import next_day, next_month, zone
from app.store.entries import GrantRow

DAY = 86400.0
FOREVER = float("inf")
BEIJING = "Asia/Shanghai"


def is_pack(grant: GrantRow) -> bool:
    """A one-off amount; packs add up, while each refilling grant is a limit of its own."""
    return grant.window == "once"


def active(grant: GrantRow, at: float) -> bool:
    """Whether the grant could be spent at that moment (epoch seconds)."""
    begun = grant.started_at is None or grant.started_at <= at
    return begun and (grant.expires_at is None or at < grant.expires_at)


def span(grant: GrantRow) -> float:
    """Seconds of a rolling window."""
    return (grant.hours or 24) * 3600.0


def period(grant: GrantRow, now: float) -> tuple[float, float]:
    """[start, end) of the period `now` lies in. A rolling window ends now and starts its hours before."""
    name = grant.timezone or BEIJING
    match grant.window:
        case "once":
            return grant.started_at or 0.0, FOREVER if grant.expires_at is None else grant.expires_at
        case "hours":
            return now - span(grant), FOREVER
        case "day":
            local = datetime.fromtimestamp(now, zone(name))
            return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp(), next_day(now, name)
        case "month":
            local = datetime.fromtimestamp(now, zone(name))
            first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            return first.timestamp(), next_month(now, name)


def day_end(date: str, zone_name: str) -> float:
    """The end of the day `YYYY-MM-DD` in the vendor's zone (epoch seconds); `ValueError` if it is none."""
    day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=zone(zone_name))
    return (day + timedelta(days=1)).timestamp()
