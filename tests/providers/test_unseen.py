"""Errors no table lists: other codes, wordings and shapes of the families vendors share."""

from __future__ import annotations

from typing import Any

import pytest

from providers import classify
from providers.failures import FailureKind


def wrapped(code: object = None, message: str = "", type: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": type}}


def flat(code: object, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "data": None}


# kind → (provider, status, body)
CASES: dict[str, list[tuple[str, int, object]]] = {
    "quota_exhausted": [
        ("nobody", 429, wrapped(None, "You've reached your free message limit")),
        ("nobody", 402, ""),
        ("nobody", 403, wrapped(None, "点数不足，请充值")),
        ("nobody", 200, {"code": "1003", "msg": "积分不足"}),
        ("nobody", 429, {"error": "Quota exceeded for this organisation"}),
        ("nobody", 403, wrapped("PACKAGE_NOT_FOUND", "未购买任何资源包")),
        ("nobody", 429, wrapped(None, "已达到每日调用上限，请明天再试")),
        ("nobody", 429, wrapped("daily_quota", "You have used up your 500 requests for today")),
        ("nobody", 400, {"ret": -1, "msg": "余额为零"}),
        ("nobody", 403, wrapped(None, "当前套餐的调用次数已达上限")),
        ("nobody", 429, wrapped(None, "Your trial has ended. Upgrade to continue.")),
        ("nobody", 403, wrapped("FreeCreditsUsedUp", "All of your free credits have been used")),
        ("nobody", 429, flat(42, "您的免费体验额度已全部使用完毕")),
        ("nobody", 402, wrapped("insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.00")),
        ("nobody", 403, wrapped("pre_consume_token_quota_failed", "token quota is not enough")),
        ("nobody", 429, wrapped(None, "This key has hit its monthly spending cap")),
        ("nobody", 400, flat("ACCOUNT_IN_ARREARS", "账户已欠费，请前往控制台缴费")),
        ("nobody", 403, flat(10021, "剩余 tokens 不足以完成本次调用，请购买加油包")),
        ("nobody", 200, {"errno": 7, "errmsg": "今日免费次数已用完，明天再来"}),
        ("nobody", 429, {"detail": "Weekly usage limit reached. Your limit resets on Monday."}),
        ("nobody", 403, {"msg": "套餐余量不足，请升级套餐", "success": False}),
        ("nobody", 429, wrapped("TokenPlanExhausted", "")),
        ("nobody", 403, "账户可用余额为 0，无法调用"),
        ("nobody", 403, wrapped("wallet_empty", "Your wallet is empty. Please add funds.")),
        ("alibaba", 403, wrapped("AllocationQuota.FreeTrialExhausted", "The free trial quota is exhausted")),
        ("zhipu", 429, wrapped("1399", "您的资源包已过期，请重新购买")),
        ("tencent", 402, wrapped("401019", "trial package used up", "gateway_error")),
        ("baidu", 403, wrapped("account_balance_negative", "balance below zero", "access_denied")),
        ("moonshot", 429, wrapped(None, "Your account has no remaining voucher balance")),
        ("stepfun", 402, {"error": "余额不足"}),
        ("volcengine_ark", 403, wrapped("AccountBalanceInsufficient", "")),
    ],
    "rate_limited": [
        ("nobody", 400, wrapped(None, "TPM 超限")),
        ("nobody", 429, wrapped("E1", "Only 1 request can be processed at a time for this key")),
        ("nobody", 429, "<html><title>429 Too Many Requests</title></html>"),
        ("nobody", 429, ""),
        ("nobody", 429, wrapped(None, "Requests per second limit hit")),
        ("nobody", 429, wrapped(None, "请求被限制，请 5 秒后再试")),
        ("nobody", 429, {"message": "Slow down"}),
        ("nobody", 429, flat(99, "您的调用太频繁了，歇一会儿再试")),
        ("nobody", 429, wrapped("RequestTooFrequent", "")),
        ("nobody", 429, {"message": "API rate limit exceeded for 1.2.3.4"}),
        ("nobody", 200, {"errcode": 45009, "errmsg": "reach max api minute frequence limit"}),
        ("nobody", 200, flat(1039, "token limit")),
        ("nobody", 200, {"base_resp": {"status_code": 2046, "status_msg": "conn limit"}}),
        ("nobody", 429, wrapped(None, "Max RPM for your tier is 20, used 20")),
        ("nobody", 400, flat("FlowControlled", "触发流控")),
        ("nobody", 429, wrapped("ConcurrencyLimitReached", "同时进行的请求数已达上限")),
        ("nobody", 429, {"errors": [{"message": "Too many concurrent sessions"}]}),
        ("nobody", 503, wrapped("Throttling.User", "Request was denied due to user flow control.")),
        ("zhipu", 429, wrapped("1399", "当前 API 请求过多，请降低调用频率")),
        ("siliconflow", 429, "Request was rejected due to rate limiting. Details:IPM limit reached."),
        ("sensetime", 429, wrapped("8", "tps exhausted", "quota_exceeded_error")),
    ],
    "transient": [
        ("nobody", 408, wrapped(None, "request timeout")),
        ("nobody", 500, wrapped(None, "rpc error: code = Unavailable desc = transport is closing")),
        ("nobody", 200, {"success": False, "error": "worker died"}),
        ("nobody", 400, wrapped(None, "模型服务加载中，请稍候")),
        ("nobody", 504, "<html>504</html>"),
        ("nobody", 200, {"error": "服务异常，请联系管理员"}),
        ("nobody", 503, ""),
        ("nobody", 429, wrapped(None, "模型当前过于火爆，请稍后重试")),
        ("nobody", 500, flat(-1, "系统开小差了")),
        ("nobody", 503, "upstream connect error or disconnect/reset before headers"),
        ("nobody", 200, {"errno": -2, "errmsg": "服务器内部异常"}),
        ("nobody", 529, wrapped(None, "")),
        (
            "nobody",
            520,
            "<html><head><title>520: Web server is returning an unknown error</title></head></html>",
        ),
        ("nobody", 400, wrapped("InferenceTimeout", "推理超时")),
        ("nobody", 429, wrapped("NoCapacity", "No capacity available for this model right now")),
        ("nobody", 500, {"exception": "java.lang.NullPointerException"}),
        ("nobody", 200, wrapped("gpu_out_of_memory", "CUDA out of memory")),
        ("alibaba", 500, wrapped("InternalError.Algo", "An internal error has occured during execution")),
        ("volcengine_ark", 429, wrapped("ServerOverloaded.Regional", "")),
        ("baidu", 429, wrapped("cluster_token_rate_limit_exceeded", "", "rate_limit_exceeded")),
    ],
    "auth": [
        ("nobody", 403, wrapped(None, "应用未授权该接口")),
        ("nobody", 400, wrapped(None, "x-api-key header is required")),
        ("nobody", 403, "Forbidden"),
        ("nobody", 401, wrapped(None, "该令牌已过期")),
        ("nobody", 403, wrapped(None, "令牌状态不可用")),
        ("nobody", 403, wrapped(None, "This token is disabled")),
        ("nobody", 401, wrapped(None, "无效的令牌")),
        ("nobody", 401, ""),
        ("nobody", 400, flat(40003, "密钥格式错误或已失效")),
        ("nobody", 200, {"errcode": 40014, "errmsg": "invalid access_token"}),
        ("nobody", 403, {"message": "Missing Authentication Token"}),
        ("nobody", 429, wrapped("1111", "Account does not exist")),
        ("nobody", 429, wrapped("1315", "This key is only for the coding plan")),
        ("nobody", 403, wrapped(None, "请先完成实名认证后再使用 API 服务")),
        ("nobody", 403, wrapped("UserBlocked", "该账户因违反服务条款已被停用")),
        ("nobody", 403, {"error": "Your IP is not in the whitelist of this key"}),
        ("nobody", 401, wrapped(None, "No cookie auth credentials found")),
        ("nobody", 400, wrapped("INVALID_ARGUMENT", "API key expired. Please renew the API key.")),
        ("zhipu", 401, wrapped("1006", "token 签名不匹配")),
        ("tencent", 401, wrapped("401009", "API key has been revoked", "gateway_error")),
        ("minimax", 200, {"base_resp": {"status_code": 1099, "status_msg": "login fail: invalid api key"}}),
    ],
    "context_too_long": [
        ("nobody", 400, wrapped(None, "请求内容过大")),
        ("nobody", 413, ""),
        ("nobody", 400, wrapped(None, "The total number of tokens exceeds the context window")),
        ("nobody", 400, wrapped(None, "当前会话 token 超出模型限制")),
        ("nobody", 400, wrapped(None, "prompt tokens 40000 is larger than max_prompt_tokens 32000")),
        (
            "nobody",
            400,
            wrapped(
                None, "Requested token count exceeds the model's maximum context length of 131072 tokens"
            ),
        ),
        (
            "nobody",
            400,
            wrapped(
                None,
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            ),
        ),
        ("nobody", 400, wrapped(None, "输入内容超过了模型支持的最大 token 数 32768")),
        ("nobody", 400, wrapped("string_above_max_length", "")),
        ("nobody", 400, {"detail": "Input length 40000 exceeds the maximum allowed length 32768"}),
        ("nobody", 422, {"error": "`inputs` must have less than 4096 tokens. Given: 5012"}),
        ("nobody", 400, flat(1, "messages 总长度不能超过 20480 个字符")),
        ("nobody", 500, wrapped(None, "This model's maximum context length is 8192 tokens")),
        ("nobody", 400, wrapped("PromptTooLong", "")),
        ("nobody", 413, "<html><h1>413 Request Entity Too Large</h1></html>"),
        ("nobody", 400, wrapped(None, "对话历史过长，请清空后重试")),
        (
            "deepseek",
            400,
            wrapped("invalid_request_error", "you requested 1100000 tokens, more than the context"),
        ),
        (
            "stepfun",
            400,
            wrapped(None, "input tokens over the model's limit: 260000 > 256000", "invalid_params"),
        ),
    ],
    "content_blocked": [
        ("nobody", 400, wrapped("content_audit_failed", "")),
        ("nobody", 403, wrapped(None, "内容未通过审核")),
        ("nobody", 200, {"code": 10013, "message": "input is illegal"}),
        ("nobody", 400, wrapped(None, "Prompt was flagged by our safety classifier")),
        ("nobody", 400, wrapped(None, "很抱歉，您的问题涉及违规内容")),
        ("nobody", 400, wrapped(None, "您的输入包含敏感信息，请修改后重试")),
        ("nobody", 200, {"errno": 9, "errmsg": "命中内容安全策略"}),
        ("nobody", 400, wrapped("RISK_CONTENT", "")),
        ("nobody", 403, wrapped("PolicyViolation", "Your request violates our usage policies")),
        ("nobody", 400, flat(1301, "系统检测到输入或生成内容可能包含不安全或敏感内容")),
        ("nobody", 200, {"choices": [{"finish_reason": "safety", "delta": {}}]}),
        ("volcengine_ark", 400, wrapped("OutputVideoSensitiveContentDetected", "")),
        (
            "alibaba",
            400,
            wrapped("DataInspectionFailed.Output", "Output data may contain inappropriate content"),
        ),
    ],
    "region_blocked": [
        ("nobody", 403, wrapped(None, "We don't support your country")),
        (
            "nobody",
            403,
            "<html><title>Access denied</title>"
            "The owner of this website has banned the country or region "
            "your IP address is in. error 1009</html>",
        ),
        ("nobody", 403, wrapped(None, "IP 归属地不在服务范围内")),
        ("nobody", 403, wrapped("REGION_DENIED", "")),
        ("nobody", 403, wrapped(None, "Access from mainland China is not permitted")),
        ("nobody", 403, wrapped(None, "This service is unavailable in China mainland")),
        ("nobody", 403, flat(403, "您所在的国家或地区暂不支持使用本服务")),
        ("nobody", 451, wrapped("UNAVAILABLE_FOR_LEGAL_REASONS", "Not available in your region")),
        ("nobody", 400, wrapped("country_not_supported", "")),
    ],
    "bad_request": [
        ("nobody", 400, wrapped(None, "当前模型不支持图片输入")),
        ("nobody", 404, wrapped(None, "The model `x` does not exist")),
        ("nobody", 400, wrapped(None, "json: cannot unmarshal string into Go struct field")),
        ("nobody", 422, wrapped("ValidationError", "1 validation error for ChatRequest")),
        ("nobody", 400, wrapped(None, "The last message must be from the user")),
        ("nobody", 400, wrapped(None, "tools is not supported")),
        ("nobody", 415, ""),
        ("nobody", 400, wrapped(None, "Image URL could not be fetched")),
        ("nobody", 400, wrapped(None, "不支持的图片格式")),
        ("nobody", 400, wrapped(None, "Extra inputs are not permitted: seed")),
        (
            "nobody",
            422,
            {"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "missing"}]},
        ),
        ("nobody", 400, flat(20, "stream 参数类型错误，应为布尔值")),
        ("nobody", 404, flat(404, "路径不存在")),
        ("nobody", 405, "Method Not Allowed"),
        ("nobody", 400, wrapped("1214", "messages 中 role 信息不正确")),
        (
            "nobody",
            200,
            {"base_resp": {"status_code": 1042, "status_msg": "invisible character ratio limit"}},
        ),
        ("nobody", 400, wrapped(None, "roles must alternate between user and assistant")),
        ("nobody", 400, wrapped(None, "top_p must be in (0, 1)")),
        ("nobody", 400, wrapped(None, "frequency_penalty is not supported by this model")),
        (
            "nobody",
            400,
            wrapped(None, "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens"),
        ),
        ("sensetime", 400, wrapped("3", "invalid top_p, should in (0,1].", "invalid_request_error")),
    ],
}

# About one model: others of the provider may still answer.
SCOPED: list[tuple[str, int, object, str]] = [
    ("nobody", 404, wrapped(None, "该模型已于 2026 年 9 月下线"), "bad_request"),
    ("nobody", 400, wrapped("ModelRetired", ""), "bad_request"),
    ("nobody", 400, flat(5, "模型名称有误：不存在的模型 abc"), "bad_request"),
    ("nobody", 404, {"detail": "Model 'abc' was not found on this server"}, "bad_request"),
    ("nobody", 403, wrapped(None, "您没有该模型的使用权限，请先申请开通模型"), "auth"),
    ("nobody", 403, wrapped("model_not_in_plan", "Your plan does not include this model"), "auth"),
    ("nobody", 429, wrapped(None, "该模型的免费额度今日已用完，请换一个模型"), "quota_exhausted"),
    ("nobody", 429, wrapped(None, "Daily free quota for model abc is exhausted"), "quota_exhausted"),
    (
        "alibaba",
        403,
        wrapped("AccessDenied", "The free tier of the model has been exhausted."),
        "quota_exhausted",
    ),
    ("zhipu", 200, wrapped(None, "API glm-4-old is offline"), "bad_request"),
]

ROWS = [(kind, *case) for kind, cases in CASES.items() for case in cases]


@pytest.mark.parametrize(
    ("kind", "provider", "status", "body"), ROWS, ids=[f"{k}-{p}-{str(b)[:60]}" for k, p, _, b in ROWS]
)
def test_kind(kind: str, provider: str, status: int, body: object) -> None:
    failure = classify(provider, status, {}, body)
    assert failure.kind is FailureKind(kind)


@pytest.mark.parametrize(("provider", "status", "body", "kind"), SCOPED, ids=[str(s[2])[:60] for s in SCOPED])
def test_about_one_model(provider: str, status: int, body: object, kind: str) -> None:
    failure = classify(provider, status, {}, body)
    assert (failure.kind.value, failure.model_scoped) == (kind, True)


@pytest.mark.parametrize(
    ("body", "reset", "seconds"),
    [
        ({"errno": 7, "errmsg": "今日免费次数已用完，明天再来"}, "day", None),
        (wrapped(None, "本月调用额度已用完"), "month", None),
        (wrapped(None, "请求过于频繁，请在 1 分 30 秒后重试"), "none", 90.0),
        (wrapped(None, "Rate limit reached. Please retry in 2.5s."), "none", 2.5),
        (wrapped(None, "Too many requests; wait 3 minutes before trying again"), "none", 180.0),
    ],
)
def test_when_it_comes_back(body: object, reset: str, seconds: float | None) -> None:
    failure = classify("nobody", 429, {}, body)
    assert (failure.reset, failure.retry_after) == (reset, seconds)
