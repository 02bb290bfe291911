"""Offers are worded from catalogue facts alone and sorted as the first-run page promises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app import i18n
from app.domain import BillingClass, GrantSpec, ModelSpec, ProviderSpec
from providers.catalogue import load_catalogue
from tests.ui.settings import samples
from ui.welcome.cards import best_first, welcome_card
from ui.welcome.offer import offer, round_amount

ROOT = Path(__file__).resolve().parents[3]


def test_free_for_good_comes_with_its_models_and_what_is_given_besides() -> None:
    assert offer(samples.zhipu()) == (
        "永久免费 3 个模型，含看图",
        "另赠约 2,500 万 token · 30 天内有效 · 以控制台为准",
    )
    i18n.set_language("en")
    assert offer(samples.zhipu()) == (
        "Free for good 3 models, images too",
        "plus about 25M tokens · valid 30 days · see the console",
    )


def test_free_for_good_without_a_grant() -> None:
    spec = replace(samples.zhipu(), grants=(), models=samples.zhipu().models[1:2])
    assert offer(spec) == ("永久免费 1 个模型", "不限总量，只限速度")


def test_models_whose_price_is_unsure_are_not_promised() -> None:
    spec = replace(samples.zhipu(), grants=(), models=samples.zhipu().models[3:4])
    assert offer(spec) == ("可能免费 1 个模型", "以控制台为准")


def test_a_one_off_grant() -> None:
    assert offer(samples.alibaba()) == ("100 万 token × 3 个模型", "90 天内有效 · 需实名")


def test_a_refilling_grant_of_calls() -> None:
    assert offer(samples.sensetime()) == ("1,500 次 / 5 小时 × 每个模型", "用完会自己恢复")
    i18n.set_language("en")
    assert offer(samples.sensetime()) == ("1,500 calls per 5 hours for each model", "refills by itself")


def with_grant(**facts: object) -> ProviderSpec:
    grant = GrantSpec("g", **{"unit": "tokens", "amount": 500_000, **facts})  # type: ignore[arg-type]
    models = (ModelSpec("m", billing=BillingClass.GRANT),)
    return replace(samples.plain("p", "某"), grants=(grant,), models=models)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"window": "day"}, ("50 万 token / 天 所有模型合计", "用完会自己恢复")),
        (
            {"window": "month", "hard_stop": True},
            ("50 万 token / 月 所有模型合计", "用完会自己恢复 · 用完即停，不会计费"),
        ),
        ({"amount": None}, ("赠送 token 所有模型合计", "以控制台为准")),
        ({"amount": None, "unit": "calls"}, ("赠送次数 所有模型合计", "以控制台为准")),
        ({"uncertain": True}, ("约 50 万 token 所有模型合计", "以控制台为准")),
    ],
)
def test_every_kind_of_grant(facts: dict[str, object], said: tuple[str, str]) -> None:
    assert offer(with_grant(**facts)) == said


def test_nothing_known_is_said_so() -> None:
    assert offer(samples.plain("p", "某")) == ("按量计费", "没有查到免费额度，你点头才用")


def test_this_computer_costs_nothing() -> None:
    assert offer(replace(samples.plain("ollama", "机"), local=True))[1] == "不联网，不花钱"


@pytest.mark.parametrize(
    ("n", "zh", "en"),
    [
        (1500, "1,500", "1,500"),
        (10_000, "1 万", "10K"),
        (12_500, "1.2 万", "12.5K"),
        (863_000, "86.3 万", "863K"),
        (25_000_000, "2,500 万", "25M"),
    ],
)
def test_amounts_in_round_words(n: int, zh: str, en: str) -> None:
    assert round_amount(n) == zh
    i18n.set_language("en")
    assert round_amount(n) == en


def test_the_order_is_free_refilling_one_off_unknown() -> None:
    unsure = replace(with_grant(uncertain=True, amount=9_000_000), id="unsure")
    small = replace(with_grant(amount=100), id="small")
    specs = [
        samples.plain("none", "某"),
        unsure,
        samples.alibaba(),
        small,
        samples.sensetime(),
        samples.zhipu(),
    ]
    ordered = [card.provider for card in best_first(welcome_card(spec) for spec in specs)]
    assert ordered == ["zhipu", "sensetime", "alibaba", "small", "unsure", "none"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_built_in_provider_can_be_offered(language) -> None:
    i18n.set_language(language)
    specs = load_catalogue(ROOT / "resources" / "providers").providers.values()
    assert specs
    for spec in specs:
        card = welcome_card(spec)
        assert card.headline
        assert card.detail
        assert card.name
        assert not any(text.startswith("welcome.") for text in (card.headline, card.tail, card.detail))


def test_a_card_counts_what_costs_and_names_what_does_not() -> None:
    card = welcome_card(samples.zhipu(), last4="q4Zk", works=True)
    assert card.free == ("GLM-4.7-Flash", "GLM-4.5-Flash", "GLM-4.6V-Flash", "glm-4-flash")
    assert (card.granted, card.paid) == ((), 9)
    assert (card.host, card.last4, card.works) == ("open.bigmodel.cn", "q4Zk", True)
    assert card.key_page == "https://open.bigmodel.cn/keys"
