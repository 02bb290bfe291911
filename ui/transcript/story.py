"""What happened in a turn, told from its attempts: the line above an answer, its details, its seams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app import wording
from app.i18n import tr
from app.store.entries import AttemptRecord
from app.store.records import Message
from app.wording import Names
from ui.transcript.inks import Baton, Dashes, Ink, Mark, Tile, Words


def wrote(record: AttemptRecord) -> int:
    """How many characters of the stored answer this attempt wrote."""
    if record.text_start is None or record.text_end is None:
        return 0
    return max(0, record.text_end - record.text_start)


def writers(attempts: Sequence[AttemptRecord]) -> list[AttemptRecord]:
    """The attempts whose text stands in the answer, in order."""
    found = [a for a in attempts if wrote(a) or a.outcome in ("answered", "running")]
    first_text = next((i for i, a in enumerate(found) if wrote(a) or a.outcome == "answered"), None)
    return found if first_text is None else found[first_text:]


def headline(attempts: Sequence[AttemptRecord], names: Names) -> list[Ink]:
    """The one line that is never missing: who was asked, why not them, who answered. An answer that others
    went on with names who began it; its seams name the others."""
    by = next(iter(writers(attempts)), None)
    head = list(attempts)
    if by is not None:
        head = [
            *attempts[: attempts.index(by)],
            by if by.outcome == "running" else replace(by, outcome="answered"),
        ]
    line: list[Ink] = []
    for piece in wording.provenance(head, names):
        match piece.kind:
            case "mark":
                line.append(Mark(piece.state))
            case "baton":
                line.append(Baton())
            case "leg" if piece.strong and piece.label is not None:
                line += [
                    Tile(piece.label.glyph, piece.label.colour),
                    Words(piece.text, "control-bold", "ink", brief=piece.label.model),
                ]
            case "leg":
                brief = piece.label.model if piece.label is not None else ""
                line.append(Words(piece.text, token="ink-2", shrinks=True, brief=brief))
            case _ if piece.text:
                line.append(Words(piece.text, shrinks=piece.text.startswith("·")))
            case _:
                pass
    return line


def attributed(message: Message, names: Names) -> list[Ink]:
    """Who wrote an answer of which no attempts are known: one that came from another program's export."""
    if message.role != "assistant" or not message.model:
        return []
    if message.provider is None:
        return [Words(message.model, "control-bold", "ink", shrinks=True)]
    label = names(message.provider, message.model)
    return [Tile(label.glyph, label.colour), Words(label.name, "control-bold", "ink", shrinks=True)]


@dataclass(frozen=True, slots=True)
class Seam:
    """A place in the answer where another leg went on: `at` characters from the start."""

    at: int
    inks: tuple[Ink, ...]


def seams(attempts: Sequence[AttemptRecord], names: Names, length: int) -> list[Seam]:
    """The seams of an answer of that many characters."""
    out: list[Seam] = []
    chain = writers(attempts)
    for before, after in pairwise(chain):
        at = after.text_start if after.text_start is not None else before.text_end
        if at is None or not 0 < at <= length or (out and at <= out[-1].at):
            continue
        if at == length and after.outcome == "failed":
            continue
        out.append(Seam(at, tuple(seam_inks(before, after, names))))
    return out


def seam_inks(before: AttemptRecord, after: AttemptRecord, names: Names) -> list[Ink]:
    """The line at a seam."""
    left, right = names(before.provider, before.model), names(after.provider, after.model)
    key = "transcript.seam_stopped" if before.outcome != "failed" else f"transcript.seam_{before.kind}"
    if tr(key, leg="") == key:
        key = "transcript.seam_other"
    why, why_briefly = (tr(key, leg=name) for name in (left.name, left.model or left.name))
    time = wording.seconds(after.first_content_ms) if after.first_content_ms is not None else ""
    words, briefly = (
        " · ".join(part for part in (tr("transcript.continued", leg=name), time) if part)
        for name in (right.name, right.model or right.name)
    )
    return [
        Mark(wording.mark_state(before)),
        Words(why, shrinks=True, brief=why_briefly),
        Baton(),
        Tile(right.glyph, right.colour, 14),
        Words(words, brief=briefly),
        Dashes(),
    ]


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the unfolded details: mark, leg, what it did, timings and the vendor's code. `words` are
    what the vendor said itself."""

    mark: Mark
    leg: str
    did: str
    facts: str
    answered: bool
    words: str = ""


def details(attempts: Sequence[AttemptRecord], names: Names) -> list[Detail]:
    """One line an attempt or skipped leg, in order."""
    out: list[Detail] = []
    part = 0
    for record in attempts:
        written = wrote(record)
        did = wording.reason_text(record, record.started_at)
        if record.outcome == "failed" and written:
            did = tr("transcript.did_partly", n=written, reason=did)
        elif record.outcome == "running":
            did = tr("transcript.did_running")
        elif record.outcome == "answered":
            did = tr("transcript.did_finish" if part else "transcript.did_answer")
        part += written
        facts: list[str] = []
        if record.first_content_ms is not None:
            facts.append(tr("transcript.first_token", time=wording.seconds(record.first_content_ms)))
        if record.duration_ms is not None and record.outcome == "failed":
            facts.append(wording.seconds(record.duration_ms))
        if record.outcome == "answered":
            facts.append(tokens([record]))
        facts.append(vendor_code(record))
        if record.outcome != "skipped":
            facts.append(wording.key_label(names, record.key))
        text = " · ".join(f for f in facts if f)
        name = names(record.provider, record.model).name
        words = vendor_words(record)
        mark = Mark(wording.mark_state(record))
        out.append(
            Detail(mark, name, did, text, record.outcome == "answered", f"{name}: {words}" if words else "")
        )
    return out


def vendor_code(record: AttemptRecord) -> str:
    """The vendor's status and code as they came, for those who look them up."""
    if record.outcome != "failed":
        return ""
    parts = [str(record.status) if record.status not in (None, 200) else "", record.code or ""]
    return " ".join(dict.fromkeys(p for p in parts if p))


def vendor_words(record: AttemptRecord) -> str:
    """What the vendor said itself, with its status and code; empty for anything but a failed attempt that
    got an answer. It was redacted before it was stored."""
    if record.outcome != "failed" or not (record.text or record.code or record.status):
        return ""
    code = vendor_code(record)
    return " · ".join(
        p for p in (record.text, f"HTTP {code}" if record.status not in (None, 200) else code) if p
    )


def whose(records: Sequence[AttemptRecord]) -> str:
    """What the raw words of failures are called: where no vendor was reached, nobody there said them."""
    reached = any(r.kind != "network" for r in records if r.outcome == "failed")
    return tr("transcript.vendor_words" if reached else "transcript.network_words")


def tokens(attempts: Sequence[AttemptRecord]) -> str:
    """`1,024 + 386 token` over all attempts that used any; empty when nobody counted."""
    used = [a for a in attempts if a.prompt_tokens is not None or a.completion_tokens is not None]
    if not used:
        return ""
    prompt = sum(a.prompt_tokens or 0 for a in used)
    completion = sum(a.completion_tokens or 0 for a in used)
    key = "transcript.tokens_about" if any(a.usage_estimated for a in used) else "transcript.tokens"
    return tr(key, prompt=f"{prompt:,}", completion=f"{completion:,}")


def billing(attempts: Sequence[AttemptRecord]) -> str:
    """The dearest billing class among the attempts that answered, as a word."""
    classes = {a.billing for a in writers(attempts) if a.outcome != "failed"}
    for name in ("paid", "grant", "free"):
        if name in classes:
            return tr(f"transcript.billing_{name}")
    return ""


def footnote(message: Message, attempts: Sequence[AttemptRecord]) -> str:
    """Tokens and billing for the foot of an answer, and why it ended when that was not by itself."""
    ended = tr("transcript.cut_at_length") if message.finish in ("length", "max_tokens") else ""
    return " · ".join(p for p in (ended, tokens(attempts), billing(attempts)) if p)
