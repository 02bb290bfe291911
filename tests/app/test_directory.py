"""From names to legs under the user's settings."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.directory import OF_LEGS, Directory, DirectorySettings
from app.errors import KnownError
from providers.spec import BillingClass, Region, Words
from tests.app.relay.support import model, provider

FREE, GRANT, PAID = BillingClass.FREE, BillingClass.GRANT, BillingClass.PAID


@dataclass
class Settings:
    chain: tuple[str, ...] = ()
    endpoints: dict[str, str] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    providers_off: tuple[str, ...] = ()
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    models: dict[str, bool] = field(default_factory=dict)
    billing: dict[str, str] = field(default_factory=dict)


class Catalogue:
    def __init__(self, *specs):
        self.providers = {spec.id: spec for spec in specs if spec.models}
        self.unlisted = {spec.id: spec for spec in specs if not spec.models}


ZHIPU = provider(
    "zhipu",
    model("flash"),
    model("plus", billing=PAID),
    model("air", billing=GRANT),
    model("old", enabled=False),
)
OLLAMA = provider("ollama", model("qwen3:8b"), local=True, auth="none")
ALIBABA = provider("alibaba", model("qwen-plus", billing=GRANT))
PRACTICE = provider("practice_a", dialect="practice", auth="none")
CATALOGUE = Catalogue(OLLAMA, ZHIPU, ALIBABA, PRACTICE)


def directory(settings=None, **values):
    return Directory(CATALOGUE, settings or Settings(), **values)


def ids(items):
    return [[leg.id for leg in entry.legs] for entry in items]


def test_names():
    found = directory()
    assert found.leg("ollama:qwen3:8b").model.id == "qwen3:8b"
    assert ids([found.item("zhipu")]) == [["zhipu:flash", "zhipu:air"]]
    assert ids([found.item("zhipu:plus")]) == [["zhipu:plus"]]
    assert not found.leg("zhipu:old").enabled and found.item("zhipu:old").legs[0].enabled


@pytest.mark.parametrize(
    ("name", "near"), [("zhipo", "zhipu"), ("zhipu:flahs", "zhipu:flash"), ("x:y", "ollama")]
)
def test_unknown_names_say_what_is_near(name, near):
    with pytest.raises(KnownError) as caught:
        directory().item(name)
    assert near in str(caught.value)
    assert list(directory().problems(["zhipu", name])) == [name]


def test_chains():
    found = directory()
    assert ids(found.chain((" zhipu:plus ", "alibaba", "zhipu:plus"))) == [
        ["zhipu:plus"],
        ["alibaba:qwen-plus"],
    ]
    with_keys = ["alibaba", "zhipu", "ollama", "practice_a"]
    assert [i.spec for i in found.chain(None, with_keys)] == ["zhipu", "alibaba", "ollama"]
    assert [i.spec for i in directory(Settings(chain=("alibaba",))).chain(None, with_keys)] == ["alibaba"]
    assert [i.spec for i in directory(with_keys=lambda: ["alibaba"]).chain()] == ["alibaba"]
    assert found.chain() == () and [i.spec for i in found.practice_chain()] == ["practice_a"]
    off = directory(Settings(providers_off=("zhipu",)))
    assert [i.spec for i in off.chain(None, with_keys)] == ["alibaba", "ollama"]
    assert not off.item("zhipu:flash").legs[0].enabled


def test_settings_decide_models_billing_and_urls():
    settings = Settings(
        models={"zhipu:flash": False, "zhipu:old": True},
        billing={"zhipu:old": "paid", "zhipu:air": "nonsense"},
        endpoints={"zhipu": "https://user.example/v4/"},
    )
    found = directory(settings)
    assert ids([found.item("zhipu")]) == [["zhipu:plus", "zhipu:air"]]
    assert not found.item("zhipu:flash").legs[0].enabled
    assert found.leg("zhipu:old").billing is PAID and found.leg("zhipu:air").billing is GRANT
    assert found.leg("zhipu:air").base_url == "https://user.example/v4"
    once = directory(settings, endpoints={"zhipu": "http://127.0.0.1:1/v1"})
    assert once.leg("zhipu:air").base_url == "http://127.0.0.1:1/v1"


def test_overseas_regions_wait_for_the_user():
    regions = tuple(Region(r, Words(r, r), f"https://{r}.example", overseas=r == "us") for r in ("us", "cn"))
    base = provider("far")
    far = type(base)(**{f: getattr(base, f) for f in base.__dataclass_fields__} | {"regions": regions})

    def made(**values):
        return Directory(Catalogue(far), Settings(**values)).leg("far:m")

    assert not made().enabled and made(regions={"far": "us"}).enabled
    assert made(regions={"far": "cn"}).base_url == "https://cn.example"


def test_what_decides_about_legs_is_listed_whole() -> None:
    read = {name for name in vars(DirectorySettings) if not name.startswith("_")}
    assert read and read <= {*OF_LEGS}
