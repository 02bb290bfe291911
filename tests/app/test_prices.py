"""What a turn costs by the catalogue's prices, and that nothing is said where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.asking import Price, note_with, price_asked, price_of
from app.domain import Leg
from app.errors import KnownError
from app.prices import Cost, Spent, cost, price_words, spent, spent_words, yuan
from app.relay.events import Skip
from app.store.usage import Billed
from providers.catalogue import load_catalogue
from providers.spec import BillingClass, PriceSpec
from tests.app.parts import message

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("catalogue")
    return load_catalogue(ROOT / "resources" / "providers", folder / "own", folder / "cache.json")


def leg(catalogue, name: str, region: str | None = None) -> Leg:
    provider, _, model = name.partition(":")
    spec = catalogue.providers[provider]
    urls = {one.id: one.base_url for one in spec.regions}
    found = next(one for one in spec.models if one.id == model)
    return Leg(spec, found, urls[region or spec.regions[0].id], found.billing)


def test_prices_are_of_models_that_may_bill_and_say_where_they_come_from(catalogue) -> None:
    priced = [m for spec in catalogue.providers.values() for m in spec.models if m.price is not None]
    assert len(priced) >= 30
    for model in priced:
        assert model.billing is not BillingClass.FREE, "a price makes nothing free, and what is free has none"
        assert model.price.source.startswith("https://") and model.price.checked >= "2026-01-01"
        assert 0 < model.price.prompt <= model.price.completion < 1000


def test_a_cost_is_that_of_both_directions_and_unknown_abroad(catalogue) -> None:
    flash = leg(catalogue, "zhipu:glm-4.7-flashx")
    assert flash.model.price is not None
    assert (flash.model.price.prompt, flash.model.price.completion) == (0.5, 3.0)
    told = cost(flash, 2_000_000, 100_000)
    assert told == Cost(1.3, flash.model.price.checked)
    assert cost(leg(catalogue, "zhipu:glm-4.7-flashx", "overseas"), 1, 1) is None
    assert cost(leg(catalogue, "zhipu:glm-4.7-flash"), 1, 1) is None


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "¥0"), (0.000012, "<¥0.0001"), (0.00123, "¥0.0012"), (0.0001, "¥0.0001"), (0.034, "¥0.034"),
        (0.0949, "¥0.095"), (0.095, "¥0.10"), (0.4, "¥0.40"), (12.5, "¥12.50"), (1234.5, "¥1,234.50"),
    ],
)  # fmt: skip
def test_money_is_said_as_closely_as_it_tells_something(amount: float, shown: str) -> None:
    assert yuan(amount) == shown


def test_a_price_is_said_without_idle_noughts_and_with_its_date() -> None:
    assert (
        price_words(PriceSpec(0.8, 12.0, "x", "2026-08-21")) == "每百万 token：问 ¥0.8，答 ¥12（2026-08-21）"
    )
    assert price_words(None) == ""


def test_a_price_stands_on_the_answer_and_damage_leaves_the_tokens() -> None:
    skip = Skip("alibaba", "qwen-plus", "paid", bills=True, needed=900, cost=Cost(0.0012, "2026-08-21"))
    asked = message("a", "c", None, "", "assistant")
    stored = replace(asked, note=note_with(asked, "pays", price_of([skip])))
    assert price_asked(stored) == Price("alibaba:qwen-plus", 900, Cost(0.0012, "2026-08-21"))
    for damage in ("x", None, True, -1, float("nan"), float("inf"), 10**400, 1e30, []):
        facts = {"leg": "alibaba:qwen-plus", "tokens": 900, "yuan": damage, "checked": 5}
        stored = replace(asked, note=note_with(asked, "pays", facts))
        assert price_asked(stored) == Price("alibaba:qwen-plus", 900)
    made_up = replace(asked, note=note_with(asked, "pays", {"leg": "a:b", "tokens": 10**400}))
    assert price_asked(made_up) is None


class Legs:
    """What is asked of the directory."""

    def __init__(self, catalogue) -> None:
        self._catalogue = catalogue

    def leg(self, name: str) -> Leg:
        if name.partition(":")[0] not in self._catalogue.providers:
            raise KnownError("directory.no_provider", name=name)
        return leg(self._catalogue, name)


def test_a_month_is_added_up_where_prices_are_known(catalogue) -> None:
    rows = [
        Billed("zhipu", "glm-4.7-flashx", 3, 2_000_000, 100_000),
        Billed("deepseek", "deepseek-v4-pro", 2, 500, 10),
        Billed("gone", "away", 1, 5, 5),
    ]
    month = spent(rows, Legs(catalogue))  # pyright: ignore[reportArgumentType]
    assert month == Spent(6, 1.3, 3)
    assert spent_words(month) == "本月约 ¥1.30，另 3 次价未知"
    assert spent_words(spent(rows[:1], Legs(catalogue))) == "本月约 ¥1.30"  # pyright: ignore[reportArgumentType]
    assert spent_words(spent(rows[1:], Legs(catalogue))) == "本月计费 3 次"  # pyright: ignore[reportArgumentType]
    assert spent_words(spent([], Legs(catalogue))) == "本月 ¥0.00"  # pyright: ignore[reportArgumentType]
