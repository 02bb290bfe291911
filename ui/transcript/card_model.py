"""What a failed turn says and offers: what happened, what Jieli does about it, what the reader can do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app import wording
from app.asking import Price, price_asked
from app.i18n import tr
from app.prices import yuan
from app.store.entries import AttemptRecord
from app.store.records import Message
from app.wording import Names
from ui.controls import ButtonKind
from ui.transcript.story import vendor_words, whose


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or link. `action` is `retry`, `resume`, `next_leg`, `edit`, or one of the view's own words
    (`recheck`, `try_now`, `replace_key`, `correct_quota`, `pay_once`, `pay_here`, `add_provider`,
    `open_key_page`, `pass_blocked`, `unlock` (the keyring, and ask again), `dismiss`, `cancel`);
    `argument` is a leg id or provider id."""

    text: str
    action: str
    argument: str = ""
    kind: ButtonKind = "secondary"
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class CardLine:
    """One leg in a card: its mark and name, why it could not, and what would change that. `more` says why in
    a whole sentence, empty where the reason is all there is."""

    state: str
    leg: str
    reason: str
    choice: Choice | None = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card in an answer's place. `note` stands right of the buttons, `words` are the raw ones of what
    failed, under the head `words_of`."""

    icon: str
    token: str
    heading: str
    sentence: str
    lines: tuple[CardLine, ...] = ()
    choices: tuple[Choice, ...] = ()
    side: Choice | None = None
    note: str = ""
    words: str = ""
    words_of: str = ""


_LINE_ACTIONS = {
    "rate_limited": "try_now",
    "cooldown": "try_now",
    "transient": "try_now",
    "network": "try_now",
    "quota_exhausted": "recheck",
    "quota_low": "correct_quota",
    "auth": "replace_key",
    "no_key": "replace_key",
    "disabled": "settings",
    "paid": "pay_once",
}


def _line(record: AttemptRecord, names: Names, now: float) -> CardLine:
    action = _LINE_ACTIONS.get(record.kind or "")
    if record.outcome == "skipped" and record.kind == "cooldown" and record.code == "parked":
        # It waits for its quota, not for time.
        action = "recheck"
    elif _unread(record):
        action = "unlock"
    leg = f"{record.provider}:{record.model}"
    choice = None
    if action is not None:
        add = action == "replace_key" and record.kind == "no_key"
        word = tr("transcript.do_add_key" if add else f"transcript.do_{action}")
        choice = Choice(word, action, record.provider if action == "replace_key" else leg, "link")
    name = names(record.provider, record.model).name
    more = _why(record) if record.outcome == "failed" else ""
    return CardLine(wording.mark_state(record), name, wording.reason_text(record, now), choice, more)


def _retry(primary: bool = False) -> Choice:
    return Choice(tr("transcript.resend"), "retry", kind="primary" if primary else "secondary", icon="retry")


def card_for(message: Message, attempts: Sequence[AttemptRecord], names: Names, now: float) -> Card | None:
    """The card of a turn nobody answered; None when there is text to show instead, or nothing failed."""
    if message.text or message.role != "assistant" or message.status not in ("failed", "waiting"):
        return None
    price = price_asked(message)
    if price is not None:
        return payment_card(price, names)
    last: dict[tuple[str, str], AttemptRecord] = {}
    for record in attempts:
        if record.outcome in ("failed", "skipped"):
            last[record.provider, record.model] = record
    records = list(last.values())
    failed = [r for r in records if r.outcome == "failed"]
    if message.status == "waiting":
        return _offline(failed)
    if not failed and any(map(_unread, records)):
        return _keyring(next(filter(_unread, records)), [r for r in records if not _unread(r)], names, now)
    end = failed[-1] if failed else None
    if end is not None and end.kind == "content_blocked":
        return _blocked(end, names)
    if end is not None and end.kind == "auth" and len(records) == 1:
        return _key(end, names)
    if end is not None and len(records) == 1:
        return _limited(message, _single(end, names, now))
    return _limited(message, _exhausted(records, failed, names, now))


def _limited(message: Message, card: Card) -> Card:
    """The card, saying that a limit kept the turn from asking on."""
    limit = message.facts.get("limit")
    if limit not in ("attempts", "seconds"):
        return card
    more = tr(f"transcript.limit_{limit}")
    return replace(card, sentence=tr("transcript.after", first=card.sentence, then=more))


def _offline(failed: Sequence[AttemptRecord]) -> Card:
    """The relay found the network itself gone; or what stands in its way here, which does not mend itself."""
    here = next((r for r in failed if r.code in ("proxy", "tls")), None)
    sentence = tr("transcript.offline_more", n=max(1, len({r.provider for r in failed})))
    return Card(
        "offline",
        "info-mark",
        tr("transcript.offline"),
        sentence if here is None else _why(here),
        choices=(_retry(),),
        note=tr("transcript.saved"),
        words=_words(failed),
        words_of=whose(failed),
    )


def _words(failed: Sequence[AttemptRecord]) -> str:
    """The raw words of failures, a line each."""
    return "\n".join(w for w in map(vendor_words, failed) if w)


def _blocked(record: AttemptRecord, names: Names) -> Card:
    return Card(
        "shield",
        "cool-mark",
        tr("transcript.blocked", leg=names(record.provider, record.model).name),
        tr("transcript.blocked_more"),
        choices=(
            Choice(tr("transcript.do_rewrite"), "edit", icon="edit"),
            Choice(tr("transcript.do_ask_next"), "next_leg"),
        ),
        side=Choice(tr("transcript.do_pass_blocked"), "pass_blocked", kind="flat"),
        words=vendor_words(record),
        words_of=whose((record,)),
    )


def _key(record: AttemptRecord, names: Names) -> Card:
    return Card(
        "key",
        "bad-mark",
        tr("transcript.key_refused", leg=names(record.provider, record.model).name),
        tr("transcript.after", first=_why(record), then=tr("transcript.key_refused_more")),
        choices=(
            Choice(tr("transcript.do_replace_key"), "replace_key", record.provider, "primary"),
            Choice(tr("transcript.do_open_key_page"), "open_key_page", record.provider, icon="external"),
        ),
        # The only leg there was: a next one does not exist, but the key may have been mended meanwhile.
        side=Choice(tr("transcript.resend"), "retry", kind="flat", icon="retry"),
        words=vendor_words(record),
        words_of=whose((record,)),
    )


def _why(record: AttemptRecord) -> str:
    """What the failure means at this vendor, and what to do about it."""
    words = wording.failure_text(record.kind or "", record.hint, record.code, provider=record.provider)
    return words if words.endswith(("。", ".", "？", "?")) else tr("transcript.sentence", words=words)


_LOOKS = {
    "rate_limited": ("clock", "cool-mark"),
    "quota_exhausted": ("quota", "cool-mark"),
    "region_blocked": ("globe", "bad-mark"),
}
"""Icon and colour of a card about one leg, by what happened; a warning for the others."""


def _single(record: AttemptRecord, names: Names, now: float) -> Card:
    """The only leg asked could not: all there is to say fits a sentence."""
    line = _line(record, names, now)
    icon, token = _LOOKS.get(record.kind or "", ("warning", "cool-mark"))
    sentence = line.more
    if sentence == tr("transcript.sentence", words=tr(f"wording.kind_{record.kind}")):
        # Nothing is known but the kind: that has a sentence that also says what to do.
        sentence = tr(f"hint.kind_{record.kind}")
    if record.until is not None and record.until > now:
        back = tr("transcript.back", when=_when(record.until, now))
        sentence = tr("transcript.after", first=sentence, then=back)
    choice = () if line.choice is None else (replace(line.choice, kind="secondary"),)
    # To try it now is to send the question once more.
    again = () if choice and choice[0].action == "try_now" else (_retry(),)
    return Card(
        icon,
        token,
        tr("transcript.alone", leg=line.leg),
        sentence,
        choices=(_add(), *choice, *again),
        note=tr("transcript.saved"),
        words=vendor_words(record),
        words_of=whose((record,)),
    )


def _add() -> Choice:
    return Choice(tr("transcript.do_add_provider"), "add_provider", kind="primary", icon="plus")


def _when(until: float, now: float) -> str:
    """When a leg is back, by the clock: the card stands for hours, and a countdown in it would not run."""
    then, today = time.localtime(until), time.localtime(now)
    same_day = then[:3] == today[:3]
    return time.strftime("%H:%M", then) if same_day else wording.moment(until, now)


def _exhausted(
    records: Sequence[AttemptRecord], failed: Sequence[AttemptRecord], names: Names, now: float
) -> Card:
    waits = [r for r in records if r.until is not None and r.until > now]
    soonest = min(waits, key=lambda r: r.until or 0.0, default=None)
    if soonest is not None and soonest.until is not None:
        sentence = tr(
            "transcript.exhausted_until",
            when=_when(soonest.until, now),
            leg=names(soonest.provider, soonest.model).name,
        )
    elif not records:
        sentence = tr("transcript.exhausted_empty")
    else:
        sentence = tr("transcript.exhausted_more")
    return Card(
        "warning",
        "cool-mark",
        tr("transcript.exhausted", n=len(records)) if records else tr("transcript.exhausted_none"),
        sentence,
        lines=tuple(_line(r, names, now) for r in records),
        choices=(
            _add(),
            _retry(),
        ),
        note=tr("transcript.saved"),
        words=_words(failed),
        words_of=whose(failed),
    )


def alone(card: Card) -> Card:
    """The card of a leg that was asked by itself: without what only a chain can do."""
    if len(card.lines) == 1:
        line = card.lines[0]
        choices = (*((replace(line.choice, kind="secondary"),) if line.choice is not None else ()), _retry())
        heading = tr("transcript.alone", leg=line.leg)
        return replace(
            card, heading=heading, sentence=line.more or line.reason, lines=(), choices=choices, note=""
        )
    chained = ("next_leg", "pass_blocked", "edit", "add_provider")
    side = card.side if card.side is not None and card.side.action not in chained else None
    choices = tuple(choice for choice in card.choices if choice.action not in chained)
    return replace(card, choices=choices, side=side, note="")


def payment_card(price: Price, names: Names) -> Card:
    """The next leg would bill; the reader is asked, once in a turn."""
    provider, _, model = price.leg.partition(":")
    return Card(
        "shield",
        "cool-mark",
        tr("transcript.would_bill", leg=names(provider, model).name),
        _bill(price),
        choices=(
            Choice(tr("transcript.do_only_once"), "pay_once", price.leg),
            Choice(tr("transcript.do_pay_here"), "pay_here", price.leg),
            Choice(tr("transcript.do_not_pay"), "dismiss"),
        ),
        note=tr("transcript.saved"),
    )


def _bill(price: Price) -> str:
    """What the turn would take, in money where the price is known."""
    tokens = wording.amount(price.tokens)
    if price.cost is None:
        return tr("transcript.would_bill_more", tokens=tokens, n=price.tokens)
    money = yuan(price.cost.yuan)
    return tr("transcript.would_bill_priced", tokens=tokens, money=money, date=price.cost.checked or "–")


def payment_choices(message: Message, names: Names) -> tuple[Choice, ...]:
    """Under an answer that broke off: who would go on for money; empty when nobody asks that."""
    price = price_asked(message)
    if price is None:
        return ()
    provider, _, model = price.leg.partition(":")
    text = tr("transcript.do_pay_to_go_on", leg=names(provider, model).name)
    return (Choice(text, "pay_once", price.leg), Choice(tr("transcript.do_pay_here"), "pay_here", price.leg))


def _unread(record: AttemptRecord) -> bool:
    """Whether a leg has a key that the system's keyring did not give."""
    return record.outcome == "skipped" and record.kind == "no_key" and record.code in ("locked", "unread")


def _keyring(record: AttemptRecord, rest: Sequence[AttemptRecord], names: Names, now: float) -> Card:
    """The keys are there, behind a keyring; `rest` are the legs that had other reasons."""
    locked = record.code == "locked"
    return Card(
        "key",
        "cool-mark",
        tr("transcript.keyring_locked" if locked else "transcript.keyring_trouble"),
        tr("transcript.keyring_locked_more") if locked else record.text,
        lines=tuple(_line(one, names, now) for one in rest),
        choices=(
            Choice(
                tr("transcript.do_unlock" if locked else "transcript.do_try_keyring"),
                "unlock",
                kind="primary",
            ),
        ),
        note=tr("transcript.saved"),
    )
