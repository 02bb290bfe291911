"""The ordered error rules of every known provider, and how one is matched.

`classify` knows a provider by its id alone, so the rules of the built-in files are loaded once, when first
needed; a catalogue with the user's own files registers its rules on top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from providers.evidence import Evidence
from providers.spec import ErrorRule, ProviderSpec

BUILTIN = Path(__file__).resolve().parent.parent / "resources" / "providers"

_known: dict[str, tuple[ErrorRule, ...]] = {}
_builtin_read = False


def register(providers: Iterable[ProviderSpec]) -> None:
    """Make the rules of these providers known to `classify` (`register(catalogue.providers.values())`)."""
    for spec in providers:
        _known[spec.id] = spec.rules


def rules_of(provider_id: str) -> tuple[ErrorRule, ...]:
    """The rules of a provider by its id; empty for an unknown one."""
    global _builtin_read
    found = _known.get(provider_id)
    if found is None and not _builtin_read:
        _builtin_read = True
        from providers.catalogue import load_catalogue

        builtin = load_catalogue(BUILTIN)
        for spec in (*builtin.providers.values(), *builtin.unlisted.values()):
            _known.setdefault(spec.id, spec.rules)
        found = _known.get(provider_id)
    return found or ()


def find_rule(rules: Iterable[ErrorRule], evidence: Evidence, status: int | None) -> ErrorRule | None:
    """The first rule all of whose tests hold."""
    text: str | None = None
    for rule in rules:
        if rule.status and status not in rule.status:
            continue
        if rule.code is not None and not _any_full(rule.code, evidence):
            continue
        if rule.type is not None and not any(_pattern(rule.type).search(t) for t in evidence.types):
            continue
        if rule.message is not None:
            if text is None:
                text = evidence.text
            if not _pattern(rule.message).search(text):
                continue
        return rule
    return None


def matches_code(rule: ErrorRule, code: str) -> bool:
    """Whether the rule is about this very code."""
    return rule.code is not None and _pattern(rule.code).fullmatch(code) is not None


def _any_full(pattern: str, evidence: Evidence) -> bool:
    full = _pattern(pattern).fullmatch
    if any(full(code) for code in evidence.codes) or any(full(name) for name in evidence.types):
        return True
    return evidence.finish is not None and full(evidence.finish) is not None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        return re.compile(r"(?!)")  # the catalogue reports it; here it simply never fits
