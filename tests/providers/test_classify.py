"""Classification beyond the tables: shapes, families, waits, words, and that nothing makes it raise."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import Failure, FailureKind, classify
from providers.classify import find_error
from providers.redact import LIMIT, one_line
from providers.rules import register
from providers.spec import ErrorRule, ModelSpec, ProviderSpec, Region, Words

K = FailureKind
BEIJING = timezone(timedelta(hours=8))


def error(code: object = None, message: str = "", kind: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": kind}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, error("FreeTokensUsedUp", "x"), K.QUOTA_EXHAUSTED),
        (403, error("free_quota_exhausted", ""), K.QUOTA_EXHAUSTED),
        (403, error("Quota.FreeTierExhausted", ""), K.QUOTA_EXHAUSTED),
        (403, error(None, "账户余额不足，请充值后再试"), K.QUOTA_EXHAUSTED),
        (429, error(None, "您的免费额度已用完"), K.QUOTA_EXHAUSTED),
        (429, error("1", "当前套餐已到期，请续订"), K.QUOTA_EXHAUSTED),
        (400, error("AccountInArrears", "..."), K.QUOTA_EXHAUSTED),
        (429, error("x", "今日调用次数已达上限，请明天再试"), K.QUOTA_EXHAUSTED),
        (429, error("rate_limit_exceeded", "Limit 200 requests per day (RPD) reached"), K.QUOTA_EXHAUSTED),
        (402, None, K.QUOTA_EXHAUSTED),
        (429, error(None, "请求过于频繁，请稍后再试"), K.RATE_LIMITED),
        (429, error("TooManyRequests", ""), K.RATE_LIMITED),
        (429, error("user.qps.limit", "qps exceeded"), K.RATE_LIMITED),
        (200, error("concurrency_limit_exceeded", ""), K.RATE_LIMITED),
        (429, error("quota_exceeded", "tokens per minute (TPM) quota exceeded"), K.RATE_LIMITED),
        (429, "", K.RATE_LIMITED),
        (429, error(None, "The engine is currently overloaded, please try again later"), K.TRANSIENT),
        (429, error(None, "当前模型负载过高，请稍后重试"), K.TRANSIENT),
        (500, error("InternalServerError", "x"), K.TRANSIENT),
        (503, "upstream connect error", K.TRANSIENT),
        (200, error("SERVICE_UNAVAILABLE", "服务暂时不可用"), K.TRANSIENT),
        (504, "<html><head><title>504 Gateway Time-out</title></head></html>", K.TRANSIENT),
        (529, error("overloaded_error", "Overloaded"), K.TRANSIENT),
        (401, error("InvalidAuthentication", ""), K.AUTH),
        (401, "Unauthorized", K.AUTH),
        (400, error("API_KEY_INVALID", "API key not valid. Please pass a valid API key."), K.AUTH),
        (403, error(None, "该账号未实名认证"), K.AUTH),
        (200, {"code": "TOKEN_EXPIRED", "msg": "令牌已过期"}, K.AUTH),
        (400, error("prompt_too_long", ""), K.CONTEXT_TOO_LONG),
        (400, error(None, "输入内容过长，超过模型最大长度限制"), K.CONTEXT_TOO_LONG),
        (422, {"detail": "This model's maximum context length is 8192 tokens"}, K.CONTEXT_TOO_LONG),
        (413, "<html><title>413 Request Entity Too Large</title></html>", K.CONTEXT_TOO_LONG),
        (400, error("ContentPolicyViolation", ""), K.CONTENT_BLOCKED),
        (400, error(None, "输入内容包含敏感信息，已被拦截"), K.CONTENT_BLOCKED),
        (200, {"choices": [{"finish_reason": "safety", "delta": {}}]}, K.CONTENT_BLOCKED),
        (403, error("unsupported_country_region_territory", ""), K.REGION_BLOCKED),
        (403, error(None, "Access from your country is not supported"), K.REGION_BLOCKED),
        (400, error(None, "User location is not supported for the API use."), K.REGION_BLOCKED),
        (403, "<html><title>Attention Required! | Cloudflare</title></html>", K.REGION_BLOCKED),
        (403, error(None, "该服务在您所在的地区暂不支持"), K.REGION_BLOCKED),
        (404, error("model_not_found", "The model `m` does not exist"), K.BAD_REQUEST),
        (400, error("InvalidParameter", "temperature must be in [0, 1]"), K.BAD_REQUEST),
        (400, error(None, "参数 top_p 取值范围不正确"), K.BAD_REQUEST),
        (
            422,
            {"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "missing"}]},
            K.BAD_REQUEST,
        ),
        (307, "", K.BAD_REQUEST),
        (200, "<html><title>登录校园网</title></html>", K.BAD_REQUEST),
    ],
)
def test_families_at_an_unknown_provider(status: int, body: object, kind: FailureKind) -> None:
    assert classify("nobody_knows", status, {}, body).kind is kind


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "account_overdue", "message": "m"}},
        {"error": {"type": "account_overdue", "message": "m"}},
        {"error": {"status": "ACCOUNT_OVERDUE", "message": "m"}},
        {"code": "AccountOverdue", "message": "m"},
        {"error_code": "AccountOverdue", "error_msg": "m"},
        {"Response": {"Error": {"Code": "Account.Overdue", "Message": "m"}}},
        {"base_resp": {"status_code": 7, "status_msg": "account overdue"}},
        {"errors": [{"code": "account_overdue", "message": "m"}]},
        {"errors": {"message": "account is overdue"}},
        {"detail": "account is overdue"},
        {"message": "account is overdue"},
        {"error": "account is overdue"},
        [{"error": {"status": "ACCOUNT_OVERDUE", "message": "m"}}],
        {"error": {"message": 'upstream: {"error":{"code":"account_overdue","message":"m"}}'}},
        {"error": {"message": "x", "metadata": {"raw": '{"error":{"code":"account_overdue"}}'}}},
        "account is overdue",
    ],
)
def test_every_shape_is_read(body: object) -> None:
    texts: list[object] = [body]
    if not isinstance(body, str):
        text = json.dumps(body)
        texts += [
            text,
            text.encode(),
            f"\ufeff\n {text}",
            f"event: error\ndata: {text}\n\n",
            f"data:{text}\r\n",
        ]
    for form in texts:
        assert classify("nobody_knows", 400, None, form).kind is K.QUOTA_EXHAUSTED, form


def test_bytes_that_are_not_utf8() -> None:
    assert classify("x", 403, None, '{"message":"账户余额不足"}'.encode("gb18030")).kind is K.QUOTA_EXHAUSTED
    assert classify("x", 502, None, b"\xff\xfe\x00\x81").kind is K.TRANSIENT


def test_the_same_words_mean_different_things_at_different_vendors() -> None:
    body = error("insufficient_quota", "You exceeded your current quota, please check your plan.")
    assert classify("alibaba", 429, {}, body).kind is K.RATE_LIMITED
    assert classify("somebody", 429, {}, body).kind is K.QUOTA_EXHAUSTED
    assert classify("zhipu", 429, {}, error("1113", "余额不足")).hint == "zhipu_no_balance"
    assert classify("zhipu", 429, {}, error(1305, "该模型当前访问量过大，请您稍后再试")).kind is K.TRANSIENT


def test_free_tier_of_one_model() -> None:
    failure = classify("alibaba", 403, {}, error("AllocationQuota.FreeTierOnly", "The free tier ..."))
    assert failure == Failure(
        K.QUOTA_EXHAUSTED,
        "AllocationQuota.FreeTierOnly",
        "The free tier ...",
        None,
        True,
        403,
        hint="alibaba_free_tier",
    )
    words = "You have exceeded today's quota for model Qwen/X, please try again tomorrow"
    failure = classify("somebody", 429, {}, error(None, words))
    assert (failure.kind, failure.model_scoped, failure.reset) == (K.QUOTA_EXHAUSTED, True, "day")


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry-After": "7"}, "", 7),
        ({"retry-after": "0.5"}, "", 0.5),
        ([(b"Retry-After", b"9")], "", 9),
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, "", 30),
        ({"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, "", 0),
        ({}, "Please try again in 20s.", 20),
        ({}, "try again in 1m30s", 90),
        ({}, "please try again after 3 seconds", 3),
        ({}, "Please retry after 6 seconds.", 6),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "try again in 250ms", 0.25),
        ({}, "请在 30 秒后重试", 30),
        ({}, "请等待1分30秒后再试", 90),
        ({}, "请求过于频繁，2 小时后恢复", 7200),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, "", 360),
        ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "6m0s"}, "", None),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "nan"}, "", None),
        ({"Retry-After": "-5"}, "", 0),
        ({}, "Limit 60, used 60", None),
    ],
)
def test_retry_after(headers: object, message: str, seconds: float | None) -> None:
    failure = classify("nobody", 429, headers, error("rate_limit_exceeded", message))
    assert failure.kind is K.RATE_LIMITED
    assert failure.retry_after == seconds


def test_a_date_without_a_served_date_counts_from_now() -> None:
    soon = datetime.now(timezone.utc) + timedelta(minutes=10)  # noqa: UP017
    headers = {"Retry-After": soon.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    found = classify("nobody", 429, headers, "").retry_after
    assert found is not None
    assert 500 < found <= 600


def test_rule_default_gives_way_to_the_answer() -> None:
    body = error("limit_requests", "You exceeded your current requests list.")
    assert classify("alibaba", 429, {}, body).retry_after == 60
    assert classify("alibaba", 429, {"Retry-After": "4"}, body).retry_after == 4


@pytest.mark.parametrize(
    ("message", "moment"),
    [
        (
            "已达到 5 小时使用上限，额度将在 2026-11-22 18:00:00 重置",
            datetime(2026, 11, 22, 18, tzinfo=BEIJING),
        ),
        ("Usage limit reached; resets at 2026-11-23 02:30:00", datetime(2026, 11, 23, 2, 30, tzinfo=BEIJING)),
        ("It will reset at 2026-11-23T02:30:00Z", datetime(2026, 11, 23, 2, 30, tzinfo=timezone.utc)),  # noqa: UP017
        ("It will reset at 2026-11-23 02:30:00 +0800 CST.", datetime(2026, 11, 23, 2, 30, tzinfo=BEIJING)),
        ("额度将于 2026年11月23日 02:30 恢复", datetime(2026, 11, 23, 2, 30, tzinfo=BEIJING)),
        ("limit reached at 2026-13-45 99:99:99, resets soon", None),
        ("request of 2026-11-22 18:00:00 failed: limit reached", None),
    ],
)
def test_reset_moment(message: str, moment: datetime | None) -> None:
    failure = classify("zhipu", 429, {}, error("1308", message))
    assert failure.kind is K.QUOTA_EXHAUSTED
    assert failure.reset_at == (moment.timestamp() if moment else None)


def test_day_and_month_limits_return_by_the_vendors_clock() -> None:
    assert classify("zhipu", 429, {}, error("1304", "x")).reset == "day"
    assert classify("tencent", 429, {}, error(429004, "x")).reset == "day"
    assert (
        classify("nobody", 402, {}, {"error": "You have exceeded your monthly included credits"}).reset
        == "month"
    )


@pytest.mark.parametrize("made_up", ["sk-test-%s", "bce-v3/ALTAK-%s/x", "%s.abcdefgh12345678", "hf_%s", "%s"])
def test_no_key_survives_in_the_words(made_up: str) -> None:
    key = made_up % ("0a1b2c3d4e" * 4)
    for text in (f"Incorrect API key provided: {key}.", f"Bearer {key}", f'{{"error":{{"code":"{key}"}}}}'):
        failure = classify("nobody", 401, {}, text)
        assert failure.kind is K.AUTH
        assert key not in f"{failure.code} {failure.message}"
        assert key[8:30] not in f"{failure.code} {failure.message}"


def test_words_are_one_bounded_line() -> None:
    line = one_line("a\n\tb \x00\u202e" + "长" * 2_000)
    assert line.startswith("a b ")
    assert len(line) == LIMIT
    assert "\n" not in line
    assert one_line("model Qwen/Qwen3-235B-A22B-Instruct-2507 is context_length_exceeded_error_type") == (
        "model Qwen/Qwen3-235B-A22B-Instruct-2507 is context_length_exceeded_error_type"
    )
    assert one_line("the secret is here", secrets=["secret"]) == "the ••• is here"


def test_find_error() -> None:
    fine: list[object] = [
        {"choices": [{"delta": {"content": "x"}, "finish_reason": None}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "code": 0, "message": "Success"},
        {"choices": [], "usage": {"prompt_tokens": 1}},
        {"base_resp": {"status_code": 0, "status_msg": "success"}, "choices": []},
        {"error": None, "choices": []},
        {"object": "list", "data": []},
        "text",
        5,
        None,
        [],
    ]
    for payload in fine:
        assert find_error("minimax", payload) is None, payload
    bad: list[tuple[object, FailureKind]] = [
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, K.QUOTA_EXHAUSTED),
        ({"error_code": 17, "error_msg": "Open api daily request limit reached"}, K.QUOTA_EXHAUSTED),
        ({"error": {"message": "rate limit"}}, K.RATE_LIMITED),
        ({"code": 401, "msg": "invalid api key"}, K.AUTH),
        ({"choices": [{"finish_reason": "sensitive", "delta": {}}]}, K.CONTENT_BLOCKED),
    ]
    for payload, kind in bad:
        found = find_error("somebody", payload)
        assert found is not None, payload
        assert found.kind is kind


def test_a_registered_provider_brings_its_rules() -> None:
    rules = (ErrorRule(K.QUOTA_EXHAUSTED, code="E42", hint="x"), ErrorRule(K.AUTH, code="([", status=(400,)))
    spec = ProviderSpec(
        "mine_for_test",
        Words("我", "me"),
        "我",
        "#616E69",
        (Region("r", Words("r", "r"), "https://example.invalid"),),
        (ModelSpec("m"),),
        rules=rules,
    )
    assert classify("mine_for_test", 400, {}, error("E42", "x")).kind is K.BAD_REQUEST
    register([spec])
    assert classify("mine_for_test", 400, {}, error("E42", "x")).hint == "x"
    assert classify("mine_for_test", 400, {}, error("E43", "x")).kind is K.BAD_REQUEST


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "code",
                    "type",
                    "message",
                    "errors",
                    "detail",
                    "status",
                    "choices",
                    "base_resp",
                    "status_code",
                    "Response",
                    "Error",
                    "data",
                    "finish_reason",
                    "delta",
                    "retry_after",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
_bodies = (
    _json
    | _json.map(json.dumps)
    | st.text()
    | st.binary()
    | st.binary().map(bytearray)
    | st.binary().map(memoryview)
    | st.text().map(lambda t: f"<html><title>{t}</title>")
    | _json.map(lambda v: f"data: {json.dumps(v)}\n")
)
_names = [
    "Retry-After",
    "retry-after-ms",
    "Date",
    "x-ratelimit-reset-requests",
    "x-ratelimit-remaining-requests",
]
_headers = (
    st.none()
    | st.integers()
    | st.dictionaries(st.text() | st.sampled_from(_names), st.text())
    | st.lists(st.tuples(st.text(), st.binary()))
)
_ids = st.sampled_from(["alibaba", "zhipu", "baidu", "tencent", "sensetime", "openai", "nobody", ""])


@settings(max_examples=250, deadline=None)
@given(_ids, st.none() | st.integers(0, 1000), _headers, _bodies)
def test_it_never_raises(provider: str, status: int | None, headers: object, body: object) -> None:
    failure = classify(provider, status, headers, body)
    assert isinstance(failure.kind, FailureKind)
    assert failure.kind not in (K.NETWORK, K.CANCELLED)
    assert len(failure.message) <= LIMIT
    assert "\n" not in failure.message
    failure.message.encode()
    assert failure.retry_after is None or failure.retry_after >= 0
    find_error(provider, body)


def test_depth_and_size_do_not_hurt() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = {"error": deep}
    assert classify("x", 500, {}, deep).kind is K.TRANSIENT
    assert classify("x", 500, {}, "[" * 200_000).kind is K.TRANSIENT
    assert classify("x", 400, {}, {"error": {"code": 10**5_000, "message": "m"}}).kind is K.BAD_REQUEST
    assert classify("x", 500, {}, "free " * 300_000).message.endswith("…")
