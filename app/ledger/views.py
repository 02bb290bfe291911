"""What the window and `jieli quota` show of a grant, and the notices that are due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.ledger.book import Book
from app.ledger.periods import DAY, active, is_pack, period
from app.ledger.slices import PACE_DAYS
from app.store.entries import GrantRow

LOW = ((0.05, "low_5"), (0.20, "low_20"))
"""Shares of a grant at which the user is told, the smaller first."""

LAPSING = 7 * DAY
"""So long before a grant lapses the user is told."""

GrantState = Literal["ready", "low", "used_up", "unknown", "lapsed", "to_come"]
NoticeKind = Literal["low_20", "low_5", "lapses"]


@dataclass(frozen=True, slots=True)
class GrantView:
    """One grant as of one moment.

    `amount`, `used` and `remaining` are in `grant.unit`; None = only the console knows. `amount` is what the
    present period began with: the grant's amount, or more if the console said so. `fraction` is what is left
    of it, 0 to 1. `refills` and `expires` are epoch seconds. `forecast_days` is how many days what is left
    will last at the pace of the last week; None = it refills, nothing was spent, or nobody knows.
    `estimated` = at least one attempt's count is our estimate; `corrected_at` when the console
    (`corrected_by` is `user`) or the vendor (`vendor`) last said what is left. `state` is `low` at 20 % and
    less.
    """

    grant: GrantRow
    state: GrantState
    amount: int | None
    used: int
    remaining: int | None
    fraction: float | None
    refills: float | None
    expires: float | None
    forecast_days: float | None
    estimated: bool
    corrected_at: float | None
    corrected_by: Literal["user", "vendor"] | None = None

    def lapsing(self, now: float) -> int | None:
        """How much of what is left will lapse unused at the pace of the last week; None = nothing, or
        nobody knows."""
        if self.expires is None or not self.remaining or self.state in ("lapsed", "to_come"):
            return None
        days = (self.expires - now) / DAY
        if self.forecast_days is None:
            return self.remaining if days * DAY <= LAPSING else None
        if self.forecast_days <= days:
            return None
        return round(self.remaining * (1 - days / self.forecast_days))


@dataclass(frozen=True, slots=True)
class Notice:
    """The user should hear once that a grant runs low (20 %, 5 %) or lapses within a week."""

    kind: NoticeKind
    view: GrantView


def view(book: Book, grant: GrantRow, now: float) -> GrantView:
    """The grant at `now` (epoch seconds)."""
    last = book.newest.get(grant.id)
    left = book.left(grant, now)
    if left is not None and is_pack(grant) and grant.model is None:
        left += book.overdrawn(grant, now)
    remaining = None if left is None else max(0, left)
    amount = grant.amount
    if last is not None and (amount is None or last.remaining > amount):
        amount = last.remaining
    used = book.used(grant, now) if remaining is None or amount is None else max(0, amount - remaining)
    fraction = None
    if remaining is not None and amount is not None:
        fraction = min(1.0, remaining / amount) if amount > 0 else 0.0
    return GrantView(
        grant=grant,
        state=_state(grant, fraction, now),
        amount=amount,
        used=used,
        remaining=remaining,
        fraction=fraction,
        refills=book.refills(grant, now),
        expires=grant.expires_at,
        forecast_days=_forecast(book, grant, remaining, now),
        estimated=book.guessed(grant, now),
        corrected_at=last.at if last is not None else None,
        corrected_by=last.source if last is not None else None,
    )


def due(shown: GrantView, now: float) -> list[tuple[str, Notice, tuple[str, ...]]]:
    """The notices a grant's state asks for: (its name, the notice, the names it makes superfluous)."""
    grant = shown.grant
    if shown.state in ("lapsed", "to_come", "unknown"):
        return []
    start = 0 if is_pack(grant) or grant.window == "hours" else int(period(grant, now)[0])
    if grant.window == "hours":
        # A rolling window has no beginning; telling it more than once a day would be noise.
        start = int(now // DAY)
    found: list[tuple[str, Notice, tuple[str, ...]]] = []
    names = {kind: f"grant:{grant.id}:{start}:{kind}" for kind in ("low_5", "low_20", "lapses")}
    if shown.fraction is not None:
        if shown.fraction <= LOW[0][0]:
            found.append((names["low_5"], Notice("low_5", shown), (names["low_20"],)))
        elif shown.fraction <= LOW[1][0]:
            found.append((names["low_20"], Notice("low_20", shown), ()))
    ends = shown.expires
    if ends is not None and ends - now <= LAPSING and shown.remaining != 0 and is_pack(grant):
        found.append((f"grant:{grant.id}:{int(ends)}:lapses", Notice("lapses", shown), ()))
    return found


def _state(grant: GrantRow, fraction: float | None, now: float) -> GrantState:
    if not active(grant, now):
        return "to_come" if grant.started_at is not None and grant.started_at > now else "lapsed"
    if fraction is None:
        return "unknown"
    if fraction <= 0:
        return "used_up"
    return "low" if fraction <= LOW[1][0] else "ready"


def _forecast(book: Book, grant: GrantRow, remaining: int | None, now: float) -> float | None:
    if not is_pack(grant) or not remaining or not active(grant, now):
        return None
    tally = book.tally(grant)
    spent = tally.recent_tokens if grant.unit == "tokens" else tally.recent_calls
    if spent <= 0:
        return None
    had = now - (grant.started_at or 0.0)
    days = min(float(PACE_DAYS), max(1.0, had / DAY))
    return remaining / (spent / days)
