"""Keeps the relay strip in step with chain, keys and health, and does what its popover asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.chains import Chains
from app.clock import Clock
from app.directory import OF_STATES, Directory
from app.domain import ChainItem, Leg
from app.errors import KnownError
from app.i18n import tr
from app.keys import KeyService
from app.ledger.ledger import Ledger
from app.ledger.views import GrantView
from app.quota_words import left_of_leg, serving
from app.relay.health import PAUSED, Health
from app.relay.status import LegStatus
from app.relay.statuses import statuses
from app.settings import SettingsService
from app.store.entries import HealthRow
from app.store.records import Conversation
from ui.leg_facts import LegFacts, grant_facts
from ui.notices import NoticeArea
from ui.presenters.chains import ChainChooser
from ui.presenters.spend import SpendChooser
from ui.relay_strip import RelayStrip

PAUSE_SECONDS = 24 * 3600.0
_MOST_GRANTS = 3
_AFTER, _LOOK = 0.05, 600.0
"""Seconds after the end of a wait, and at most, until the states are read again."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What the strip asks about money: the ledger, the page's guard, the legs a conversation may pay for,
    and whether a provider tells its balance."""

    ledger: Ledger
    spend: SpendChooser
    agreed: Callable[[str | None], frozenset[str]]
    tells: Callable[[str], bool]


class StripPresenter(QObject):
    """`shown` gives the open conversation and whether the page is practice, `chooser` the chain in use.

    Signals: `pin_requested(leg_id | None)` for the open conversation, `keys_requested`, `spend_requested`,
    `chain_changed(name)` with the name of the chain shown; `correct_requested(leg_id)`,
    `balance_requested(leg_id)` and `key_requested(leg_id)` from a leg's popover; `refreshed` when
    `legs` was read anew.
    """

    pin_requested = Signal(object)
    keys_requested = Signal()
    spend_requested = Signal()
    chain_changed = Signal(str)
    correct_requested = Signal(str)
    balance_requested = Signal(str)
    key_requested = Signal(str)
    refreshed = Signal()

    def __init__(
        self,
        strip: RelayStrip,
        notices: NoticeArea,
        directory: Directory,
        keys: KeyService,
        health: Health,
        settings: SettingsService,
        clock: Clock,
        shown: Callable[[], tuple[Conversation | None, bool]],
        chains: Chains,
        chooser: ChainChooser,
        quota: Quota,
    ) -> None:
        super().__init__()
        self._strip = strip
        self._notices = notices
        self._directory = directory
        self._keys = keys
        self._health = health
        self._settings = settings
        self._clock = clock
        self._shown = shown
        self._chains = chains
        self._chooser = chooser
        self._quota = quota
        quota.spend.changed.connect(self.refresh)
        strip.facts = self.facts
        strip.action_requested.connect(self.act)
        self.legs: list[LegStatus] = []
        self.pictures = False
        """Whether what is about to be sent has pictures; `refresh` shows who cannot read them."""
        chooser.changed.connect(self.refresh)
        # A failed attempt changes several rows at once; the strip is drawn once after them.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        # What ends by itself is seen to end, also where no countdown is painted.
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.timeout.connect(self.refresh)
        self._unsubscribe = (
            health.listen(self._soon.start),
            keys.subscribe(lambda _provider: self._soon.start()),
            settings.subscribe(lambda _before, _after: self._soon.start(), OF_STATES),
            quota.ledger.subscribe(self._soon.start),
        )
        strip.expired.connect(self.refresh)
        strip.recheck_requested.connect(self.try_now)
        strip.pin_requested.connect(self._pin)
        strip.move_requested.connect(self._move)
        strip.keys_requested.connect(self.keys_requested)
        strip.spend_requested.connect(self.spend_requested)

    def detach(self) -> None:
        """Let go of the services; the strip is about to be thrown away."""
        self._soon.stop()
        # A change that is being announced right now may still start the timer.
        self._soon.timeout.disconnect()
        self._over.stop()
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def refresh(self) -> None:
        """Read all states anew and show them."""
        conversation, practice = self._shown()
        now, ledger, spend = self._clock.now(), self._quota.ledger, self._quota.spend
        policy = replace(self._settings.current.policy(), spend=spend.used)
        agreed = self._quota.agreed(conversation.id if conversation else None)
        found = statuses(
            self.chain(), self._keys, self._health, policy, now,
            consented=agreed, ledger=ledger, pictures=self.pictures,
        )  # fmt: skip
        views = () if practice else ledger.views(now)
        words: dict[str, str] = {}
        low: set[str] = set()
        for status in found:
            left = left_of_leg(ledger.remaining(status.leg, now), serving(views, status.leg))
            if left.text:
                words[status.leg.id] = left.text
            if left.low:
                low.add(status.leg.id)
            if status.state == "would_bill":
                words[status.leg.id] = tr(f"strip.bills_{spend.used}")
        self._strip.set_remainders(words, low)
        self._strip.set_legs(found)
        self.legs = found
        self._await_end(now)
        self.refreshed.emit()
        self.chain_changed.emit(self._chooser.name())
        self._strip.set_pinned(conversation.pinned_leg if conversation else None)
        self._strip.set_spend(spend.used, here=spend.own is not None)

    def _await_end(self, now: float) -> None:
        ends = [status.until - now for status in self.legs if status.until is not None and status.until > now]
        if ends:
            # A timer does not count the hours a computer sleeps.
            self._over.start(round(min(min(ends) + _AFTER, _LOOK) * 1000))
        else:
            self._over.stop()

    def facts(self, status: LegStatus) -> LegFacts:
        """What a leg's popover tells of its grants, and what it offers."""
        if self._shown()[1]:
            return LegFacts()
        now, leg = self._clock.now(), status.leg
        views = serving(self._quota.ledger.views(now), leg)
        reason = tr("strip.ledger_used_up") if status.state == "parked" and not status.kind else ""
        return LegFacts(grant_facts(views[:_MOST_GRANTS], now), reason, self._actions(status, views))

    def _actions(self, status: LegStatus, views: Sequence[GrantView]) -> tuple[tuple[str, str], ...]:
        names: list[str] = []
        if status.state == "no_key":
            return (("add_key", tr("strip.add_key")),)
        if views:
            names.append("correct")
        if self._quota.tells(status.leg.provider.id):
            names.append("balance")
        if status.kind == PAUSED:
            names.append("resume")
        else:
            names += ["reset"] if status.kind else []
            names += [] if status.state == "paused" else ["pause"]
        return tuple((name, tr(f"strip.do_{name}")) for name in names)

    def act(self, action: str, leg: str) -> None:
        """Do what a popover offered."""
        provider, _, model = leg.partition(":")
        match action:
            case "correct":
                self.correct_requested.emit(leg)
            case "balance":
                self.balance_requested.emit(leg)
            case "add_key":
                self.key_requested.emit(leg)
            case "pause":
                self._pause(leg)
            case "resume":
                models = {one.model.id for one in self._entry(leg)} | {model}
                for row in self._rows(provider):
                    if row.kind == PAUSED and row.model in models:
                        self._health.clear(provider, row.model, "")
            case _:
                for row in self._rows(provider):
                    if row.model in ("", model):
                        self._health.clear(provider, row.model, row.key)

    def _pause(self, leg: str) -> None:
        try:
            for one in self._entry(leg) or (self._directory.leg(leg),):
                self._health.pause(one, PAUSE_SECONDS)
        except KnownError as error:
            self._notices.put("chain", str(error), "cool")

    def _entry(self, leg: str) -> Sequence[Leg]:
        """All that one entry of the chain stands for: were only the model paused that it shows, its sibling
        would be asked instead. Nothing when it is no part of the chain."""
        found = (item.legs for item in self.chain() if any(one.id == leg for one in item.legs))
        return next(found, ())

    def _rows(self, provider: str) -> list[HealthRow]:
        return [row for row in self._health.rows() if row.provider == provider]

    def chain(self) -> Sequence[ChainItem]:
        """The chain of what is shown. An entry that names nothing is said in a notice and left out."""
        if self._shown()[1]:
            self._notices.clear("chain")
            return self._directory.practice_chain()
        specs = self._chooser.used or self._settings.current.chain
        broken = self._directory.problems(specs)
        if broken:
            self._notices.put("chain", str(next(iter(broken.values()))), "cool")
        else:
            self._notices.clear("chain")
        try:
            return self._directory.chain([spec for spec in specs if spec not in broken] or None)
        except KnownError as error:
            self._notices.put("chain", str(error), "cool")
            return ()

    def try_now(self, leg: str) -> None:
        """Let the next turn give this leg one real request."""
        try:
            self._health.try_now(self._directory.leg(leg))
        except KnownError as error:
            self._notices.put("chain", str(error), "cool")

    def _pin(self, leg: str) -> None:
        conversation, _practice = self._shown()
        pinned = conversation.pinned_leg if conversation else None
        self.pin_requested.emit(None if pinned == leg else leg)

    def _move(self, leg: str, places: int) -> None:
        """Move a leg's entry along the chain in use, wherever that is kept."""
        if self._shown()[1]:
            return
        items = list(self.chain())
        at = next((n for n, item in enumerate(items) if any(one.id == leg for one in item.legs)), None)
        if at is None or not 0 <= at + places < len(items):
            return
        items.insert(at + places, items.pop(at))
        try:
            own = self._chains.reorder(self._chooser.used, [item.spec for item in items])
        except KnownError as error:
            self._notices.put("chain", str(error), "cool")
            return
        if own is not None:
            self._chooser.use(own)
