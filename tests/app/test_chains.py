"""Named chains: suggestions from what the user has, the user's own, and what uses them."""

from __future__ import annotations

import pytest

from app.chains import Chains, name_in
from app.directory import Directory
from app.errors import KnownError
from app.settings import SettingsFile, SettingsService
from providers.spec import BillingClass
from tests.app.relay.support import model, provider

FREE, GRANT, PAID = BillingClass.FREE, BillingClass.GRANT, BillingClass.PAID
ZHIPU = provider(
    "zhipu",
    model("glm-4.7-flash"),
    model("glm-4.6v-flash", vision=True),
    model("glm-5.3", billing=PAID, vision=True),
    model("glm-4-flash", enabled=False),
)
ALIBABA = provider(
    "alibaba",
    model("qwen-plus", billing=GRANT),
    model("qwen3-coder", billing=GRANT),
    model("qwen-vl", billing=GRANT, vision=True),
)
SPARK = provider("spark", model("lite"))


class Catalogue:
    def __init__(self, *specs):
        self.providers = {spec.id: spec for spec in specs}
        self.unlisted = {}


class WrittenAtOnce(SettingsFile):
    """The real file, written in the caller's thread."""

    def save_soon(self, newest):
        self.write(newest())


class World:
    """Settings on a real file, with a directory and chains on them."""

    def __init__(self, path, keys=("zhipu", "alibaba", "spark")):
        self.path = path
        self.settings = SettingsService(WrittenAtOnce(path))
        self.directory = Directory(
            Catalogue(ZHIPU, ALIBABA, SPARK), _Live(self.settings), with_keys=lambda: list(keys)
        )
        self.chains = Chains(self.settings, self.directory)

    def ids(self, *specs):
        return [item.legs[0].id for item in self.directory.chain(specs or None)]


class _Live:
    def __init__(self, service):
        self._service = service

    def __getattr__(self, name):
        return getattr(self._service.current, name)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "settings.json")


def test_suggestions_come_from_what_the_user_has(world):
    found = {chain.name: chain for chain in world.chains.all()}
    assert found["free"].specs == ("zhipu:glm-4.7-flash", "spark:lite", "zhipu:glm-4.6v-flash")
    assert found["coding"].specs == (
        "alibaba:qwen3-coder",
        "zhipu:glm-4.7-flash",
        "alibaba:qwen-plus",
        "zhipu:glm-4.6v-flash",
    )
    assert found["vision"].specs == ("zhipu:glm-4.6v-flash", "alibaba:qwen-vl")
    assert not any(chain.own for chain in found.values())


def test_nothing_paid_or_switched_off_is_suggested(world):
    assert not any("glm-5.3" in leg or "glm-4-flash" in leg for c in world.chains.all() for leg in c.specs)


def test_a_suggestion_that_fits_nothing_is_not_offered_and_says_so(tmp_path):
    world = World(tmp_path / "s.json", keys=("spark",))
    assert [chain.name for chain in world.chains.all()] == ["free"]
    with pytest.raises(KnownError, match=r"vision|看图|Vision"):
        world.ids("@vision")


def test_an_edit_reaches_whoever_uses_the_name(world):
    world.chains.save("夜里用", ["spark"])
    assert world.ids("@夜里用") == ["spark:lite"]
    world.chains.save("夜里用", ["zhipu", "spark"])
    assert world.ids("@夜里用") == ["zhipu:glm-4.7-flash", "spark:lite"]
    assert world.ids("alibaba", "@夜里用", "spark") == [
        "alibaba:qwen-plus",
        "zhipu:glm-4.7-flash",
        "spark:lite",
    ]


def test_the_default_may_be_a_name(world):
    world.chains.save("mine", ["spark"])
    world.settings.change(chain=("@mine",))
    assert world.ids() == ["spark:lite"]
    world.chains.rename("mine", "ours")
    assert world.settings.current.chain == ("@ours",) and world.ids() == ["spark:lite"]
    world.chains.delete("ours")
    assert world.settings.current.chain == () and len(world.ids()) == 3


def test_unknown_names_are_told_with_what_is_near(world):
    world.chains.save("night", ["spark"])
    with pytest.raises(KnownError) as caught:
        world.ids("@nihgt")
    assert "@night" in str(caught.value)
    assert set(world.directory.problems(["@nihgt", "@night", "zhipu"])) == {"@nihgt"}


def test_a_leg_that_is_gone_is_a_problem_of_the_chain_that_names_it(world):
    world.chains.save("old", ["zhipu", "gone:model"])
    assert set(world.directory.problems(["@old"])) == {"@old"}


@pytest.mark.parametrize("name", ["", " ", "@x", "a,b", "甲，乙", "x" * 41, "a\nb"])
def test_names_that_cannot_be(world, name):
    with pytest.raises(KnownError):
        world.chains.save(name, ["spark"])
    assert not world.settings.current.chains


def test_no_empty_chain_and_no_chain_in_a_chain(world):
    for specs in ([], ["@free"]):
        with pytest.raises(KnownError):
            world.chains.save("x", specs)


def test_renaming_onto_another_is_refused(world):
    world.chains.save("a", ["spark"])
    world.chains.save("b", ["zhipu"])
    for new in ("b", "free", "@c"):
        with pytest.raises(KnownError):
            world.chains.rename("a", new)
    with pytest.raises(KnownError):
        world.chains.rename("free", "c")


def test_an_edited_suggestion_is_the_users_until_it_is_deleted(world):
    assert world.chains.reorder(("@free",), ["spark:lite", "zhipu:glm-4.7-flash"]) is None
    own = world.chains.get("free")
    assert own is not None and own.own and own.specs[0] == "spark:lite"
    world.chains.delete("free")
    assert world.chains.get("free").specs[0] == "zhipu:glm-4.7-flash"


def test_reordering_changes_the_chain_in_use(world):
    assert world.chains.reorder(("zhipu", "spark"), ["spark", "zhipu"]) == ("spark", "zhipu")
    assert world.settings.current.chain == ()
    assert world.chains.reorder(None, ["spark", "zhipu"]) is None
    assert world.settings.current.chain == ("spark", "zhipu")
    world.chains.save("n", ["spark", "zhipu"])
    world.chains.reorder(("@n",), ["zhipu", "spark"])
    assert world.ids("@n")[0] == "zhipu:glm-4.7-flash" and world.settings.current.chain == ("spark", "zhipu")


def test_named_chains_survive_a_restart(world):
    world.chains.save("夜里用", ["spark", "zhipu"])
    again = World(world.path)
    assert again.settings.current.chains == {"夜里用": ("spark", "zhipu")}
    assert again.ids("@夜里用") == ["spark:lite", "zhipu:glm-4.7-flash"]


def test_the_name_in_a_chain():
    assert name_in(("@a",)) == "a"
    assert name_in(("@a", "b")) is None and name_in(()) is None and name_in(None) is None
