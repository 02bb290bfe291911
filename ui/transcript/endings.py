"""How an answer ended that did not end by itself: the line under it, and what can be done now."""

from __future__ import annotations

from collections.abc import Sequence

from app import wording
from app.i18n import tr
from app.store.entries import AttemptRecord
from ui.transcript.card_model import Choice
from ui.transcript.inks import Dashes, Ink, Mark, Words


def ending_inks(status: str, length: int, attempts: Sequence[AttemptRecord]) -> list[Ink]:
    """The line under an answer that did not end by itself."""
    saved = tr("transcript.saved_characters", n=length) if length else ""
    match status:
        case "interrupted":
            mark, words = "interrupted", tr("transcript.end_interrupted")
        case "stopped":
            mark, words = "skipped", tr("transcript.end_stopped")
        case "failed" if length:
            last = next((a for a in reversed(attempts) if a.outcome == "failed"), None)
            mark = wording.mark_state(last) if last is not None else "off"
            words = broke_off(last)
        case _:
            return []
    text = f"{words} · {saved}" if saved else words
    return [Mark(mark), Words(text, shrinks=True), Dashes()]


def broke_off(record: AttemptRecord | None) -> str:
    """Why an answer stopped in its middle: the relay's own sentence where it has one."""
    if record is None:
        return tr("transcript.end_broken")
    own = f"wording.code_{record.code}"
    sentence = tr(own) if record.code else own
    if sentence != own:
        return sentence
    return tr("transcript.end_failed", reason=wording.reason_text(record, record.started_at))


def ending_choices(status: str, *, has_text: bool, next_leg: str = "") -> tuple[Choice, ...]:
    """What can be done with an answer that did not end by itself. `next_leg` is who would go on with it, when
    the user wants to be asked."""
    again = Choice(tr("transcript.retry"), "retry", icon="retry")
    if not has_text:
        return (again,)
    if next_leg and status == "failed":
        go_on = Choice(
            tr("transcript.do_resume_with", leg=next_leg), "next_leg", kind="primary", icon="relay"
        )
        return (go_on, Choice(tr("transcript.do_keep"), "keep"), again)
    if status == "stopped":
        return (Choice(tr("transcript.do_resume"), "resume"), again)
    resume = Choice(tr("transcript.do_resume_next"), "resume", kind="primary", icon="relay")
    return (resume, again)
