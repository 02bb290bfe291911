"""Turns any failed answer of any vendor into a `Failure` the relay can act on.

Order of trust: the provider's own rules, then families of codes and wordings that vendors share, then the
HTTP status. Status alone is nearly useless: 429 may mean no money, a rate, a plan or a crowd.
"""

from __future__ import annotations

from collections.abc import Iterable

from providers import families
from providers.evidence import Evidence, read
from providers.explain import hint_for
from providers.failures import Failure, Reset
from providers.failures import FailureKind as K
from providers.redact import one_line
from providers.rules import find_rule, matches_code
from providers.spec import ErrorRule
from providers.waits import header_map, reset_moment, retry_after

_STATUS: dict[int, K] = {
    401: K.AUTH, 402: K.QUOTA_EXHAUSTED, 403: K.AUTH, 407: K.AUTH, 408: K.TRANSIENT, 409: K.TRANSIENT,
    413: K.CONTEXT_TOO_LONG, 421: K.TRANSIENT, 423: K.TRANSIENT, 424: K.TRANSIENT, 425: K.TRANSIENT,
    429: K.RATE_LIMITED, 451: K.CONTENT_BLOCKED, 498: K.AUTH, 499: K.TRANSIENT, 501: K.BAD_REQUEST,
    505: K.BAD_REQUEST,
}  # fmt: skip
_HTTP = frozenset(
    str(n) for n in (*range(400, 430), 431, 451, 498, 499, *range(500, 512), 520, 521, 522, 523, 524, 529)
)
_ONLY: dict[int, frozenset[K]] = {
    401: frozenset({K.AUTH, K.QUOTA_EXHAUSTED, K.REGION_BLOCKED}),
    402: frozenset({K.QUOTA_EXHAUSTED, K.REGION_BLOCKED}),
    403: frozenset(K) - {K.BAD_REQUEST},
    413: frozenset({K.CONTEXT_TOO_LONG, K.RATE_LIMITED}),
    429: frozenset(K) - {K.BAD_REQUEST},
    451: frozenset({K.CONTENT_BLOCKED, K.REGION_BLOCKED}),
}


def judge(
    rules: tuple[ErrorRule, ...],
    status: int | None,
    headers: object,
    body: object,
    *,
    secrets: Iterable[str] = (),
) -> Failure:
    """The failure an answer means by these rules; `secrets` never reach the message. Never raises."""
    evidence = read(body)
    heads = header_map(headers)
    text = evidence.text
    rule = find_rule(rules, evidence, status)
    reset: Reset
    if rule is not None:
        kind, scoped, hint, reset = rule.kind, rule.model_scoped, rule.hint, rule.reset
        if _overlooks(rule, evidence, text, status):
            kind, scoped, hint, reset = _generic(evidence, text, status)
    else:
        kind, scoped, hint, reset = _generic(evidence, text, status)
    wait = None
    usual = False
    moment = None
    if kind in (K.RATE_LIMITED, K.TRANSIENT, K.QUOTA_EXHAUSTED):
        wait = retry_after(heads, text, evidence.waits)
        moment = reset_moment(text)
        if wait is None and rule is not None:
            wait = rule.retry_after
            usual = wait is not None
    code = evidence.finish or evidence.code
    return Failure(
        kind=kind,
        code=one_line(code, secrets)[:120] if code else None,
        message=one_line(evidence.messages[0], secrets) if evidence.messages else "",
        retry_after=wait,
        model_scoped=scoped,
        status=status,
        reset_at=moment,
        reset=reset,
        hint=hint or hint_for(kind, scoped, text, (*evidence.codes, *evidence.types)),
        wait_usual=usual,
    )


def _overlooks(rule: ErrorRule, evidence: Evidence, text: str, status: int | None) -> bool:
    """Whether a rule for a mere status or vague codes (`invalid_…`) says less than the rest of the answer."""
    if rule.message is not None or rule.model_scoped:
        return False
    if rule.kind is K.AUTH and rule.code is None and rule.type is None:
        return families.says_region(text) or families.says_money(text)
    if rule.kind is not K.BAD_REQUEST:
        return False
    if status == 401 and not rule.status:
        return True  # does not mean `invalid_api_key`
    if families.says_too_big(text):
        return True
    telling = families.by_code(evidence.codes[0]) if evidence.codes else None
    return telling is not None and not matches_code(rule, evidence.codes[0])


def _generic(evidence: Evidence, text: str, status: int | None) -> tuple[K, bool, str | None, Reset]:
    if evidence.finish is not None and not evidence.codes:
        return families.by_finish(evidence.finish), False, None, "none"
    if evidence.html:
        return _from_page(text, status)
    found = _from_codes(evidence, text) or _from_words(text, status) or _from_weak(evidence, status)
    if found == (K.TRANSIENT, False) and status in (400, 404, 405, 422) and not families.says_passing(text):
        found = _from_weak(evidence, status) or found
    if found == (K.TRANSIENT, False) and _refused(evidence, status) and not families.says_again(text):
        found = None
    kind, scoped = found or (_from_status(evidence, status), False)
    if found is not None and kind is K.BAD_REQUEST and not scoped and status is not None and status >= 500:
        kind = _from_status(evidence, status)
    return _refined(kind, scoped, text, status)


def _from_codes(evidence: Evidence, text: str) -> tuple[K, bool] | None:
    for code in (*evidence.codes, *evidence.types):
        found = families.by_code(code)
        if found is None:
            continue
        kind, _ = found
        if kind is K.AUTH and families.says_money(text):
            return K.QUOTA_EXHAUSTED, False
        if kind is K.AUTH and families.says_region(text):
            return K.REGION_BLOCKED, False
        if kind in (K.RATE_LIMITED, K.BAD_REQUEST) and families.says_too_big(text):
            return K.CONTEXT_TOO_LONG, False
        return found
    return None


def _from_words(text: str, status: int | None) -> tuple[K, bool] | None:
    found = families.by_words(text) if text else None
    if found is None:
        return None
    kind, _ = found
    allowed = _ONLY.get(status or 0)
    if allowed is not None and kind not in allowed:
        return None
    if status is not None and status >= 500 and kind in (K.AUTH, K.BAD_REQUEST):
        return found if found == (K.BAD_REQUEST, True) else None
    return found


def _from_weak(evidence: Evidence, status: int | None) -> tuple[K, bool] | None:
    allowed = _ONLY.get(status or 0)
    for code in (*evidence.codes, *evidence.types):
        if code.isdigit():
            if (kind := _status_kind(_as_status(code))) is not None:
                return kind, False
            continue
        found = families.by_weak_code(code)
        if found is None or found[0] is K.TRANSIENT or (allowed is not None and found[0] not in allowed):
            continue
        return found
    return None


def _as_status(code: str) -> int | None:
    """`401`, `401002` and `42900` begin with an HTTP status; others, as `45009`, mean nothing."""
    if len(code) in (3, 5, 6) and code[:3] in _HTTP:
        return int(code[:3])
    return None


def _status_kind(status: int | None) -> K | None:
    if status is None or status < 300:
        return None
    found = _STATUS.get(status)
    if found is not None:
        return found
    return K.BAD_REQUEST if status < 500 else K.TRANSIENT


def _from_status(evidence: Evidence, status: int | None) -> K:
    return K.BAD_REQUEST if _refused(evidence, status) else _status_kind(status) or K.TRANSIENT


def _refused(evidence: Evidence, status: int | None) -> bool:
    """A server that says `"status": "error"` in a 200 refuses the request, unless its words blame itself."""
    return evidence.refused and not evidence.codes and (status or 200) < 300


def _from_page(text: str, status: int | None) -> tuple[K, bool, str | None, Reset]:
    """A web page instead of an answer: a gateway's error page, a block page, or the wrong address."""
    if families.says_region(text):
        return K.REGION_BLOCKED, False, None, "none"
    if status is not None and status < 400:
        return K.BAD_REQUEST, False, "not_api", "none"
    return _status_kind(status) or K.TRANSIENT, False, None, "none"


def _refined(kind: K, scoped: bool, text: str, status: int | None) -> tuple[K, bool, str | None, Reset]:
    """Tell limits that pass in a minute from allowances that are gone."""
    if status is not None and 300 <= status < 400:
        return K.BAD_REQUEST, False, "redirect", "none"
    if kind not in (K.RATE_LIMITED, K.QUOTA_EXHAUSTED):
        hint = "model_missing" if kind is K.BAD_REQUEST and scoped else None
        return kind, scoped, hint, "none"
    day, month = families.says_day(text), families.says_month(text)
    if day or month:
        kind = K.QUOTA_EXHAUSTED
    elif kind is K.QUOTA_EXHAUSTED and families.says_minute(text) and not families.says_broke(text):
        kind = K.RATE_LIMITED
    if kind is K.RATE_LIMITED:
        return kind, scoped or families.says_one_model(text), None, "none"
    reset: Reset = "day" if day else "month" if month else "none"
    return kind, scoped or families.says_one_model(text), None, reset
