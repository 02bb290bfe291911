"""Makes a vendor's words safe to show and store: one line, bounded, nothing key-shaped left in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

LIMIT = 500
MASK = "•••"
_TOLD = 6  # characters of a key's beginning that say nothing yet

_KEYS = (
    r"(?i:\bbearer)\s+[\w.~+/=-]{6,}"
    r"|(?i:\b(?:api[_-]?key|access[_-]?token|secret)\b[\"']?\s*[:=]\s*[\"']?)[\w.~+/=-]{8,}"
    r"|\b(?:sk|ak|pk|ms|tp|gsk|xai|hf|key)[-_](?!\*)[A-Za-z0-9_.*-]{8,}"
    r"|\bbce-v\d/[\w/.+=-]{6,}"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}"
    r"|\b(?:AKID|LTAI|ALTAK)[\w-]{8,}"
    r"|\b(?=[A-Za-z.:]*\d)[0-9a-zA-Z]{16,}[.:][0-9a-zA-Z]{8,}\b"
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[\w]*\d)(?=[\w]*[A-Za-z])[A-Za-z0-9_]{24,}\b"
    r"|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{36,}\b"
)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_KEYS)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets and without anything that looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
            text = _without_beginning(text, secret)
    return _pattern().sub(MASK, text)


def _without_beginning(text: str, secret: str) -> str:
    """`text` without the beginning of `secret` that is left where somebody cut it in the middle."""
    for size in range(min(len(secret) - 1, len(text)), _TOLD - 1, -1):
        if text.endswith(secret[:size]):
            return text[:-size] + MASK
    return text


def one_line(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` redacted, on one line, at most `LIMIT` characters, safe to encode."""
    # Redact before cutting, or a key could survive as the half that fits.
    line = redact(" ".join(text[: LIMIT * 8].split()), secrets)
    line = "".join(c for c in line if c.isprintable()).strip()
    return line if len(line) <= LIMIT else line[: LIMIT - 1].rstrip() + "…"
