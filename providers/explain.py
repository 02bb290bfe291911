"""Names the sentence (`hint.<name>`) that fits a failure no provider's own rule has named one for.

The kind says what the relay does; the hint says what a person can do: verify an identity is no new key.
"""

from __future__ import annotations

import re
from functools import cache

from providers.failures import FailureKind as K

_AUTH: tuple[tuple[str, str], ...] = (
    (
        "real_name",
        r"real[ _-]?name|identity (verif|authenticat|certif)|verify your identity|实名|身份(证|信息)?认证",
    ),
    (
        "ip_not_allowed",
        r"\bip( address)?\b[^.。]{0,40}(not|denied|forbid|block|restrict|reject)|"
        r"(allow|white)[ _-]?list|ip_?(not_?)?(allow|auth|white|deni|forbid|restrict)|白名单|"
        r"(来源|客户端|访问)? ?ip[^。]{0,12}(不|未|限制|禁止|拒绝)",
    ),
    (
        "account_locked",
        r"(account|user|organi[sz]ation)[^.]{0,30}(lock|suspend|disabl|deactivat|frozen|banned|restrict|abnormal)|"
        r"(账|帐)[户号][^。，]{0,12}(封|锁|冻结|禁用|停用|异常|受限)",
    ),
    (
        "service_not_opened",
        r"(service|product)[^.]{0,24}not (been )?(activat|open|enabl|subscrib)|service_?not_?(open|activ)|"
        r"(未|没有)(开通|激活|订购)|activate (it|the service)|unpurchased|not purchased",
    ),
)
_QUOTA: tuple[tuple[str, str], ...] = (
    (
        "free_used",
        r"free[ _-]?(tier|quota|trial|credit|token|allow|usage|resource|pack|plan)|免费|体验包|赠送|试用",
    ),
    (
        "arrears",
        r"arrear|overdue|in debt|unpaid|balance|credit|fund|billing|payment|recharge|top[ -]?up|"
        r"欠费|欠款|余额|充值|账单|未支付",
    ),
    (
        "plan_ended",
        r"(subscription|plan|package|membership)[^.]{0,30}(expire|ended|inactive)|"
        r"(套餐|订阅|会员)[^。]{0,8}(到期|过期)",
    ),
)


def hint_for(kind: K, scoped: bool, text: str, codes: tuple[str, ...] = ()) -> str | None:
    """The hint for a failure of that kind with these words (and codes, which may say more than the words);
    `scoped` = about one model only. None where the kind's own sentence says it all."""
    words = " ".join((text, *codes))
    match kind:
        case K.AUTH if scoped:
            return _first(_AUTH[:1], words) or "model_not_enabled"
        case K.AUTH:
            return _first(_AUTH, words)
        case K.QUOTA_EXHAUSTED:
            return _first(_QUOTA, words)
        case K.REGION_BLOCKED:
            return "region"
        case _:
            return None


def _first(table: tuple[tuple[str, str], ...], words: str) -> str | None:
    return next((name for name, pattern in table if _compiled(pattern).search(words)), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
