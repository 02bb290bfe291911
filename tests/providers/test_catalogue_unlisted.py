"""Provider files without models, of the other dialects, and with a balance query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from providers import catalogue_file
from providers.catalogue import load_catalogue
from providers.catalogue_types import Catalogue
from providers.failures import FailureKind
from providers.rules import BUILTIN, rules_of

OWN = """
id = "mine"
name = { zh = "我的", en = "Mine" }
checked = 2026-11-22

[[regions]]
id = "here"
name = { zh = "这里", en = "Here" }
base_url = "https://llm.example/v1"

[balance]
path = "/user/balance"
total = "data.0.total"
checked = 2026-11-22
"""


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "providers"
    folder.mkdir()
    return folder


def load(user: Path, text: str, cache: Path | None = None) -> Catalogue:
    (user / "mine.toml").write_text(text, encoding="utf-8")
    return load_catalogue(BUILTIN, user, cache)


def test_the_built_in_ones() -> None:
    catalogue = load_catalogue(BUILTIN)
    assert list(catalogue.unlisted) == ["azure_openai", "ollama", "lmstudio", "llama_cpp", "vllm"]
    assert all(spec.models for spec in catalogue.providers.values())
    assert sorted(catalogue.order) == sorted([*catalogue.providers, *catalogue.unlisted])
    hints = json.loads((BUILTIN.parent / "i18n" / "hints.json").read_text(encoding="utf-8"))
    for spec in catalogue.unlisted.values():
        assert spec.checked
        assert spec.local is (spec.auth == "none")
        assert spec.rules == rules_of(spec.id)
        assert {f"hint.{r.hint}" for r in spec.rules if r.hint} <= hints.keys()
    for hint in ("url_placeholder", "no_model_list", "no_balance_query"):
        assert f"hint.{hint}" in hints
    router = catalogue.providers["huggingface"]
    assert (router.regions[0].overseas, router.grants) == (True, ())
    assert catalogue.unlisted["ollama"].dialect == "ollama"
    assert catalogue.unlisted["azure_openai"].dialect == "azure"


def test_a_users_file_without_models(user: Path) -> None:
    catalogue = load(user, OWN)
    assert catalogue.problems == ()
    assert "mine" not in catalogue.providers
    spec = catalogue.unlisted["mine"]
    assert spec.balance is not None
    assert (spec.balance.path, spec.balance.total, spec.balance.method) == (
        "/user/balance",
        "data.0.total",
        "GET",
    )
    assert "mine" in load(user, OWN.replace("[balance]", '[[models]]\nid = "m"\n[balance]')).providers


def test_a_built_in_file_must_list_its_models(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN, encoding="utf-8")
    (problem,) = load_catalogue(tmp_path).problems
    assert (problem.reason, problem.where) == ("missing", "models")
    for line in ("local = true", 'dialect = "azure"'):
        (tmp_path / "mine.toml").write_text(line + OWN, encoding="utf-8")
        assert load_catalogue(tmp_path).problems == ()


def test_the_users_file_gives_a_built_in_provider_its_models(user: Path) -> None:
    text = OWN.replace('"mine"', '"azure_openai"').replace("[balance]", '[[models]]\nid = "gpt"\n[balance]')
    catalogue = load(user, 'dialect = "azure"\napi_version = "2025-04-01-preview"' + text)
    spec = catalogue.providers["azure_openai"]
    assert (spec.origin, spec.api_version, [m.id for m in spec.models]) == (
        "user",
        "2025-04-01-preview",
        ["gpt"],
    )
    assert "azure_openai" not in catalogue.unlisted
    names = list(catalogue.providers)
    assert names.index("openai") < names.index("azure_openai") < names.index("practice_a")


def test_the_cache_keeps_all_of_it(user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "catalogue.json"
    parsed = load(user, OWN, cache)

    def no_parsing(*_: object) -> None:
        raise AssertionError("the cache was not used")

    monkeypatch.setattr(catalogue_file, "read_file", no_parsing)
    cached = load_catalogue(BUILTIN, user, cache)
    assert cached == parsed
    assert cached.order == parsed.order
    assert cached.providers["deepseek"].balance == parsed.providers["deepseek"].balance


@pytest.mark.parametrize(
    ("old", "new", "reason", "where"),
    [
        ('path = "/user/balance"', 'path = "https://evil.example/x"', "bad_value", "balance.path"),
        ('path = "/user/balance"', 'path = "@evil.example/x"', "bad_value", "balance.path"),
        ('path = "/user/balance"', "", "missing", "balance.path"),
        ('total = "data.0.total"', 'total = ""', "missing", "balance.total"),
        ('total = "data.0.total"', 'total = "a..b"', "bad_value", "balance.total"),
        ('total = "data.0.total"', 'total = "a"\nmethod = "PUT"', "bad_value", "balance.method"),
        ('total = "data.0.total"', 'total = "a"\nitem = "b"', "unknown_field", "balance.item"),
        ('id = "mine"', 'id = "mine"\ndialect = "klingon"', "bad_value", "dialect"),
        ('id = "mine"', 'id = "mine"\napi_version = "2024?x"', "bad_value", "api_version"),
        ("https://llm.example/v1", "https://{resource}.example", "bad_url", "regions[0].base_url"),
        ("[balance]", "models = []\n[balance]", "unknown_field", "regions[0].models"),
    ],
)
def test_broken_files(user: Path, old: str, new: str, reason: str, where: str) -> None:
    assert old in OWN
    (problem,) = load(user, OWN.replace(old, new, 1)).problems
    assert (problem.reason, problem.where) == (reason, where)
    assert problem.line is not None or reason == "missing"


def test_rows_of_the_new_files() -> None:
    from providers import classify

    dead = {
        "error": {"message": "Background loop has errored already.", "type": "BadRequestError", "code": 400}
    }
    assert classify("vllm", 200, {}, dead).kind is FailureKind.TRANSIENT
    loading = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    found = classify("llama_cpp", 503, {}, loading)
    assert (found.kind, found.hint, found.retry_after) == (FailureKind.TRANSIENT, "local_loading", 5)
    full = {"error": {"code": 400, "message": "x", "type": "exceed_context_size_error", "n_ctx": 4096}}
    assert classify("llama_cpp", 400, {}, full).kind is FailureKind.CONTEXT_TOO_LONG
    none = {"error": "No models loaded. Please load a model in the developer page."}
    assert classify("lmstudio", 404, {}, none).hint == "lmstudio_no_model"
    spent = {"error": "You have exceeded your monthly included credits for Inference Providers."}
    found = classify("huggingface", 402, {}, spent)
    assert (found.kind, found.reset) == (FailureKind.QUOTA_EXHAUSTED, "month")
