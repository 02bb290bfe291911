"""What is said about one column: how it stands, how fast it was, what it used."""

from __future__ import annotations

from collections.abc import Sequence

from app import wording
from app.i18n import tr
from app.store.entries import AttemptRecord
from app.store.records import Message
from ui.transcript.live import LiveTurn
from ui.transcript.story import billing

ENOUGH = 20
"""Of fewer characters no speed is worth telling."""


def state(message: Message, live: LiveTurn | None) -> tuple[str, str]:
    """The mark of a column and its word."""
    if live is not None and not live.ended:
        if live.waiting is not None:
            return "cooling", tr("compare.state_cooling")
        if live.thinking:
            return "running", tr("compare.state_thinking")
        return "running", tr("compare.state_streaming" if live.length else "compare.state_asking")
    match message.status:
        case "done":
            return "ready", tr("compare.state_done")
        case "waiting":
            return "offline", tr("compare.state_waiting")
        case "interrupted":
            return "interrupted", tr("compare.state_cut")
        case "failed":
            return "off", tr("compare.state_cut" if message.text else "compare.state_failed")
        case "streaming":
            return "running", tr("compare.state_streaming")
        case _:
            return "skipped", tr("compare.state_stopped")


def tokens(attempts: Sequence[AttemptRecord]) -> tuple[int, bool]:
    """Tokens of all attempts, sent and received, and whether any of it is an estimate; 0 = nobody counted."""
    used = [a for a in attempts if a.prompt_tokens is not None or a.completion_tokens is not None]
    total = sum((a.prompt_tokens or 0) + (a.completion_tokens or 0) for a in used)
    return total, any(a.usage_estimated for a in used)


def figures(message: Message, attempts: Sequence[AttemptRecord]) -> list[str]:
    """First token, characters a second, tokens, billing; what is not known is left out."""
    found: list[str] = []
    wrote = next((a for a in reversed(attempts) if a.first_content_ms is not None), None)
    if wrote is not None and wrote.first_content_ms is not None:
        found.append(tr("transcript.first_token", time=wording.seconds(wrote.first_content_ms)))
        length = len(message.text)
        took = (wrote.duration_ms or 0) - wrote.first_content_ms
        if took > 0 and length >= ENOUGH:
            speed = length * 1000 / took
            found.append(tr("compare.speed", n=f"{speed:,.0f}"))
    total, about = tokens(attempts)
    if total:
        found.append(tr("compare.tokens_about" if about else "compare.tokens", n=f"{total:,}"))
    if words := billing(attempts):
        found.append(words)
    return found
