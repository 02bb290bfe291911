"""Provider files: what is built in, what a user may write, and what a broken file does."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from providers import catalogue_file
from providers.catalogue import load_catalogue
from providers.catalogue_types import Catalogue
from providers.rules import BUILTIN
from providers.spec import BillingClass

FIVE = ("alibaba", "zhipu", "sensetime", "tencent", "baidu")
RESOURCES = BUILTIN.parent

GOOD = """
id = "mine"
name = { zh = "我的", en = "Mine" }
checked = 2026-11-22

[[regions]]
id = "here"
name = { zh = "这里", en = "Here" }
base_url = "http://127.0.0.1:8080/v1/"

[[models]]
id = "m-1"
context = 8192
billing = "free"

[[errors]]
kind = "auth"
code = 'E[0-9]+'
"""


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "providers"
    folder.mkdir()
    return folder


def load(user: Path, cache: Path | None = None) -> Catalogue:
    return load_catalogue(BUILTIN, user, cache)


def test_the_built_in_files_are_sound() -> None:
    catalogue = load_catalogue(BUILTIN)
    assert catalogue.problems == ()
    assert tuple(catalogue.providers)[:5] == FIVE
    assert list(catalogue.providers)[-3:] == ["practice_a", "practice_b", "practice_c"]
    hints = json.loads((RESOURCES / "i18n" / "hints.json").read_text(encoding="utf-8"))
    for spec in catalogue.providers.values():
        assert spec.origin == "builtin"
        assert spec.checked
        assert len(spec.glyph) == 1
        for model in spec.models:
            assert model.checked or spec.checked
        for rule in spec.rules:
            assert rule.hint is None or f"hint.{rule.hint}" in hints, (spec.id, rule.hint)
            for pattern in (rule.code, rule.type, rule.message):
                re.compile(pattern or "")
        for region in spec.regions:
            assert region.base_url.startswith(
                ("https://", "http://127.0.0.1", "http://localhost", "practice:")
            )


def test_facts_the_promise_rests_on() -> None:
    providers = load_catalogue(BUILTIN).providers
    assert providers["alibaba"].models[0].id == "qwen-plus"
    assert {m.billing for m in providers["alibaba"].models} == {BillingClass.GRANT}
    flash = providers["zhipu"].models[0]
    assert (flash.id, flash.billing, flash.uncertain) == ("glm-4.7-flash", BillingClass.FREE, False)
    assert providers["zhipu"].models[-1].billing is BillingClass.PAID
    assert all(not r.overseas for r in (providers[p].regions[0] for p in FIVE))
    assert any(r.overseas for r in providers["alibaba"].regions)
    calls = providers["sensetime"].grants[0]
    assert (calls.unit, calls.amount, calls.window, calls.hours, calls.scope) == (
        "calls",
        1500,
        "hours",
        5,
        "model",
    )


def test_key_patterns() -> None:
    for name, key in {
        "alibaba": "sk-" + "a1" * 16,
        "zhipu": "0a" * 16 + "." + "Xy" * 8,
        "tencent": "sk-" + "b2" * 20,
        "baidu": "bce-v3/ALTAK-" + "c3" * 8 + "/" + "d4" * 20,
        "sensetime": "sk-" + "e5" * 16,
    }.items():
        pattern = load_catalogue(BUILTIN).providers[name].key_pattern
        assert pattern is not None
        assert re.fullmatch(pattern, key)
        assert not re.fullmatch(pattern, "hello world")


def test_a_user_file(user: Path) -> None:
    (user / "mine.toml").write_text(GOOD, encoding="utf-8")
    catalogue = load(user)
    spec = catalogue.get("mine")
    assert catalogue.problems == ()
    assert spec is not None
    assert (spec.origin, spec.glyph, spec.colour, spec.base_url) == (
        "user",
        "我",
        "#616E69",
        "http://127.0.0.1:8080/v1",
    )
    assert list(catalogue.providers)[-1] == "mine"


@pytest.mark.parametrize(
    ("checked", "taken"), [("2999-01-01", True), ("2026-11-22", True), ("2020-01-01", False), (None, False)]
)
def test_the_newer_file_of_a_provider_wins(user: Path, checked: str | None, taken: bool) -> None:
    text = GOOD.replace('"mine"', '"zhipu"').replace(
        "checked = 2026-11-22", f"checked = {checked}" if checked else ""
    )
    (user / "z.toml").write_text(text, encoding="utf-8")
    catalogue = load(user)
    assert (catalogue.providers["zhipu"].models[0].id == "m-1") is taken
    assert [p.reason for p in catalogue.problems] == ([] if taken else ["older_than_builtin"])
    assert list(catalogue.providers)[:2] == ["alibaba", "zhipu"]


BROKEN = [
    ('id = "mine"', "id = mine", "syntax", None, 2),
    ('id = "mine"', 'id = "Mine!"', "bad_value", "id", 2),
    ('id = "mine"', "id = 7", "wrong_type", "id", 2),
    ('id = "mine"', "", "missing", "id", None),
    ('id = "mine"', 'id = "mine"\nsurprise = 1', "unknown_field", "surprise", 3),
    ('name = { zh = "我的", en = "Mine" }', 'name = { zh = "我的" }', "missing", "name.en", 3),
    ("checked = 2026-11-22", 'checked = "soon"', "bad_value", "checked", 4),
    (
        'base_url = "http://127.0.0.1:8080/v1/"',
        'base_url = "http://10.0.0.1/v1"',
        "bad_url",
        "regions[0].base_url",
        9,
    ),
    ("context = 8192", 'context = "8k"', "wrong_type", "models[0].context", 13),
    ("context = 8192", "context = -1", "bad_value", "models[0].context", 13),
    ("context = 8192", "contxt = 8192", "unknown_field", "models[0].contxt", 13),
    ('billing = "free"', 'billing = "gratis"', "bad_value", "models[0].billing", 14),
    ('billing = "free"', 'billing = "free"\n[[models]]\nid = "m-1"', "duplicate", "models[1].id", 16),
    ('kind = "auth"', 'kind = "odd"', "bad_value", "errors[0].kind", 17),
    ("code = 'E[0-9]+'", "code = 'E[0-9'", "bad_regex", "errors[0].code", 18),
    ("code = 'E[0-9]+'", "", "missing", "errors[0].code", 16),
    (
        "[[errors]]",
        '[[grants]]\nid = "g"\nunit = "tokens"\nmodels = ["x"]\n[[errors]]',
        "unknown_model",
        "grants[0].models",
        19,
    ),
    (
        "[[errors]]",
        '[[grants]]\nid = "g"\nunit = "calls"\nwindow = "hours"\n[[errors]]',
        "missing",
        "grants[0].hours",
        16,
    ),
    ("[[errors]]", "[quirks]\ntemperature = [1, 0]\n[[errors]]", "bad_value", "quirks.temperature", 17),
    ("[[errors]]", "[quirks]\nextra = { day = 2026-01-01 }\n[[errors]]", "wrong_type", "quirks.extra", 17),
]


@pytest.mark.parametrize(
    ("old", "new", "reason", "where", "line"), BROKEN, ids=[f"{b[2]}-{b[3]}" for b in BROKEN]
)
def test_a_broken_file_is_reported_and_the_rest_works(
    user: Path, old: str, new: str, reason: str, where: str | None, line: int | None
) -> None:
    assert old in GOOD
    (user / "bad.toml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    (user / "good.toml").write_text(GOOD.replace('"mine"', '"other"'), encoding="utf-8")
    catalogue = load(user)
    (problem,) = catalogue.problems
    assert (problem.path.name, problem.reason) == ("bad.toml", reason)
    assert problem.where == (where or "")
    assert problem.line == line
    assert {"other", *FIVE} <= catalogue.providers.keys()
    assert "mine" not in catalogue.providers
    words = json.loads((RESOURCES / "i18n" / "catalogue.json").read_text(encoding="utf-8"))
    for text in words[f"catalogue.{reason}"].values():
        text.format(path=problem.path, line=problem.line, where=problem.where, detail=problem.detail)


def test_files_that_are_no_text(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (user / "a.toml").write_bytes(b'id = "x"\nname = "\xff"\n')
    (user / "b.toml").mkdir()
    (user / "c.toml").write_bytes(b"x = " + b"[" * 50_000)
    (user / "d.toml").write_bytes(b"x = " + b"9" * 5_000)
    (user / "notes.txt").write_text("not a provider")
    monkeypatch.setattr(catalogue_file, "_LARGEST", 60_000)
    (user / "e.toml").write_bytes(b"#" * 60_001)
    problems = load(user).problems
    assert [(p.path.name, p.reason) for p in problems] == [
        ("a.toml", "encoding"),
        ("b.toml", "unreadable"),
        ("c.toml", "syntax"),
        ("d.toml", "syntax"),
        ("e.toml", "too_large"),
    ]
    assert problems[0].line == 2


def test_missing_folders_are_empty(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "no", tmp_path / "none") == Catalogue({})


def test_two_user_files_of_one_id(user: Path) -> None:
    for name in ("a", "b"):
        (user / f"{name}.toml").write_text(GOOD, encoding="utf-8")
    assert [(p.path.name, p.reason) for p in load(user).problems] == [("b.toml", "duplicate_id")]


def test_the_cache_gives_the_same_catalogue(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache" / "catalogue.json"
    (user / "mine.toml").write_text(GOOD, encoding="utf-8")
    (user / "bad.toml").write_text("x", encoding="utf-8")
    parsed = load(user, cache)
    assert cache.is_file()

    def no_parsing(*_: object) -> None:
        raise AssertionError("the cache was not used")

    monkeypatch.setattr(catalogue_file, "read_file", no_parsing)
    cached = load(user, cache)
    assert dict(cached.providers) == dict(parsed.providers)
    assert list(cached.providers) == list(parsed.providers)
    assert cached.problems == parsed.problems


def test_a_changed_file_or_schema_rebuilds_the_cache(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "catalogue.json"
    path = user / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    load(user, cache)
    path.write_text(GOOD.replace("8192", "9192"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load(user, cache).providers["mine"].models[0].context == 9192
    path.unlink()
    assert load(user, cache).get("mine") is None
    data = json.loads(cache.read_text(encoding="utf-8"))
    data["schema"] = "0"
    data["providers"] = []
    cache.write_text(json.dumps(data), encoding="utf-8")
    assert load(user, cache).get("zhipu") is not None


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b"[]", b'{"schema": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_cache_is_rebuilt(user: Path, tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "catalogue.json"
    good = load(user, cache)
    text = cache.read_bytes()
    cache.write_bytes(damage)
    assert dict(load(user, cache).providers) == dict(good.providers)
    assert cache.read_bytes() == text
    data = json.loads(text)
    data["providers"][0] = data["providers"][0][:-1]
    cache.write_text(json.dumps(data), encoding="utf-8")
    assert dict(load(user, cache).providers) == dict(good.providers)


def test_a_cache_that_cannot_be_written_is_done_without(user: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert load(user, tmp_path / "file" / "catalogue.json").get("zhipu") is not None
    assert replace(load(user), problems=()).get("nobody") is None
