"""Looking at the legs before sending: which one is next, and why the others are passed over."""

from __future__ import annotations

from dataclasses import dataclass, field

from app import prices
from app.domain import ChainItem, KeyRef, Leg, Turn
from app.errors import KnownError
from app.policy import Policy
from app.relay.estimate import Estimator
from app.relay.events import Skip, SkipReason
from app.relay.health import PAUSED, Dwell, Health, Look
from app.relay.ports import Books, Keys, Ledger, Remaining
from app.relay.sight import needs_eyes
from providers.base import ChatMessage
from providers.spec import BillingClass

LONGEST_WAIT = 60.0
"""A turn waits for a cooling leg, when it can ask no other, at most this many seconds at a time."""

USUAL_RESERVE = 1024
SAFETY = 1.1
"""How much more than the estimate must be left where the vendor stops by itself; elsewhere it is twice."""

_TRIED = "tried"


@dataclass(frozen=True, slots=True)
class Slot:
    """One leg of a chain and the entry it belongs to; `sibling` = only after a model-scoped trouble."""

    item: int
    leg: Leg
    sibling: bool


@dataclass(slots=True)
class Course:
    """How far a turn has come along its chain."""

    slots: tuple[Slot, ...]
    messages: tuple[ChatMessage, ...]
    images: bool
    at: int = 0
    """The slot that was asked last; the next one is sought from here on."""
    dead: set[str] = field(default_factory=set[str])
    """Legs (`provider:model`) that failed without a penalty that would keep them back."""
    unreadable: dict[str, KnownError] = field(default_factory=dict[str, KnownError])
    """Keys whose secret could not be read, with what says why."""
    unlocked: set[int] = field(default_factory=set[int])
    """Entries whose siblings may be asked."""
    skipped: dict[str, Skip] = field(default_factory=dict[str, Skip])
    asked: set[str] = field(default_factory=set[str])
    larger_than: int = 0
    """Windows up to this many tokens are known to be too small for the turn."""
    too_small: set[str] = field(default_factory=set[str])
    """Legs that refused the history as too long."""
    held: frozenset[str] = frozenset()
    """Legs before the fallback that holds the baton, and until when they wait for it."""
    held_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What comes next: `slot` and `key` to ask (`trim` = after cutting the history), or waiting for `slot`
    until `wait`, or nothing (`slot` None). `skips` are the legs newly passed over on the way there."""

    slot: Slot | None = None
    at: int = 0
    key: KeyRef | None = None
    trim: bool = False
    wait: float | None = None
    skips: tuple[Skip, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    key: KeyRef | None = None
    reason: SkipReason | str | None = None
    until: float | None = None
    model_scoped: bool = False
    may_wait: bool = False
    note: str = ""
    state: str = ""
    bills: bool = False
    needed: int = 0


_TRIED_VERDICT = _Verdict(reason=_TRIED)


def course(turn: Turn, chain: tuple[ChainItem, ...]) -> Course:
    """The beginning of a turn along `chain`; legs of `turn.extra_skip` are left out by the user's wish."""
    slots: list[Slot] = []
    seen: set[str] = set()
    for index, item in enumerate(chain):
        for position, leg in enumerate(item.legs):
            if leg.id not in seen and leg.id not in turn.extra_skip:
                seen.add(leg.id)
                slots.append(
                    Slot(index, leg, sibling=position > 0 and slots != [] and slots[-1].item == index)
                )
    sees = any(slot.leg.model.vision for slot in slots)
    return Course(tuple(slots), turn.messages, needs_eyes(turn.messages, sees))


class Preflight:
    """Judges legs. Holds no state of its own; everything it asks answers from memory."""

    def __init__(
        self,
        keys: Keys,
        health: Health,
        estimator: Estimator,
        ledger: Ledger | None,
        books: Books | None = None,
    ) -> None:
        self._books = books
        self._keys = keys
        self._health = health
        self._estimator = estimator
        self._ledger = ledger

    def hold(self, course: Course, dwell: Dwell | None, policy: Policy, now: float) -> None:
        """Let a fallback keep the baton for the minimum time, unless it cannot answer itself."""
        if dwell is None or now >= dwell.since + policy.dwell or now < dwell.since:
            return
        ids = [slot.leg.id for slot in course.slots]
        if dwell.leg not in ids:
            return
        at = ids.index(dwell.leg)
        key, _look = self._key(course, course.slots[at].leg, now)
        if key is not None:
            course.held = frozenset(ids[:at])
            course.held_until = dwell.since + policy.dwell

    def choose(self, course: Course, turn: Turn, now: float) -> Choice:
        """The next leg from where the turn stands, else any other that can be asked. What it is expected to
        take of a grant is held for the turn from here on, so that turns that overlap do not share it."""
        if self._books:
            self._books.release(turn.id)
        choice, verdict = self._choose(course, turn, now)
        if self._books and choice.slot is not None and choice.wait is None:
            self._books.hold(turn.id, choice.slot.leg, verdict.needed, now)
        return choice

    def _choose(self, course: Course, turn: Turn, now: float) -> tuple[Choice, _Verdict]:
        skips: list[Skip] = []
        small: tuple[int, Slot, _Verdict] | None = None
        cooling: tuple[int, Slot, float] | None = None
        reserve: tuple[int, Slot, _Verdict] | None = None
        for index, held in self._way(course):
            slot = course.slots[index]
            if slot.sibling and slot.item not in course.unlocked:
                continue
            verdict = self._judge(course, turn, slot.leg, now)
            if verdict.reason is None and held:
                held_back = _Verdict(reason="cooldown", until=course.held_until)
                skips += self._skip(course, turn, slot.leg, held_back)
                continue
            if verdict.reason is None and slot.sibling and self._health.reluctant(slot.leg.provider.id, now):
                reserve = reserve or (index, slot, verdict)
                continue
            if verdict.reason is None:
                return Choice(slot, index, verdict.key, skips=self._note(course, skips)), verdict
            if verdict.reason == _TRIED:
                continue
            if verdict.model_scoped:
                course.unlocked.add(slot.item)
            if verdict.reason == "context" and (small is None or _larger(slot.leg, small[1].leg)):
                small = (index, slot, verdict)
            if verdict.may_wait and verdict.until is not None and (not cooling or verdict.until < cooling[2]):
                cooling = (index, slot, verdict.until)
            skips += self._skip(course, turn, slot.leg, verdict)
        if reserve is not None:
            choice = Choice(reserve[1], reserve[0], reserve[2].key, skips=self._note(course, skips))
            return choice, reserve[2]
        if small is not None and _can_trim(course.messages):
            chosen = small[1].leg
            rest = [s for s in skips if (s.provider, s.model) != (chosen.provider.id, chosen.model.id)]
            note = self._note(course, rest)
            return Choice(small[1], small[0], small[2].key, trim=True, skips=note), small[2]
        if cooling is not None and cooling[2] - now <= LONGEST_WAIT:
            choice = Choice(cooling[1], cooling[0], wait=cooling[2], skips=self._note(course, skips))
            return choice, _TRIED_VERDICT
        return Choice(skips=self._note(course, skips)), _TRIED_VERDICT

    def fits(self, leg: Leg, turn: Turn, messages: tuple[ChatMessage, ...]) -> bool:
        """Whether these messages and an answer fit the leg's window, as far as can be told."""
        context = leg.model.context
        if context is None:
            return True
        reserve = min(turn.max_tokens or USUAL_RESERVE, context // 4)
        return self._estimator.prompt(leg.id, messages) + reserve <= context

    def _way(self, course: Course) -> list[tuple[int, bool]]:
        """The order in which slots are looked at: onwards first; then those held back and those behind."""
        count = len(course.slots)
        if not course.held:
            onwards = [(i, False) for i in range(course.at, count)]
            return onwards + [(i, False) for i in range(course.at)] if course.at else onwards
        held = [slot.leg.id in course.held for slot in course.slots]
        onwards = [(i, held[i]) for i in range(course.at, count)]
        return onwards + [(i, False) for i in range(count) if held[i] or i < course.at]

    def _judge(self, course: Course, turn: Turn, leg: Leg, now: float) -> _Verdict:
        if leg.id in course.dead:
            return _TRIED_VERDICT
        key, look = self._key(course, leg, now)
        if key is None and look is None:
            notes = [course.unreadable[k.id] for k in self._refs(leg) if k.id in course.unreadable]
            if not notes:
                return _Verdict(reason="no_key")
            return _Verdict(reason="no_key", note=str(notes[0]), state=_KEYRING.get(notes[0].key, ""))
        if not leg.enabled:
            return _Verdict(reason="disabled", model_scoped=True)
        if leg.billing is BillingClass.PAID and not _may_bill(leg, turn):
            needed = self._needed(leg, turn, course.messages)
            return _Verdict(reason="paid", model_scoped=True, bills=True, needed=needed)
        if course.images and not leg.model.vision:
            return _Verdict(reason="capability", model_scoped=True)
        if key is None and look is not None:
            return _blocked(look)
        needed = self._needed(leg, turn, course.messages)
        if low := self._low(leg, turn, needed, now):
            return low
        context = leg.model.context
        small = leg.id in course.too_small or (context is not None and context <= course.larger_than)
        if small or not self.fits(leg, turn, course.messages):
            return _Verdict(key=key, reason="context", model_scoped=True, needed=needed)
        return _Verdict(key=key, needed=needed)

    def _refs(self, leg: Leg) -> tuple[KeyRef, ...]:
        if leg.provider.auth == "none":
            return (KeyRef("", leg.provider.id),)
        return tuple(self._keys.refs(leg.provider.id))

    def _key(self, course: Course, leg: Leg, now: float) -> tuple[KeyRef | None, Look | None]:
        """The first usable key; else how the leg stands with the key that comes back soonest."""
        best: Look | None = None
        for key in self._refs(leg):
            if key.id in course.unreadable:
                continue
            look = self._health.look(leg, key.id, now)
            if look.usable:
                return key, look
            if best is None or _sooner(look, best):
                best = look
        return None, best

    def _needed(self, leg: Leg, turn: Turn, messages: tuple[ChatMessage, ...]) -> int:
        """Tokens the turn will probably take of this leg."""
        return sum(self._sizes(leg, turn, messages))

    def _sizes(self, leg: Leg, turn: Turn, messages: tuple[ChatMessage, ...]) -> tuple[int, int]:
        """What of them is asked and what is answered."""
        prompt = self._estimator.prompt(leg.id, messages) + self._estimator.text(leg.id, turn.partial)
        return prompt, self._estimator.answer(leg.id, turn.max_tokens)

    def _low(self, leg: Leg, turn: Turn, needed: int, now: float) -> _Verdict | None:
        """Why the leg's grants forbid asking it; None when they do not.

        Where the vendor does not stop by itself, what goes beyond a grant bills: that takes the same consent
        as a paid leg.
        """
        left = self._ledger.remaining(leg, now) if self._ledger else None
        if left is None:
            return None
        hard = left.hard_stop or leg.billing is BillingClass.FREE
        if left.gone:
            if leg.billing is not BillingClass.GRANT or (not hard and _may_bill(leg, turn)):
                return None
            reason = "quota_low" if hard else "paid"
            return _Verdict(reason=reason, until=left.until, model_scoped=True, bills=not hard, needed=needed)
        short, until = _short(left, needed, hard=hard)
        if not short or (not hard and _may_bill(leg, turn)):
            return None
        return _Verdict(reason="quota_low", until=until, model_scoped=True, bills=not hard, needed=needed)

    def _skip(self, course: Course, turn: Turn, leg: Leg, verdict: _Verdict) -> tuple[Skip, ...]:
        """The event for a leg passed over, unless it was told already or the leg had its turn."""
        if leg.id in course.skipped or leg.id in course.asked:
            return ()
        reason = _REASONS[verdict.reason or "cooldown"]
        told = verdict.until, verdict.note, verdict.state, verdict.bills, verdict.needed
        price = prices.cost(leg, *self._sizes(leg, turn, course.messages)) if verdict.bills else None
        return (Skip(leg.provider.id, leg.model.id, reason, *told, price),)

    @staticmethod
    def _note(course: Course, skips: list[Skip]) -> tuple[Skip, ...]:
        fresh: list[Skip] = []
        for skip in skips:
            leg = f"{skip.provider}:{skip.model}"
            if leg not in course.skipped:
                course.skipped[leg] = skip
                fresh.append(skip)
        return tuple(fresh)


_KEYRING = {
    "keys.locked": "locked",
    "keys.no_answer": "locked",
    "keys.not_unlocked": "unread",
    "keys.no_keyring": "unread",
    "keys.keyring_misconfigured": "unread",
    "keys.failing": "unread",
}
"""What a leg without a key has instead, as `Skip.state` names it; nothing for a key whose entry is gone."""

_REASONS: dict[str, SkipReason] = {
    "no_key": "no_key",
    "disabled": "disabled",
    "cooldown": "cooldown",
    "quota_low": "quota_low",
    "paid": "paid",
    "context": "context",
    "capability": "capability",
}


def _blocked(look: Look) -> _Verdict:
    scoped = look.model_scoped
    match look.state:
        case "cooling":
            return _Verdict(reason="cooldown", until=look.until, model_scoped=scoped, may_wait=True)
        case "parked" if look.row is not None and look.row.kind == PAUSED:
            return _Verdict(reason="disabled", until=look.until, model_scoped=scoped)
        case "parked":
            return _Verdict(reason="cooldown", until=look.until, model_scoped=scoped, state="parked")
        case "probing" | "ready":
            return _Verdict(reason="cooldown", model_scoped=scoped)
        case "off" | "blocked":
            return _Verdict(reason="disabled", until=look.until, model_scoped=scoped)


def _may_bill(leg: Leg, turn: Turn) -> bool:
    return turn.policy.spend == "allow" or leg.id in turn.consented


def _short(left: Remaining, needed: int, *, hard: bool) -> tuple[bool, float | None]:
    """Whether too little is left for a turn of `needed` tokens, and until when."""
    if left.calls is not None and left.calls < (1 if hard else max(left.margin_calls, 2)):
        return True, left.until if left.calls_until is None else left.calls_until
    if left.tokens is None:
        return False, None
    least = needed * SAFETY if hard else max(left.margin_tokens, 2 * needed)
    return left.tokens < least, left.until


_RANK = {"ready": 0, "probing": 1, "cooling": 2, "parked": 3, "blocked": 4, "off": 5}


def _sooner(look: Look, other: Look) -> bool:
    forever = float("inf")
    mine = (_RANK[look.state], forever if look.until is None else look.until)
    return mine < (_RANK[other.state], forever if other.until is None else other.until)


def _larger(leg: Leg, other: Leg) -> bool:
    return (leg.model.context or 0) > (other.model.context or 0)


def _can_trim(messages: tuple[ChatMessage, ...]) -> bool:
    return sum(message.role != "system" for message in messages) > 1
