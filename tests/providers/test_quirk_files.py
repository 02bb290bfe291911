"""What provider files may say about quirks and sources, and what the built-in ones do say."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from providers.catalogue import load_catalogue
from providers.catalogue_file import read_file
from providers.catalogue_types import CatalogueProblem
from providers.rules import BUILTIN
from tests.providers.wiring import CATALOGUE

MINE = """
id = "mine"
name = {{ zh = "我的", en = "Mine" }}
[[regions]]
id = "here"
name = {{ zh = "这里", en = "Here" }}
base_url = "http://127.0.0.1:8080/v1"
[[models]]
id = "m"
[quirks]
{quirks}
"""


@pytest.mark.parametrize(
    ("quirks", "where", "reason"),
    [
        ("prefix_models = '('", "quirks.prefix_models", "bad_regex"),
        ("drop_models = { '(' = [\"seed\"] }", "quirks.drop_models.(", "bad_regex"),
        ("answer_models = { '(' = { a = 1 } }", "quirks.answer_models.(", "bad_regex"),
        ('drop_models = { m = "seed" }', "quirks.drop_models.m", "wrong_type"),
        ("only = [1]", "quirks.only[0]", "wrong_type"),
        ("prefix_field = 1", "quirks.prefix_field", "wrong_type"),
        ('checked = "soon"', "quirks.checked", "bad_value"),
    ],
)
def test_wrong_quirks_are_told_by_their_place(tmp_path: Path, quirks: str, where: str, reason: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE.format(quirks=quirks), encoding="utf-8")
    found = read_file(path, "user")
    assert isinstance(found, CatalogueProblem)
    assert (found.where, found.reason) == (where, reason)


def test_quirks_survive_the_cache(tmp_path: Path) -> None:
    folder = tmp_path / "user"
    folder.mkdir()
    quirks = """only = ["stop"]
drop_models = { 'a|b' = ["seed"] }
system_first = true
prefix = true
prefix_models = "m"
prefix_field = "prefix"
prefix_extra = { x = { y = false } }
answer_models = { "a|b" = { reasoning_content = "" } }
source = "https://example.invalid"
checked = 2026-11-22"""
    (folder / "mine.toml").write_text(MINE.format(quirks=quirks), encoding="utf-8")
    cache = tmp_path / "cache.json"
    first = load_catalogue(BUILTIN, folder, cache)
    assert cache.exists()
    assert load_catalogue(BUILTIN, folder, cache).providers == first.providers
    mine = first.providers["mine"].quirks
    assert (mine.only, mine.drop_models, mine.prefix_extra, mine.answer_models) == (
        ("stop",),
        {"a|b": ("seed",)},
        {"x": {"y": False}},
        {"a|b": {"reasoning_content": ""}},
    )


@pytest.mark.parametrize("provider", [p.id for p in CATALOGUE.every() if p.dialect != "practice"])
def test_every_fact_has_a_source_and_a_date(provider: str) -> None:
    """Models and grants each; rules in groups, of which the first names the source of those below it."""
    data = tomllib.loads((BUILTIN / f"{provider}.toml").read_text(encoding="utf-8"))
    heads = data["errors"][:1]
    single = [data[name] for name in ("quirks", "balance") if name in data]
    for table in (*data.get("models", []), *data.get("grants", []), *single, *heads):
        assert table["source"], table
        assert isinstance(table["checked"], date), table
    for table in data["errors"]:
        assert ("source" in table) == ("checked" in table), table
        assert "source" in table or not table.get("uncertain"), table
    spec = CATALOGUE.spec(provider)
    assert spec is not None and date.fromisoformat(spec.checked)
