"""Where one turn stands, and what each kind of failure asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.clock import Clock
from app.domain import Turn
from app.relay.attempt import Attempted, Notes, Reader
from app.relay.estimate import Estimator
from app.relay.events import Exhausted, Failed, Skip
from app.relay.health import Health
from app.relay.preflight import Course, Slot
from app.store.entries import AttemptRecord
from providers import Failure, FailureKind

FAST_FAILURE = 2.0
"""A transient failure within this many seconds, before any content, is tried once more on the same leg."""

PENALISED = frozenset(
    {
        FailureKind.AUTH,
        FailureKind.REGION_BLOCKED,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.RATE_LIMITED,
        FailureKind.TRANSIENT,
        FailureKind.NETWORK,
    }
)


@dataclass(slots=True)
class Baton:
    """Where one turn stands."""

    turn: Turn
    course: Course
    notes: Notes
    reader: Reader
    deadline: float
    parts: list[str]
    length: int
    n: int = 0
    committed: bool = False
    running: Attempted | None = None
    record: AttemptRecord | None = None
    failures: list[Failed] = field(default_factory=list[Failed])
    skips: list[Skip] = field(default_factory=list[Skip])
    last: str | None = None
    seam: bool = False
    plain: bool = False
    plain_used: bool = False
    bad_request_passed: bool = False
    retried: set[str] = field(default_factory=set[str])
    refused: int | None = None
    online: bool = False
    """An answer came from the network, so a leg that could not be reached is itself at fault."""
    pending: list[tuple[Attempted, Failure, int]] = field(
        default_factory=list[tuple[Attempted, Failure, int]]
    )
    demoted: bool = False
    """A leg before the one that answers was penalised in this turn."""
    restart: bool = False
    """The next attempt begins anew; what was read stays until it does."""
    asks: bool = False
    """The answer broke off and the user decides what becomes of it."""
    pause: bool = False
    """The same leg is tried again after a moment."""
    limit: str = ""
    """What ended the turn while legs were left; see `Exhausted`."""

    def text(self) -> str:
        """What the reader has before them."""
        return "".join(self.parts)


class Reaction:
    """Decides after each failed attempt; changes nothing but the turn's own state."""

    def __init__(self, health: Health, estimator: Estimator, clock: Clock) -> None:
        self._health = health
        self._estimator = estimator
        self._clock = clock

    def goes_on(self, baton: Baton, slot: Slot, attempt: Attempted, failure: Failure) -> bool:
        """What the failure's kind asks for. False = the turn ends here."""
        where, policy, leg = baton.course, baton.turn.policy, slot.leg
        if failure.model_scoped:
            where.unlocked.add(slot.item)
        match failure.kind:
            case FailureKind.CONTENT_BLOCKED:
                if not policy.pass_blocked:
                    return False
                where.dead.add(leg.id)
            case FailureKind.BAD_REQUEST:
                if attempt.written == 0 and not failure.model_scoped and not baton.plain_used:
                    baton.plain_used = baton.plain = True
                    return True
                where.dead.add(leg.id)
                # A model that does not exist is this leg's trouble; a bad request may well be the turn's.
                if not failure.model_scoped:
                    if baton.bad_request_passed:
                        return False
                    baton.bad_request_passed = True
            case FailureKind.CONTEXT_TOO_LONG:
                size = self._estimator.prompt(leg.id, where.messages)
                where.too_small.add(leg.id)
                where.unlocked.add(slot.item)
                where.larger_than = max(where.larger_than, leg.model.context or 0)
                baton.refused = min(baton.refused or size, size)
            case FailureKind.TRANSIENT | FailureKind.NETWORK:
                if self._retries(baton, attempt, failure):
                    baton.retried.add(leg.id)
                    baton.pause = True
                    return True
                where.dead.add(leg.id)
            case _:
                # The penalty keeps it back; should it not, it must not be asked for ever.
                if self._health.look(leg, attempt.key.id, self._clock.now()).usable:
                    where.dead.add(leg.id)
        if attempt.written:
            if policy.midstream == "ask":
                baton.asks = True
                return False
            baton.seam = True
            baton.restart = policy.midstream == "restart"
        return True

    def _retries(self, baton: Baton, attempt: Attempted, failure: Failure) -> bool:
        """Whether the same leg gets one quick retry: it failed fast, and others keep their chance."""
        leg, where = attempt.leg, baton.course
        if attempt.written or attempt.probe or leg.id in baton.retried or failure.retry_after:
            return False
        if self._clock.monotonic() - attempt.started >= FAST_FAILURE or is_own_setup(failure):
            return False
        if not self._health.look(leg, attempt.key.id, self._clock.now()).usable:
            return False
        return len(where.asked) == 1 or baton.turn.policy.max_attempts - baton.n > unasked(baton)


def unasked(baton: Baton) -> int:
    """How many legs of the chain have had no turn yet."""
    where = baton.course
    return sum(
        not slot.sibling and slot.leg.id not in where.asked and slot.leg.id not in where.skipped
        for slot in where.slots
    )


def is_own_setup(failure: Failure) -> bool:
    """Whether a proxy or certificate setting of this machine is in the way: it does not mend itself."""
    return failure.kind is FailureKind.NETWORK and failure.code in ("proxy", "tls")


def exhausted(baton: Baton, asks: str | None = None) -> Exhausted:
    """The end of a turn that no leg could answer; offline when nothing but the network failed. `asks` is the
    leg that waits for the user's word."""
    offline = (
        bool(baton.failures)
        and not baton.online
        and all(failed.failure.kind is FailureKind.NETWORK for failed in baton.failures)
        and any(not missed.leg.provider.local for missed, _, _ in baton.pending)
    )
    return Exhausted(offline, tuple(baton.failures), tuple(baton.skips), baton.text(), asks, baton.limit)
