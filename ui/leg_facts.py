"""What is told of one leg besides its state, and what can be done about it, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import quota_words
from app.ledger.views import GrantView


@dataclass(frozen=True, slots=True)
class GrantFact:
    """One grant of a leg in words. `fraction` is the share of it that is left (None = nobody knows) and
    `lapsing` the share that will lapse. `pace` may be empty; `warns` = it is worth a look."""

    left: str
    whole: str
    end: str
    pace: str
    source: str
    fraction: float | None
    lapsing: float = 0.0
    used_up: bool = False
    warns: bool = False


@dataclass(frozen=True, slots=True)
class LegFacts:
    """`grants` are those that serve it; `reason` why it is kept back where no failure says so; `actions`
    are (action, words): `correct`, `balance`, `pause`, `resume`, `reset`, `add_key`."""

    grants: tuple[GrantFact, ...] = ()
    reason: str = ""
    actions: tuple[tuple[str, str], ...] = ()


def grant_facts(views: Sequence[GrantView], now: float) -> tuple[GrantFact, ...]:
    """What a leg's details tell of its grants at `now` (epoch seconds)."""
    return tuple(_fact(view, now) for view in views)


def _fact(view: GrantView, now: float) -> GrantFact:
    left, whole = quota_words.parts(view)
    lapsing = view.lapsing(now)
    return GrantFact(
        left=left,
        whole=whole,
        end=quota_words.until(view, now, short=view.grant.window == "once"),
        pace=quota_words.forecast(view, now),
        source=quota_words.source(view, now),
        fraction=view.fraction,
        lapsing=(lapsing or 0) / view.amount if view.amount else 0.0,
        used_up=view.state in ("used_up", "lapsed"),
        warns=lapsing is not None or (view.forecast_days or 9) < 1,
    )
