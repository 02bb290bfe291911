"""Amounts and days as people write them and consoles show them: `312000`, `31.2万`, `312k tokens`,
`2026-12-31`, `2026年12月31日`."""

from __future__ import annotations

import re
import unicodedata

from app.ledger.periods import day_end

LARGEST = 10**15

_AMOUNT = re.compile(
    r"(\d+(?:[,_ ]\d{3})+|\d+)(\.\d+)?\s*(千|万|亿|k|m|b)?\s*(?:tokens?|calls?|次)?", re.IGNORECASE
)
_FACTORS = {"": 1, "千": 10**3, "k": 10**3, "万": 10**4, "m": 10**6, "亿": 10**8, "b": 10**9}
_DAY = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日)(?:\s+23:59(?::\d\d)?)?"
)


def amount_in(text: str) -> int | None:
    """The whole number that is meant; None when it is none, negative or beyond `LARGEST`."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    whole, fraction, suffix = found.groups()
    value = float(re.sub(r"[,_ ]", "", whole) + (fraction or "")) * _FACTORS[(suffix or "").lower()]
    if value > LARGEST or (fraction and not suffix):
        return None
    return round(value)


def day_in(text: str, zone: str) -> float | None:
    """The end of a day in that zone, in epoch seconds; None when it is no day: `2026-12-31`, `2026/12/31`,
    `2026年12月31日`, also with the last minute of it behind."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    year, _, *rest = found.groups()
    month, day = (part for part in rest if part is not None)
    try:
        return day_end(f"{year}-{month}-{day}", zone)
    except (ValueError, OverflowError):
        return None
