"""What sending would take, told while one writes: tokens, and which leg of the chain they fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app import wording
from app.attachments.enclosure import Enclosure
from app.domain import Leg
from app.i18n import tr
from app.relay.estimate import IMAGE_TOKENS, MESSAGE_TOKENS, Estimator, raw_tokens
from app.relay.ports import Ledger
from app.relay.preflight import USUAL_RESERVE
from app.relay.status import LegStatus
from app.store.records import Message

Lack = Literal["", "trim", "window", "quota", "pictures"]

_BYTES_A_TOKEN = 4.2
"""Of UTF-8, for texts that are not read for an estimate: three a Chinese character, 0.68 tokens each."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """About how many tokens go out, and what is lacking; `leg` is the one this is said of, None = there is
    none that could be asked now. `left` is what its grants still give."""

    tokens: int
    lack: Lack
    leg: Leg | None
    left: int | None = None

    @property
    def enough(self) -> bool:
        """Whether it can be sent as it is, older messages perhaps left out."""
        return self.lack in ("", "trim")


def raw_question(text: str, enclosures: Iterable[Enclosure]) -> float:
    """What a question takes before calibration."""
    # Not the cached form: it would keep every state of what is being written.
    total = raw_tokens.__wrapped__(text) + MESSAGE_TOKENS
    for one in enclosures:
        total += IMAGE_TOKENS if one.kind == "image" else len(one.data) / _BYTES_A_TOKEN
    return total


def raw_history(messages: Iterable[Message]) -> float:
    """What earlier messages take before calibration."""
    total = 0.0
    for message in messages:
        total += raw_tokens(message.text) + MESSAGE_TOKENS
        for part in message.enclosed:
            total += IMAGE_TOKENS if part.kind == "image" else part.size / _BYTES_A_TOKEN
    return total


def forecast(
    legs: Sequence[LegStatus],
    estimator: Estimator,
    ledger: Ledger | None,
    now: float,
    *,
    history: float,
    question: float,
    pictures: bool,
) -> Forecast:
    """How sending would go. `history` and `question` are before calibration; `pictures` = it takes eyes."""
    usable = [status.leg for status in legs if status.state in ("ready", "probing")]
    found = [_of(leg, estimator, ledger, now, history, question) for leg in usable]
    for lack in ("", "trim", "quota", "window"):
        for one in found:
            if one.lack == lack:
                return one
    tokens = estimator.scaled("", history + question)
    blind = pictures and any(status.state == "blind" for status in legs)
    return Forecast(tokens, "pictures" if blind else "", None)


def _of(
    leg: Leg, estimator: Estimator, ledger: Ledger | None, now: float, history: float, question: float
) -> Forecast:
    tokens = estimator.scaled(leg.id, history + question)
    context = leg.model.context
    left = ledger.remaining(leg, now) if ledger is not None else None
    if left is not None and left.tokens is not None and left.tokens < tokens + estimator.answer(leg.id):
        return Forecast(tokens, "quota", leg, left.tokens)
    if context is not None:
        room = context - min(USUAL_RESERVE, context // 4)
        if estimator.scaled(leg.id, question) > room:
            return Forecast(tokens, "window", leg)
        if tokens > room:
            return Forecast(tokens, "trim", leg)
    return Forecast(tokens, "", leg)


def words(found: Forecast) -> str:
    """The forecast in one short line."""
    tokens = f"{found.tokens:,}"
    if found.lack == "pictures":
        return tr("attach.nobody_sees_short")
    if found.leg is None:
        return tr("attach.estimate_plain", tokens=tokens)
    leg = wording.model_name(found.leg)
    match found.lack:
        case "window":
            window = wording.amount(found.leg.model.context or 0)
            return tr("attach.estimate_window", tokens=tokens, leg=leg, window=window)
        case "trim":
            return tr("attach.estimate_trim", tokens=tokens, leg=leg)
        case "quota":
            return tr("attach.estimate_quota", tokens=tokens, leg=leg, left=wording.amount(found.left or 0))
        case _:
            return tr("attach.estimate", tokens=tokens)
