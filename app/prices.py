"""What a request costs where the vendor's price is known: told to the user, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain import Leg
from app.errors import KnownError
from app.i18n import tr
from providers.spec import PriceSpec

if TYPE_CHECKING:
    from app.directory import Directory
    from app.store.usage import Billed

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """About what a turn would cost, in yuan, by a price as it stood on the day `checked` (may be empty)."""

    yuan: float
    checked: str = ""


def price(leg: Leg) -> PriceSpec | None:
    """The leg's price; None = nobody knows. Abroad other prices hold, in other money."""
    abroad = any(region.overseas and region.base_url == leg.base_url for region in leg.provider.regions)
    return None if abroad else leg.model.price


def cost(leg: Leg, prompt: int, completion: int) -> Cost | None:
    """What so many tokens cost on the leg; None = its price is not known."""
    known = price(leg)
    if known is None:
        return None
    return Cost((prompt * known.prompt + completion * known.completion) / _MILLION, known.checked)


@dataclass(frozen=True, slots=True)
class Spent:
    """What models that bill were asked: requests, about what they cost in yuan, and how many of them went to
    models whose price nobody knows."""

    calls: int
    yuan: float = 0.0
    unpriced: int = 0


def spent(rows: Iterable[Billed], directory: Directory) -> Spent:
    """What it came to by the prices of today; a model that is gone has none."""
    calls = unpriced = 0
    money = 0.0
    for row in rows:
        calls += row.calls
        try:
            known = cost(directory.leg(f"{row.provider}:{row.model}"), row.prompt, row.completion)
        except KnownError:
            known = None
        if known is None:
            unpriced += row.calls
        else:
            money += known.yuan
    return Spent(calls, money, unpriced)


def spent_words(month: Spent) -> str:
    """What this month cost, short enough for the window's foot."""
    if not month.calls:
        return tr("sidebar.month_free")
    if month.unpriced == month.calls:
        return tr("sidebar.month_billed", n=month.calls)
    if not month.unpriced:
        return tr("sidebar.month_about", money=yuan(month.yuan))
    return tr("sidebar.month_partly", money=yuan(month.yuan), n=month.unpriced)


def yuan(amount: float) -> str:
    """An amount of money: `¥12.50`, and of small change as much as tells something: `¥0.0012`."""
    if amount <= 0:
        return "¥0"
    if amount >= 0.095:
        return f"¥{amount:,.2f}"
    shown = f"{amount:.2g}" if amount >= 0.0001 else "0.0001"
    return f"¥{shown}" if amount >= 0.0001 else f"<¥{shown}"


def price_words(known: PriceSpec | None) -> str:
    """`每百万 token：问 ¥0.8，答 ¥2（2026-08-21）`; empty when nobody knows."""
    if known is None:
        return ""
    rates = {"asked": f"¥{known.prompt:g}", "answered": f"¥{known.completion:g}"}
    return tr("wording.price", **rates, date=known.checked or "–")
