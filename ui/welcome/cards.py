"""What one card of the first-run page shows, as a value, and how it is made from a catalogue entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain import BillingClass, ProviderSpec
from ui.welcome.offer import describe, host, said


@dataclass(frozen=True, slots=True)
class WelcomeCard:
    """One provider on the first-run page. Dates are ISO days.

    `key_page` is where a key is made, `signup` how (e.g. by phone number, a minute); `needs_real_name` None =
    not known. `free`/`granted` are the names of models that cost nothing now, `paid` counts the others.
    `last4` is the end of a key that is stored already, empty = none; `works` = its last check went well.
    `rank` sorts, best first.
    """

    provider: str
    name: str
    glyph: str
    colour: str
    host: str
    headline: str
    tail: str
    detail: str
    checked: str
    key_page: str
    signup: str
    needs_real_name: bool | None = None
    free: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    paid: int = 0
    last4: str = ""
    works: bool = False
    rank: tuple[int, int, int] = (0, 0, 0)


def welcome_card(spec: ProviderSpec, *, last4: str = "", works: bool = False) -> WelcomeCard:
    """The card of a provider, worded in the language in use."""
    best = describe(spec)
    enabled = [m for m in spec.models if m.enabled]
    return WelcomeCard(
        provider=spec.id,
        name=said(spec.name),
        glyph=spec.glyph,
        colour=spec.colour,
        host=host(spec.console or spec.key_page or spec.base_url),
        headline=best.headline,
        tail=best.tail,
        detail=best.detail,
        checked=spec.checked,
        key_page=spec.key_page or spec.console,
        signup=said(spec.signup),
        needs_real_name=spec.needs_real_name,
        free=tuple(m.name or m.id for m in enabled if m.billing is BillingClass.FREE),
        granted=tuple(m.name or m.id for m in enabled if m.billing is BillingClass.GRANT),
        paid=sum(m.billing is BillingClass.PAID for m in spec.models),
        last4=last4,
        works=works,
        rank=best.rank,
    )


def best_first(cards: Iterable[WelcomeCard]) -> list[WelcomeCard]:
    """Free for good, refilling, one-off, nothing known; within one sort the larger and surer offer first."""
    return sorted(cards, key=lambda card: card.rank)
