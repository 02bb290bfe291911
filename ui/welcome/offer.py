"""Says in a few words what a provider gives away, from catalogue facts alone, and how good that is.

The order is: free for good, refilling, one-off, nothing known. Facts marked uncertain are worded as such
and never beat a certain one of the same sort.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain import BillingClass, GrantSpec, ModelSpec, ProviderSpec, Words
from app.i18n import language, tr

FREE_FOR_GOOD, REFILLING, ONE_OFF, UNKNOWN = range(4)


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider's best offer: `headline` bold, `tail` beside it, `detail` below; least `rank` is best."""

    headline: str
    tail: str
    detail: str
    rank: tuple[int, int, int]


def said(words: Words) -> str:
    """The text in the language in use, the other one where it is missing."""
    return (words.zh or words.en) if language() == "zh" else (words.en or words.zh)


def host(url: str) -> str:
    """The host of an address without `www.`; the address itself when it has none."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def round_amount(n: int) -> str:
    """An amount on offer in round words: `100 万`, `2,000`; in English `1M`, `500K`, `2,000`."""
    if n < 10_000:
        return f"{n:,}"
    if language() == "zh":
        return f"{n / 10_000:,.1f}".removesuffix(".0") + " 万"
    if n < 1_000_000:
        return f"{n / 1_000:,.1f}".removesuffix(".0") + "K"
    return f"{n / 1_000_000:,.1f}".removesuffix(".0") + "M"


def offer(spec: ProviderSpec) -> tuple[str, str]:
    """Headline and detail of the provider's best offer, in the language in use."""
    best = describe(spec)
    return f"{best.headline} {best.tail}".strip(), best.detail


def describe(spec: ProviderSpec) -> Offer:
    """The provider's best offer with its sort rank."""
    free = [m for m in spec.models if m.billing is BillingClass.FREE]
    grant = min(spec.grants, key=_grant_rank, default=None)
    if free and not spec.local:
        return _free(free, grant)
    if spec.local:
        return Offer(tr("welcome.offer.local"), "", tr("welcome.offer.local.detail"), (FREE_FOR_GOOD, 1, 0))
    if grant is None:
        return Offer(tr("welcome.offer.paid"), "", tr("welcome.offer.paid.detail"), (UNKNOWN, 0, 0))
    return _grant(grant, spec)


def _free(models: list[ModelSpec], grant: GrantSpec | None) -> Offer:
    sure = [m for m in models if not m.uncertain]
    shown = sure or models
    n = len(shown)
    tail = tr("welcome.offer.models", n=n)
    if any(m.vision for m in shown):
        tail += tr("welcome.offer.vision")
    parts: list[str] = []
    if grant is not None:
        parts.append(_also(grant))
        parts += _terms(grant)
    elif sure:
        parts.append(tr("welcome.offer.forever.detail"))
    if not sure or (grant is not None and _vague(grant)):
        parts.append(tr("welcome.offer.console"))
    headline = tr("welcome.offer.forever") if sure else tr("welcome.offer.maybe")
    return Offer(headline, tail, _join(parts), (FREE_FOR_GOOD, 0 if sure else 1, -n))


def _grant(grant: GrantSpec, spec: ProviderSpec) -> Offer:
    parts = _terms(grant)
    if grant.hard_stop:
        parts.append(tr("welcome.offer.stops"))
    if _vague(grant):
        parts.append(tr("welcome.offer.console"))
    if spec.needs_real_name:
        parts.append(tr("welcome.offer.realname"))
    sort, sure, amount = _grant_rank(grant)
    return Offer(_headline(grant), _scope(grant), _join(parts), (sort, sure, amount))


def _grant_rank(grant: GrantSpec) -> tuple[int, int, int]:
    """Refilling before one-off, sure before uncertain, then the larger one (a call as 1,000 tokens)."""
    sort = ONE_OFF if grant.window == "once" else REFILLING
    each = len(grant.models) if grant.scope == "model" and grant.models else 1
    size = (grant.amount or 0) * (1_000 if grant.unit == "calls" else 1) * each
    return sort, 1 if _vague(grant) else 0, -size


def _vague(grant: GrantSpec) -> bool:
    return grant.uncertain or grant.amount is None


def _also(grant: GrantSpec) -> str:
    if grant.amount is None:
        return tr("welcome.offer.also.some")
    what = _refilling(grant, _sized(grant, round_amount(grant.amount)))
    if grant.uncertain:
        return tr("welcome.offer.also.about", what=what)
    return tr("welcome.offer.also", what=what)


def _headline(grant: GrantSpec) -> str:
    if grant.amount is None:
        return tr("welcome.offer.some_calls") if grant.unit == "calls" else tr("welcome.offer.some_tokens")
    amount = round_amount(grant.amount)
    about = tr("welcome.about", amount=amount) if grant.uncertain else amount
    return _refilling(grant, _sized(grant, about))


def _sized(grant: GrantSpec, amount: str) -> str:
    if grant.unit == "calls":
        return tr("welcome.offer.calls", amount=amount)
    return tr("welcome.offer.tokens", amount=amount)


def _refilling(grant: GrantSpec, text: str) -> str:
    match grant.window:
        case "day":
            return tr("welcome.offer.per_day", amount=text)
        case "month":
            return tr("welcome.offer.per_month", amount=text)
        case "hours":
            return tr("welcome.offer.per_hours", amount=text, n=grant.hours or 1)
        case "once":
            return text


def _scope(grant: GrantSpec) -> str:
    if grant.scope == "account":
        return tr("welcome.offer.all_models")
    if grant.models:
        return tr("welcome.offer.times_models", n=len(grant.models))
    return tr("welcome.offer.each_model")


def _terms(grant: GrantSpec) -> list[str]:
    if grant.window != "once":
        return [tr("welcome.offer.refills")]
    if grant.valid_days is not None:
        return [tr("welcome.offer.valid", n=grant.valid_days)]
    return []


def _join(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
