"""Plain words for what the relay does, the same in the window and in the commands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain import BillingClass, Leg, ProviderSpec
from app.i18n import language, tr
from app.relay.status import LegStatus
from app.store.entries import AttemptRecord
from providers import Failure, FailureKind

_OWN_CODES = frozenset({"stall", "silent", "empty"})
"""Codes the relay itself gives to failures; vendors' codes are shown, never worded."""

_HOUR, _DAY = 3600, 86400


@dataclass(frozen=True, slots=True)
class LegLabel:
    """How a leg is shown: its name in full, the character and the colour of its tile, and the model's name
    alone, empty where it is not known apart."""

    name: str
    glyph: str
    colour: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the line above an answer: words, the mark of a state, a leg, or the baton arrow.

    `text` is what is read aloud for every kind; `state` names the mark; `label` belongs to a leg, which is
    `strong` when it answered.
    """

    kind: Literal["text", "mark", "leg", "baton"]
    text: str = ""
    state: str = ""
    label: LegLabel | None = None
    strong: bool = False


Names = Callable[[str, str], LegLabel]
"""(provider id, model id) → label; must know legs that have since been deleted, too."""


def key_label(names: Names, key: str | None) -> str:
    """Which of several keys of a provider it was, by its label; empty where there is but one, and where
    `names` knows no keys."""
    label = getattr(names, "key", None)
    return label(key) if label is not None and key else ""


def provider_name(spec: ProviderSpec) -> str:
    """The provider's name in the language in use."""
    return (spec.name.zh if language() == "zh" else spec.name.en) or spec.id


def known_name(spec: ProviderSpec | None, provider: str) -> str:
    """The name of the provider with that id; one that is gone goes by its id."""
    return provider_name(spec) if spec is not None else provider


def model_name(leg: Leg) -> str:
    """The model's name, else its id; a practice provider has one model and lends it its name."""
    if leg.provider.dialect == "practice":
        return provider_name(leg.provider)
    return leg.model.name or leg.model.id


def leg_name(leg: Leg) -> str:
    """`智谱 GLM-4.7-Flash`; a model that bears its provider's name says it once."""
    provider, model = provider_name(leg.provider), model_name(leg)
    return (
        model if f"{model} ".startswith(f"{provider} ") else tr("wording.leg", provider=provider, model=model)
    )


def leg_label(leg: Leg) -> LegLabel:
    """Name, glyph and colour of a leg."""
    return LegLabel(leg_name(leg), leg.provider.glyph, leg.provider.colour, model_name(leg))


def state_text(status: LegStatus, now: float) -> str:
    """The state of a leg in a few words; `now` is epoch seconds."""
    match status.state:
        case "ready":
            return tr("wording.state_ready")
        case "probing":
            return tr("wording.state_probing")
        case "cooling":
            if status.until is None or status.until <= now:
                return tr("wording.state_cooling_now")
            return tr("wording.state_cooling", time=countdown(status.until - now))
        case "parked":
            paid = status.leg.billing is BillingClass.PAID
            return tr("wording.state_parked_paid") if paid else tr("wording.state_parked")
        case "off":
            key_refused = "model" not in (status.hint or "")
            return tr("wording.state_off") if key_refused else tr("wording.state_off_model")
        case "blocked":
            return tr("wording.state_blocked")
        case "no_key":
            return tr("wording.state_no_key")
        case "would_bill":
            return tr("wording.state_would_bill")
        case "paused":
            if status.until is not None and status.until > now:
                return tr("wording.state_paused_until", when=moment(status.until, now))
            return tr("wording.state_paused")
        case "too_small":
            return tr("wording.state_too_small")
        case "blind":
            return tr("wording.state_blind")


def skip_text(reason: str, until: float | None, now: float, state: str = "") -> str:
    """Why a leg was passed over; `until` and `now` are epoch seconds, `state` as in `relay.events.Skip`."""
    if reason == "cooldown" and state == "parked":
        reason = "parked"
    if reason == "no_key" and state in ("locked", "unread"):
        reason = state
    if until is not None and until > now and reason in ("cooldown", "quota_low", "disabled", "parked"):
        return tr(f"wording.skip_{reason}_until", when=moment(until, now))
    return tr(f"wording.skip_{reason}")


_NAME_A_SETTING = ("network_proxy", "network_cert_file")
"""Hints whose failures say in their message which setting is wrong."""


def failure_text(
    kind: Failure | str, hint: str | None = None, code: str | None = None, *, provider: str = ""
) -> str:
    """A failure in one plain sentence: that of its hint, else of the relay's own code, else what is known of
    this kind at `provider` (its id), else of the kind."""
    if isinstance(kind, Failure):
        if kind.hint in _NAME_A_SETTING and kind.message:
            return tr("wording.with_detail", text=tr(f"hint.{kind.hint}"), detail=kind.message)
        kind, hint, code = kind.kind.value, kind.hint, kind.code
    own = tr(f"vendor.{provider}_{kind}")
    known_there = own != f"vendor.{provider}_{kind}"
    # That a server on this computer is not running can be said better than "refused".
    if hint and not (hint == "network_refused" and known_there):
        text = tr(f"hint.{hint}")
        if text != f"hint.{hint}":
            return text
    if code in _OWN_CODES:
        return tr(f"wording.code_{code}")
    if known_there:
        return own
    known = kind if kind in FailureKind.__members__.values() else FailureKind.TRANSIENT.value
    return tr(f"wording.kind_{known}")


def reason_text(record: AttemptRecord, now: float) -> str:
    """Why this leg did not answer, short enough for one line with other things; empty when it did."""
    match record.outcome:
        case "skipped":
            return skip_text(record.kind or "disabled", record.until, now, record.code or "")
        case "failed":
            kind = record.kind or FailureKind.TRANSIENT.value
            paid = kind == FailureKind.QUOTA_EXHAUSTED and record.billing == BillingClass.PAID
            return tr("wording.reason_quota_exhausted_paid") if paid else tr(f"wording.reason_{kind}")
        case "stopped":
            return tr("wording.reason_stopped")
        case "running" | "answered":
            return ""


def mark_state(record: AttemptRecord) -> str:
    """The state whose mark stands for an attempt."""
    if record.outcome in ("running", "answered"):
        return "running"
    if record.outcome == "skipped" and record.code == "parked":
        return "parked"
    marks = _SKIP_MARKS if record.outcome == "skipped" else _FAILURE_MARKS
    return marks.get(record.kind or "", "skipped" if record.outcome == "skipped" else "off")


_SKIP_MARKS = {
    "no_key": "no_key",
    "disabled": "paused",
    "cooldown": "cooling",
    "quota_low": "parked",
    "paid": "would_bill",
}
_FAILURE_MARKS = {
    "quota_exhausted": "parked",
    "rate_limited": "cooling",
    "network": "offline",
    "region_blocked": "blocked",
    "context_too_long": "skipped",
    "content_blocked": "blocked",
}


def amount(n: int) -> str:
    """An amount of tokens or calls: `1,180`, `86.3 万` (863K in English)."""
    if abs(n) < 10_000:
        return f"{n:,}"
    if language() == "zh":
        return f"{_one(n / 1e8)} 亿" if abs(n) >= 99_995_000 else f"{_one(n / 1e4)} 万"
    if abs(n) >= 999_950_000:
        return f"{_one(n / 1e9)}B"
    return f"{_one(n / 1e6)}M" if abs(n) >= 999_500 else f"{round(n / 1e3)}K"


def countdown(seconds: float) -> str:
    """How long still: `0:42` under an hour, then `3 小时后`, `2 天后`."""
    left = max(0, math.ceil(seconds))
    if left < _HOUR:
        return f"{left // 60}:{left % 60:02d}"
    if left < _DAY:
        return tr("wording.hours", n=round(left / _HOUR))
    return tr("wording.days", n=round(left / _DAY))


def moment(until: float, now: float) -> str:
    """When something will be, by this machine's clock: `3 小时后`, `明天 00:00`, `12-09（17 天后）`."""
    if until - now < _HOUR:
        return countdown(until - now)
    then, today = time.localtime(until), time.localtime(now)
    days = _day(then) - _day(today)
    if days <= 0:
        return countdown(until - now)
    if days == 1:
        return tr("wording.tomorrow", time=time.strftime("%H:%M", then))
    return tr("wording.on_day", date=time.strftime("%m-%d", then), n=days)


def seconds(ms: int) -> str:
    """A duration: `0.04 s`, `0.4 s`, `12 s`."""
    if ms < 95:
        return f"{ms / 1000:.2f} s"
    return f"{ms / 1000:.1f} s" if ms < 9950 else f"{ms / 1000:.0f} s"


def provenance(
    attempts: Sequence[AttemptRecord], names: Names, now: float | None = None
) -> tuple[Piece, ...]:
    """The one line above an answer. Of more than two legs that did not answer, the first and the last are
    named. Empty when nothing was asked yet. `now` None = the time of each attempt itself."""
    answer = next((a for a in reversed(attempts) if a.outcome in ("answered", "running")), None)
    missed = list({(a.provider, a.model): a for a in attempts if a is not answer}.values())
    if answer is not None:
        missed = [a for a in missed if (a.provider, a.model) != (answer.provider, answer.model)]
    pieces: list[Piece] = []
    if missed:
        first = missed[0]
        pieces.append(Piece("text", tr("wording.skipped" if first.outcome == "skipped" else "wording.asked")))
        pieces += _missed(first, names, now)
        if len(missed) > 2:
            pieces.append(Piece("text", tr("wording.more", n=len(missed) - 2)))
        if len(missed) > 1:
            pieces.append(Piece("text", tr("wording.then")))
            pieces += _missed(missed[-1], names, now)
    if answer is None:
        return tuple(pieces)
    time_text = seconds(answer.first_content_ms) if answer.first_content_ms is not None else ""
    label = names(answer.provider, answer.model)
    leg = Piece("leg", label.name, label=label, strong=True)
    if not missed:
        first_token = [Piece("text", tr("wording.first_token", time=time_text))] if time_text else []
        return (leg, *first_token)
    tail = tr("wording.took_over_in", time=time_text) if time_text else tr("wording.took_over")
    pieces += [Piece("baton", "→"), Piece("text", tr("wording.answered_by")), leg]
    return (*pieces, Piece("text", tail))


def provenance_text(attempts: Sequence[AttemptRecord], names: Names, now: float | None = None) -> str:
    """The same line as plain text, for screen readers and commands."""
    return " ".join(piece.text for piece in provenance(attempts, names, now) if piece.text)


def _missed(record: AttemptRecord, names: Names, now: float | None) -> list[Piece]:
    label = names(record.provider, record.model)
    why = reason_text(record, record.started_at if now is None else now)
    return [
        Piece("mark", state=mark_state(record)),
        Piece("leg", label.name, label=label),
        Piece("text", f"· {why}"),
    ]


def _one(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _day(moment: time.struct_time) -> int:
    # Whole days between two dates without the pitfalls of summer time.
    return int(time.mktime((moment.tm_year, moment.tm_mon, moment.tm_mday, 12, 0, 0, 0, 0, -1)) // _DAY)
