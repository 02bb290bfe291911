"""Plain words in both languages."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import get_args

import pytest

from app import i18n, wording
from app.relay.events import SkipReason
from app.relay.status import LegState, LegStatus
from app.store.entries import AttemptRecord
from providers import Failure, FailureKind
from providers.spec import BillingClass, Words
from tests.app.relay.support import NOON, leg


@pytest.fixture(params=["zh", "en"])
def language(request):
    i18n.set_language(request.param)
    return request.param


def names(provider: str, model: str) -> wording.LegLabel:
    return wording.LegLabel(f"{provider} {model}", provider[0], "")


def record(pid: str, outcome: str, **values) -> AttemptRecord:
    return AttemptRecord(f"{pid}{outcome}", "m", 1, pid, "m", outcome, NOON, **values)  # type: ignore[arg-type]


def test_every_state_reason_and_kind_has_words(language):
    for state in get_args(LegState):
        for until in (None, NOON + 42):
            text = wording.state_text(LegStatus(leg("a"), state, until=until), NOON)
            assert text and not text.startswith("wording.")
    for reason in get_args(SkipReason):
        for until in (None, NOON + 42, NOON + 7200):
            assert not wording.skip_text(reason, until, NOON).startswith("wording.")
    for kind in FailureKind:
        assert not wording.failure_text(kind.value).startswith("wording.")
        text = wording.reason_text(record("a", "failed", kind=kind.value), NOON)
        assert text and not text.startswith("wording.")


def test_states_count_down():
    cooling = LegStatus(leg("a"), "cooling", until=NOON + 42)
    assert wording.state_text(cooling, NOON) == "冷却 0:42"
    assert wording.state_text(LegStatus(leg("a"), "parked"), NOON) == "免费额度已用完"
    paid = LegStatus(leg("a", billing=BillingClass.PAID), "parked")
    assert wording.state_text(paid, NOON) == "额度已用完"


def test_failures_prefer_the_hint():
    i18n._texts["hint.test_only"] = {"zh": "提示", "en": "Hint"}
    assert wording.failure_text("auth", "test_only") == "提示"
    assert wording.failure_text(Failure(FailureKind.AUTH, hint="test_only")) == "提示"
    assert wording.failure_text("auth", "no_such") == wording.failure_text("auth")
    assert wording.failure_text("transient", None, "stall") != wording.failure_text("transient")
    assert wording.failure_text("never heard of") == wording.failure_text("transient")


@pytest.mark.parametrize(
    ("n", "zh", "en"),
    [
        (0, "0", "0"),
        (1180, "1,180", "1,180"),
        (863_000, "86.3 万", "863K"),
        (1_000_000, "100 万", "1M"),
        (99_999_999, "1 亿", "100M"),
        (250_000_000, "2.5 亿", "250M"),
    ],
)
def test_amounts(n, zh, en):
    i18n.set_language("zh")
    assert wording.amount(n) == zh
    i18n.set_language("en")
    assert wording.amount(n) == en


def test_times(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert [wording.countdown(s) for s in (-1, 0, 41.2, 3599)] == ["0:00", "0:00", "0:42", "59:59"]
        assert wording.countdown(3 * 3600) == "3 小时后"
        assert wording.moment(NOON + 3 * 3600, NOON) == "3 小时后"
        assert wording.moment(NOON + 11 * 3600, NOON) == "明天 00:00"
        assert wording.moment(NOON + 17 * 86400, NOON) == "12-09（17 天后）"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [wording.seconds(ms) for ms in (40, 400, 9949, 12_000)] == ["0.04 s", "0.4 s", "9.9 s", "12 s"]


def test_one_line_says_who_was_asked_and_who_answered():
    failed = record("a", "failed", kind="quota_exhausted", billing="free")
    skipped = record("b", "skipped", kind="no_key")
    limited = record("c", "failed", kind="rate_limited")
    answered = record("d", "answered", first_content_ms=400)
    assert wording.provenance_text([answered], names) == "d m 首字 0.4 s"
    line = wording.provenance_text([failed, answered], names)
    assert line == "先问 a m · 免费额度已用完 → 由 d m 接力 · 0.4 s"
    line = wording.provenance_text([failed, skipped, limited, answered], names)
    assert line == "先问 a m · 免费额度已用完 （又试了 1 家） 再问 c m · 限速 → 由 d m 接力 · 0.4 s"
    assert wording.provenance_text([skipped, answered], names).startswith("跳过 b m · 没有密钥 →")
    pieces = wording.provenance([failed, answered], names)
    assert [p.kind for p in pieces] == ["text", "mark", "leg", "text", "baton", "text", "leg", "text"]
    assert pieces[1].state == "parked" and pieces[6].strong
    i18n.set_language("en")
    line = wording.provenance_text([failed, answered], names)
    assert line == "Asked a m · free quota used up → answered by d m · 0.4 s"
    assert wording.provenance([], names) == ()


@pytest.mark.parametrize(
    ("provider", "model", "said"),
    [
        ("SenseNova", "SenseNova 6.8 Flash Lite", "SenseNova 6.8 Flash Lite"),
        ("Qwen", "qwen-plus", "Qwen qwen-plus"),
        ("Step", "Stepped 2", "Step Stepped 2"),
        ("Spark", "Spark", "Spark"),
    ],
)
def test_a_leg_says_its_providers_name_once(provider, model, said):
    made = leg("p:m")
    spec = replace(made.provider, name=Words(provider, provider))
    assert wording.leg_name(replace(made, provider=spec, model=replace(made.model, name=model))) == said
