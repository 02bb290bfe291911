"""What the pages are told about the check of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.i18n import tr
from ui.settings.values import CheckState, check_state

if TYPE_CHECKING:
    from app.keycheck import KeyCheck


@dataclass(frozen=True, slots=True)
class CheckNews:
    """A check's state and sentence, the one next step (words, action and what with), the raw words and,
    where they are not the vendor's, whose they are."""

    state: CheckState
    text: str
    step: str = ""
    action: str = ""
    argument: str = ""
    words: str = ""
    words_of: str = ""


def news_of(found: KeyCheck) -> CheckNews:
    """A finished check. A key that was only asked too fast is as good as one that answered."""
    state = "ok" if found.finding in ("ok", "rate_limited") else check_state(found.kind)
    if found.kind == "auth" and found.finding not in _REFUSED:
        state = "unsure"
    step = found.step
    return CheckNews(
        state,
        found.text,
        step.text if step else "",
        step.action if step else "",
        step.argument if step else "",
        found.words,
        tr("settings.check.network_words") if found.kind == "network" else "",
    )


_REFUSED = ("wrong_key", "other_provider", "plan_key")
"""Findings that say the key cannot be used here; otherwise the key is right and something else is missing."""
