"""Families of error codes and wordings that vendors share, in Chinese and English.

They classify what no rule of a provider's file knows. Order matters: the first family that fits wins.
A code is matched as words (`AllocationQuota.FreeTierOnly` reads `allocation quota free tier only`).
"""

from __future__ import annotations

import re
from functools import cache

from providers import wordings as words
from providers.failures import FailureKind as K

# (kind, about one model only?, pattern)
_CODES: tuple[tuple[K, bool, str], ...] = (
    (K.REGION_BLOCKED, False, words.CODE_REGION_BLOCKED),
    (K.QUOTA_EXHAUSTED, False, words.CODE_QUOTA_EXHAUSTED),
    (K.CONTEXT_TOO_LONG, False, words.CODE_CONTEXT_TOO_LONG),
    (K.CONTENT_BLOCKED, False, words.CODE_CONTENT_BLOCKED),
    (K.TRANSIENT, False, words.CODE_TRANSIENT),
    (K.RATE_LIMITED, False, words.CODE_RATE_LIMITED),
    (K.QUOTA_EXHAUSTED, False, words.CODE_QUOTA_EXHAUSTED_2),
    (K.BAD_REQUEST, True, words.CODE_BAD_REQUEST_OF_MODEL),
    (K.AUTH, True, words.CODE_AUTH_OF_MODEL),
    (K.AUTH, False, words.CODE_AUTH),
)

_WEAK_CODES: tuple[tuple[K, bool, str], ...] = (
    (K.BAD_REQUEST, False, words.WEAK_BAD_REQUEST),
    (K.AUTH, False, words.WEAK_AUTH),
    (K.TRANSIENT, False, words.WEAK_TRANSIENT),
)

_WORDS: tuple[tuple[K, bool, str], ...] = (
    (K.REGION_BLOCKED, False, words.REGION),
    (K.BAD_REQUEST, True, words.MEMORY),
    (K.QUOTA_EXHAUSTED, False, words.MONEY),
    (K.QUOTA_EXHAUSTED, False, words.FREE),
    (K.CONTEXT_TOO_LONG, False, words.TOO_BIG),
    (K.TRANSIENT, False, words.OVERLOAD),
    (K.QUOTA_EXHAUSTED, False, words.USED_UP),
    (K.RATE_LIMITED, False, words.RATE),
    (K.RATE_LIMITED, False, words.MINUTE),
    (K.AUTH, False, words.LOCKED),
    (K.CONTENT_BLOCKED, False, words.CONTENT),
    (K.BAD_REQUEST, True, words.NO_MODEL),
    (K.AUTH, True, words.MODEL_RIGHT),
    (K.AUTH, False, words.AUTH),
    (K.TRANSIENT, False, words.TRANSIENT),
    (K.BAD_REQUEST, False, words.BAD),
)

_FINISHES: tuple[tuple[K, str], ...] = (
    (K.CONTEXT_TOO_LONG, words.FINISH_CONTEXT_TOO_LONG),
    (K.CONTENT_BLOCKED, words.FINISH_CONTENT_BLOCKED),
    (K.TRANSIENT, words.FINISH_TRANSIENT),
)

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def words_of(code: str) -> str:
    """A code of any spelling as lower-case words: `LimitRequests`, `limit_requests` → `limit requests`."""
    return _SEPARATORS.sub(" ", _HUMPS.sub(" ", code)).strip().lower()


def by_code(code: str) -> tuple[K, bool] | None:
    """Kind and model scope of a telling code, None for one that says nothing certain."""
    whole = words_of(code)
    last = words_of(code.rpartition(".")[2])
    found = _first(_CODES, last) or _first(_CODES, whole)
    if found == (K.TRANSIENT, False) and last != whole and by_weak_code(last) == (K.BAD_REQUEST, False):
        return K.BAD_REQUEST, False  # `InternalError.Algo.InvalidParameter`
    return found


def by_weak_code(code: str) -> tuple[K, bool] | None:
    """Kind of a code that is only trusted when the words tell nothing (`invalid_request_error`)."""
    return _first(_WEAK_CODES, words_of(code))


def by_words(text: str) -> tuple[K, bool] | None:
    """Kind and model scope by wording."""
    return _first(_WORDS, text)


def by_finish(reason: str) -> K:
    """Kind of a `finish_reason` that is not an ordinary end."""
    reading = words_of(reason)
    return next((kind for kind, pattern in _FINISHES if _compiled(pattern).search(reading)), K.TRANSIENT)


def says_minute(text: str) -> bool:
    """Whether the words speak of a limit per minute or second."""
    return _compiled(words.MINUTE).search(text) is not None


def says_day(text: str) -> bool:
    """Whether the words speak of a limit per day."""
    return _compiled(words.DAY).search(text) is not None


def says_month(text: str) -> bool:
    """Whether the words speak of a limit per month."""
    return _compiled(words.MONTH).search(text) is not None


def says_money(text: str) -> bool:
    """Whether the words speak of an empty balance or of free tokens that are gone."""
    return bool(_compiled(words.MONEY).search(text) or _compiled(words.FREE).search(text))


def says_broke(text: str) -> bool:
    """Whether the words speak of an empty balance."""
    return _compiled(words.MONEY).search(text) is not None


def says_too_big(text: str) -> bool:
    """Whether the words speak of a request that is larger than the model takes."""
    return _compiled(words.TOO_BIG).search(text) is not None


def says_region(text: str) -> bool:
    """Whether the words speak of a place the vendor does not serve."""
    return _compiled(words.REGION).search(text) is not None


def says_one_model(text: str) -> bool:
    """Whether the words speak of one model, so that others may still work."""
    return _compiled(words.ONE_MODEL).search(text) is not None


def says_passing(text: str) -> bool:
    """Whether the words blame the server for certain, whatever the code says."""
    return _compiled(words.PASSING).search(text) is not None


def says_again(text: str) -> bool:
    """Whether the words blame the server or ask to try again."""
    return says_passing(text) or _compiled(words.AGAIN).search(text) is not None


def prepare() -> None:
    """Compile every pattern ahead of time (tens of milliseconds; call it off the UI thread)."""
    for _, _, pattern in (*_CODES, *_WEAK_CODES, *_WORDS):
        _compiled(pattern)
    for pattern in (words.MINUTE, words.DAY, words.MONTH, words.ONE_MODEL):
        _compiled(pattern)


def _first(table: tuple[tuple[K, bool, str], ...], text: str) -> tuple[K, bool] | None:
    return next(((kind, scoped) for kind, scoped, pattern in table if _compiled(pattern).search(text)), None)
