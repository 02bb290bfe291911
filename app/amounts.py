"""Amounts and days as people write them: `312000`, `31.2万`, `312k`, `2026-12-31`."""

from __future__ import annotations

import re
import unicodedata

from app.ledger.periods import day_end

LARGEST = 10**15

_AMOUNT = re.compile(r"(\d+(?:[,_ ]\d{3})+|\d+)(\.\d+)?\s*(万|亿|k|m|b)?", re.IGNORECASE)
_FACTORS = {"": 1, "k": 10**3, "万": 10**4, "m": 10**6, "亿": 10**8, "b": 10**9}


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
    """The end of the day `YYYY-MM-DD` in that zone, in epoch seconds; None when it is no day."""
    try:
        return day_end(unicodedata.normalize("NFKC", text).strip(), zone)
    except (ValueError, OverflowError):
        return None
