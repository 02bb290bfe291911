"""No failure of any provider is ever told by its bare body: each has a sentence in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import advice, i18n, wording
from app.leg_names import LegNames
from app.store.entries import KeyRecord
from providers import Failure, FailureKind, classify
from providers.catalogue import load_catalogue
from providers.spec import ProviderSpec
from tests.app.relay.support import leg

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = load_catalogue(ROOT / "resources" / "providers")
SPECS = [s for s in CATALOGUE.every() if s.dialect != "practice"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(params=["zh", "en"])
def language(request):
    i18n.set_language(request.param)
    return request.param


def plain(text: str, language: str) -> bool:
    """A sentence of ours in the language wanted, not a key, not a code."""
    key = re.fullmatch(r"[a-z]+\.[\w.]+", text)
    return bool(text) and key is None and (language == "en") != bool(CHINESE.search(text))


def test_there_is_something_to_test() -> None:
    assert len(SPECS) >= 20
    assert sum(1 for spec in SPECS for rule in spec.rules if rule.hint) > 70


@pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])
def test_every_hint_of_a_provider_is_a_sentence(spec: ProviderSpec, language: str) -> None:
    for rule in spec.rules:
        if rule.hint is None:
            continue
        text = wording.failure_text(Failure(rule.kind, hint=rule.hint), provider=spec.id)
        assert text == i18n.tr(f"hint.{rule.hint}")
        assert plain(text, language), (spec.id, rule.hint, text)


@pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])
def test_every_kind_at_every_provider_is_a_sentence(spec: ProviderSpec, language: str) -> None:
    body = "RAW-BODY-OF-THE-VENDOR"
    for kind in FailureKind:
        failure = Failure(kind, code=body, message=body, status=418)
        text = wording.failure_text(failure, provider=spec.id)
        assert plain(text, language), (spec.id, kind, text)
        assert body not in text


@pytest.mark.parametrize("spec", [s for s in SPECS if s.auth != "none"], ids=lambda s: s.id)
def test_every_vendor_explains_key_quota_and_rate_in_its_own_words(spec: ProviderSpec, language: str) -> None:
    for kind in ("auth", "quota_exhausted", "rate_limited"):
        text = wording.failure_text(kind, provider=spec.id)
        assert text != i18n.tr(f"wording.kind_{kind}"), (spec.id, kind)
        assert text.endswith(("。", ".")), text


def test_a_server_that_is_not_started_is_said_by_its_name() -> None:
    refused = Failure(FailureKind.NETWORK, hint="network_refused")
    assert "Ollama" in wording.failure_text(refused, provider="ollama")
    assert "没有接受连接" in wording.failure_text(refused, provider="zhipu")


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (403, "请先完成实名认证", "real_name"),
        (403, "real-name verification required", "real_name"),
        (403, "您的 IP 不在白名单内", "ip_not_allowed"),
        (401, "IP address not allowed", "ip_not_allowed"),
        (403, "账号已被冻结", "account_locked"),
        (403, "服务未开通，请先开通", "service_not_opened"),
        (403, "insufficient balance, please recharge", "arrears"),
        (429, "您的免费额度已用完", "free_used"),
        (403, "Country not supported", "region"),
        (401, "Invalid API key", None),
        (429, "too many requests", None),
    ],
)
def test_an_unknown_vendor_is_understood_too(status: int, message: str, hint: str | None) -> None:
    failure = classify("nobody", status, {}, {"error": {"message": message}})
    assert failure.hint == hint
    found = advice.finding(failure)
    assert advice.step_for(found) is not None or found in ("region_blocked", "model_missing")


def test_which_of_several_keys_answered_is_named() -> None:
    keys = {
        "a": KeyRecord("a", "one", "公司", "1111", 0, 0.0),
        "b": KeyRecord("b", "one", "", "2222", 1, 0.0),
        "c": KeyRecord("c", "two", "独苗", "3333", 0, 0.0),
    }

    class Keys:
        def record(self, key: str) -> KeyRecord | None:
            return keys.get(key)

        def refs(self, provider: str) -> list[KeyRecord]:
            return [record for record in keys.values() if record.provider == provider]

    class Directory:
        def leg(self, leg_id: str):
            return leg(leg_id.partition(":")[0])

    names = LegNames(Directory(), Keys())  # type: ignore[arg-type]
    assert wording.key_label(names, "a") == "密钥“公司”"
    assert wording.key_label(names, "b") == "密钥“…2222”"
    assert wording.key_label(names, "c") == "", "it has only one"
    assert wording.key_label(names, "gone") == wording.key_label(names, None) == ""
    assert wording.key_label(lambda _p, _m: wording.LegLabel("x", "x", ""), "a") == ""
