"""Keeps the relay strip in step with chain, keys and health, and does what its popover asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from app.chains import Chains
from app.clock import Clock
from app.directory import Directory
from app.domain import ChainItem
from app.errors import KnownError
from app.keys import KeyService
from app.relay.health import Health
from app.relay.statuses import statuses
from app.settings import SettingsService
from app.store.records import Conversation
from ui.notices import NoticeArea
from ui.presenters.chains import ChainChooser
from ui.relay_strip import RelayStrip


class StripPresenter(QObject):
    """`shown` gives the open conversation and whether the page is practice, `chooser` the chain in use.

    Signals: `pin_requested(leg_id | None)` for the open conversation, `keys_requested`, `spend_requested`,
    `chain_changed(name)` with the name of the chain shown.
    """

    pin_requested = Signal(object)
    keys_requested = Signal()
    spend_requested = Signal()
    chain_changed = Signal(str)

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
        chooser.changed.connect(self.refresh)
        # A failed attempt changes several rows at once; the strip is drawn once after them.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        self._unsubscribe = (
            health.listen(self._soon.start),
            keys.subscribe(lambda _provider: self._soon.start()),
            settings.subscribe(lambda _before, _after: self._soon.start()),
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
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def refresh(self) -> None:
        """Read all states anew and show them."""
        conversation, _practice = self._shown()
        policy = self._settings.current.policy()
        spend = conversation.spend if conversation and conversation.spend else policy.spend
        found = statuses(self.chain(), self._keys, self._health, policy, self._clock.now())
        self._strip.set_legs(found)
        self.chain_changed.emit(self._chooser.name())
        self._strip.set_pinned(conversation.pinned_leg if conversation else None)
        if spend in ("never", "ask", "allow"):
            self._strip.set_spend(spend)

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
