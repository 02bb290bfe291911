"""How long a vendor asks us to wait: from headers, JSON hints and wording in Chinese and English."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import cast

BEIJING = timezone(timedelta(hours=8))
_LONGEST = 40 * 86_400.0

_UNITS = (
    (("ms", "millisecond", "milliseconds", "毫秒"), 0.001),
    (("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1.0),
    (("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60.0),
    (("h", "hr", "hrs", "hour", "hours", "小时", "个小时", "时"), 3_600.0),
    (("d", "day", "days", "天"), 86_400.0),
)
_SECONDS = {name: seconds for names, seconds in _UNITS for name in names}
_PART = (
    r"\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d"
    r"|毫秒|秒钟?|分钟?|个?小时|时|天)(?![a-z])"
)
_SPAN = rf"(?:{_PART}[\s,]*(?:and\s+)?){{1,4}}"
_WORDS = (
    rf"(?:try|retry|again|wait|available|reset|resets|back)\b[^.\d]{{0,40}}?\b(?:in|after|for|about)?\s*({_SPAN})",
    rf"\bwait\s+({_SPAN})",
    rf"({_SPAN})(?:之后|以后|后)",
    rf"(?:等待|稍等|等|间隔)[^\d]{{0,6}}({_SPAN})",
    r"retry[-_ ]?after[\"':= ]+(\d+(?:\.\d+)?)",
)
_MOMENT = (
    r"(\d{4})\s*[-/年.]\s*(\d{1,2})\s*[-/月.]\s*(\d{1,2})\s*日?[\sT,]*"
    r"(\d{1,2})[:时](\d{2})(?:[:分](\d{2}))?(?:\.\d+)?秒?\s*(Z\b|UTC|GMT|CST|[+-]\d{2}:?\d{2})?"
)
_RETURN = (
    r"reset|refresh|flush|renew|restor|resum|recover|available|until|again|重置|恢复|刷新|解除|之后|后再|后重"
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def header_map(headers: object) -> dict[str, str]:
    """Headers of any shape as lower-case text; everything odd is left out."""
    pairs: Iterable[object]
    if isinstance(headers, Mapping):
        pairs = cast("Mapping[object, object]", headers).items()
    elif isinstance(headers, (list, tuple)):
        pairs = cast("Sequence[object]", headers)
    else:
        return {}
    found: dict[str, str] = {}
    for pair in pairs:
        if isinstance(pair, (tuple, list)) and len(cast("Sequence[object]", pair)) == 2:
            name, value = (_text(part) for part in cast("Sequence[object]", pair))
            if name is not None and value is not None:
                found[name.lower()] = value.strip()
    return found


def retry_after(headers: Mapping[str, str], text: str, hints: Iterable[str] = ()) -> float | None:
    """Seconds to wait as the answer says, None when it does not say. `headers` as `header_map` makes them."""
    milliseconds = _float(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _bounded(milliseconds / 1000)
    value = headers.get("retry-after")
    if value:
        seconds = _float(value)
        if seconds is None:
            seconds = _until_date(value, headers.get("date"))
        if seconds is None:
            seconds = span(value)
        if seconds is not None:
            return _bounded(seconds)
    for hint in hints:
        name, _, value = hint.partition("=")
        seconds = _float(value)
        if seconds is not None and name.endswith("ms"):
            seconds /= 1000
        if seconds is None:
            seconds = span(value)
        if seconds is not None:
            return _bounded(seconds)
    for pattern in _WORDS:
        found = _compiled(pattern).search(text)
        if found:
            seconds = _float(found.group(1))
            if seconds is None:
                seconds = span(found.group(1))
            if seconds is not None:
                return _bounded(seconds)
    return _from_rate_headers(headers)


def reset_moment(text: str) -> float | None:
    """Epoch seconds of the moment at which an allowance returns; times without a zone are Beijing's."""
    for found in _compiled(_MOMENT).finditer(text):
        around = text[max(0, found.start() - 60) : found.end() + 30]
        if not _compiled(_RETURN).search(around):
            continue
        year, month, day, hour, minute, second = (int(g) if g else 0 for g in found.groups()[:6])
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(found.group(7)))
            return moment.timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    return None


def span(text: str) -> float | None:
    """Seconds of a duration such as `20s`, `1m30s`, `6m0s`, `1 分 30 秒`; None when it is none."""
    total = 0.0
    some = False
    for found in re.finditer(
        r"(\d+(?:\.\d+)?)\s*([a-z]+|毫秒|秒钟?|分钟?|个?小时|时|天)", text[:200], re.IGNORECASE
    ):
        unit = _SECONDS.get(found.group(2).lower())
        if unit is None:
            continue
        total += float(found.group(1)) * unit
        some = True
    return total if some else None


def _from_rate_headers(headers: Mapping[str, str]) -> float | None:
    """`x-ratelimit-reset-requests: 6m0s` and its kin, where the matching remainder is zero."""
    for name, value in headers.items():
        if "ratelimit-reset" not in name:
            continue
        if _float(headers.get(name.replace("-reset", "-remaining"))) != 0:
            continue
        number = _float(value)
        if number is not None:
            seconds = number - time.time() if number > 1e9 else number
        else:
            seconds = span(value)
        if seconds is not None and seconds >= 0:
            return _bounded(seconds)
    return None


def _until_date(value: str, served: str | None) -> float | None:
    from email.utils import parsedate_to_datetime  # 10 ms to import, rarely needed

    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    now = datetime.now(UTC)
    if served:
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            now = parsedate_to_datetime(served)
    return max(0.0, (_aware(until) - _aware(now)).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _zone(name: str | None) -> timezone:
    if not name or name.upper() == "CST":
        return BEIJING
    if name.upper() in ("Z", "UTC", "GMT"):
        return timezone.utc  # noqa: UP017 - a `timezone`, as the other branches return
    sign = -1 if name[0] == "-" else 1
    digits = name[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]) % 24, minutes=int(digits[2:]) % 60))


def _float(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST)


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
