"""The ledger as the rest of the program sees it.

For the relay it answers at once, from memory. For the window: `views()` is a list of frozen rows, `subscribe`
says when to ask again, `await sync()` brings in what other processes wrote, `await notices()` gives what the
user has to hear once. Grants are changed with `add`, `edit`, `remove` and `correct`; what they were before
stays on record in the corrections.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from uuid import uuid4

from app.clock import Clock
from app.domain import BillingClass, Leg, ProviderSpec
from app.errors import KnownError
from app.ledger.book import Book
from app.ledger.cost import Cost, cost
from app.ledger.offers import missing, offered, once_offered
from app.ledger.periods import active, is_pack
from app.ledger.slices import matches, planner
from app.ledger.views import GrantView, Notice, due, view
from app.relay.ports import Remaining
from app.store.entries import AttemptRecord, Changes, Correction, GrantRow, GrantUnit
from app.store.store import Store
from app.subscribing import subscribed

_log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds a turn waits for the disk before it asks a metered leg all the same."""

STALE = 6 * 3600.0
"""After so many seconds everything is read anew: the pace of the last week moves on."""

AHEAD = 60.0
"""A correction dated this many seconds in the future was made by a clock that was wrong."""

Offering = Callable[[], Iterable[ProviderSpec]]

_TRIES = 50
_LARGEST = 10**15


class Ledger:
    """What is left of every grant. Make one with `await Ledger.open(…)`; it ends with the store.

    A turn first holds an amount, then its attempt record takes the hold's place (counted by its estimate
    until it has ended), so that turns that overlap never promise the same tokens twice.
    """

    def __init__(self, store: Store, clock: Clock, book: Book, offering: Offering) -> None:
        self._store = store
        self._clock = clock
        self._book = book
        self._offering = offering
        self._seen: dict[str, ProviderSpec] = {}
        self._holds: dict[str, tuple[str, str, float, Cost]] = {}
        self._open: dict[str, AttemptRecord] = {}
        self._unposted: set[str] = set()
        self._moves = 0
        self._dirty = False
        self._told: set[str] = set()
        self._callbacks: list[Callable[[], None]] = []
        self._reading = asyncio.Lock()
        store.subscribe(self._changed)

    @classmethod
    async def open(cls, store: Store, clock: Clock, offering: Offering = tuple) -> Ledger:
        """Read everything from the store. What the providers of `offering` (those the user has keys of)
        offer becomes the user's, now and whenever `sync` finds more."""
        now = clock.now()
        ledger = cls(store, clock, Book(await store.accounts(planner(now)), now), offering)
        await ledger._mend_clock()
        await ledger._take_new()
        return ledger

    # What the relay asks and tells; all from memory

    def remaining(self, leg: Leg, now: float) -> Remaining | None:
        """What the grants of a leg have left, holds and running attempts taken off; None = not metered.

        A leg whose only grants the user removed has nothing left: without them it bills.
        """
        found = self._book.remaining(leg.provider.id, leg.model.id, now)
        if found is None and leg.billing is BillingClass.GRANT and once_offered(leg, self._book.offers):
            return Remaining(tokens=0, gone=True)
        return found

    def metered(self, leg: Leg) -> bool:
        """Whether any grant serves the leg."""
        packs, limits = self._book.serving(leg.provider.id, leg.model.id)
        return bool(packs or limits)

    def hold(self, turn: str, leg: Leg, tokens: int, now: float) -> None:
        """Keep so much for a turn's next attempt, in place of what it held before."""
        self.release(turn)
        if self.metered(leg):
            held = (leg.provider.id, leg.model.id, now, Cost(tokens, 1, guessed=True))
            self._holds[turn] = held
            self._book.charge(*held)

    def release(self, turn: str) -> None:
        """Give a hold back."""
        held = self._holds.pop(turn, None)
        if held is not None:
            self._book.charge(*held, sign=-1)

    def note(self, record: AttemptRecord) -> None:
        """Take in an attempt as it stands now. The journal has to get the same record soon."""
        if record.outcome == "skipped":
            return
        if record.message is not None:
            self.release(record.message)
        self._moves += 1
        self._unposted.add(record.id)
        before = self._open.pop(record.id, None)
        where = record.provider, record.model, record.started_at
        if before is not None:
            self._book.charge(*where, cost(before), sign=-1)
        self._book.charge(*where, cost(record))
        if record.outcome == "running":
            self._open[record.id] = record
        else:
            self._tell()

    def posted(self, record: AttemptRecord) -> None:
        """The journal has handed the record to the store."""
        self._unposted.discard(record.id)

    async def written(self) -> None:
        """Wait until what was posted is in the file, so that not even a crash makes it forgotten. A disk that
        is full or stuck does not keep a turn from going on."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._store.data_version()
        except (KnownError, TimeoutError) as error:
            _log.warning("an attempt goes out before it is on disk: %s", error)

    # For the window and the commands

    def views(self, now: float | None = None) -> list[GrantView]:
        """Every grant as of now: by provider, those that lapse first on top."""
        moment = self._clock.now() if now is None else now
        return [view(self._book, grant, moment) for grant in self._book.grants]

    def grants(self, provider: str) -> list[GrantRow]:
        """The grants of a provider."""
        return [grant for grant in self._book.grants if grant.provider == provider]

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback()` called whenever a view may have changed; returns what ends that."""
        return subscribed(self._callbacks, callback)

    async def notices(self) -> list[Notice]:
        """What the user has not been told yet; whoever asks tells it, for it is given only once."""
        now = self._clock.now()
        fresh: list[Notice] = []
        for shown in self.views(now):
            for name, notice, superfluous in due(shown, now):
                if name in self._told:
                    continue
                self._told.add(name)
                for other in superfluous:
                    self._told.add(other)
                    await self._store.tell_once(other)
                if await self._store.tell_once(name):
                    fresh.append(notice)
        return fresh

    async def sync(self) -> None:
        """Bring in what others wrote (other processes, a balance query) and the offers of new keys. Cheap
        when there is nothing of the kind."""
        now = self._clock.now()
        stale = not self._book.loaded <= now <= self._book.loaded + STALE
        if self._dirty or stale or await self._store.data_version() != self._book.version:
            await self._reload()
            await self._mend_clock()
        await self._take_new()

    def keys_changed(self) -> None:
        """A key was added or removed: whoever shows the ledger should `sync`."""
        self._tell()

    async def take(self, spec: ProviderSpec) -> int:
        """Make what a provider offers the user's, as of now; returns how many grants are new."""
        if not missing(spec, self._book.offers):
            return 0
        rows = offered(spec, self._clock.now(), self._book.grants)
        taken = await self._store.take_offers(rows)
        await self._reload()
        return taken

    async def add(self, grant: GrantRow) -> GrantRow:
        """Store a grant entered by hand; its id and date are given here. Raises `KnownError`."""
        now = self._clock.now()
        if grant.expires_at is not None and grant.expires_at <= now:
            raise KnownError("ledger.in_the_past")
        made = replace(grant, id=uuid4().hex, created_at=now, source="user")
        await self._put(made)
        return made

    async def edit(self, grant: GrantRow) -> None:
        """Store a changed grant. Raises `KnownError` when it is gone or says what cannot be."""
        if all(known.id != grant.id for known in self._book.grants):
            raise KnownError("ledger.gone")
        await self._put(grant)

    async def remove(self, grant: str) -> None:
        """Remove a grant and its corrections for good; an offer of the provider's file does not come back."""
        await self._store.delete_grant(grant)
        await self._reload()

    async def put_back(self, grant: GrantRow, corrections: Sequence[Correction]) -> None:
        """Have a grant again that was removed, with its corrections. Raises `KnownError`."""
        await self._store.correct([grant], corrections)
        await self._reload()

    async def correct(
        self,
        grants: Iterable[GrantRow],
        remaining: int,
        *,
        expires: float | None = None,
        vendor: bool = False,
    ) -> None:
        """The console (or with `vendor` the vendor's query) says that each of these has so many left now.

        Attempts that are running count in full. Grants that share attempts with these keep what they have:
        they are corrected to it at the same moment, so that nothing spent before is forgotten.
        """
        if not 0 <= remaining <= _LARGEST:
            raise KnownError("ledger.bad_amount")
        chosen = {grant.id: grant for grant in grants}
        if expires is not None and expires <= self._clock.now():
            raise KnownError("ledger.in_the_past")
        await self.sync()
        at = self._clock.now()
        for record in self._open.values():
            at = min(at, record.started_at)
        values = dict.fromkeys(chosen, remaining)
        for other in self._book.grants:
            if other.id not in values and any(_share(other, grant) for grant in chosen.values()):
                left = self._book.left(other, at)
                if left is not None:
                    values[other.id] = max(0, left + self._book.overdrawn(other, at) * (other.model is None))
        known = {grant.id: grant for grant in self._book.grants}
        rows = [grant for grant in chosen.values() if grant.id not in known]
        if expires is None and remaining > 0:
            # Something is left of it, so it cannot have lapsed when we thought.
            lapsed = [known[i] for i in chosen if i in known and not active(known[i], at)]
            rows += [replace(g, started_at=min(g.started_at or 0.0, at), expires_at=None) for g in lapsed]
        source = "vendor" if vendor else "user"
        made = [
            Correction(
                uuid4().hex,
                g.provider,
                g.model,
                g.id,
                g.unit,
                left,
                expires if g.id in chosen else None,
                at,
                source,
            )
            for g, left in ((chosen.get(i) or known[i], left) for i, left in values.items())
        ]
        # None made before may count for more than these, whatever the clock said then.
        affected = [grant for grant in (*known.values(), *rows) if grant.id in values]
        early = [
            replace(old, at=at)
            for old in await self._store.corrections()
            if old.at > at and any(matches(old, grant) for grant in affected)
        ]
        await self._store.correct(rows, [*early, *made])
        await self._reload()

    async def history(self, grant: str) -> list[Correction]:
        """The corrections of a grant, oldest first."""
        return [c for c in await self._store.corrections() if c.grant_id == grant]

    # Reading anew

    async def _take_new(self) -> None:
        for spec in self._offering():
            if self._seen.get(spec.id) is not spec:
                await self.take(spec)
                self._seen[spec.id] = spec

    async def _put(self, grant: GrantRow) -> None:
        if grant.amount is not None and not 0 <= grant.amount <= _LARGEST:
            raise KnownError("ledger.bad_amount")
        starts, ends = grant.started_at, grant.expires_at
        if starts is not None and ends is not None and ends <= starts:
            raise KnownError("ledger.ends_before_it_starts")
        await self._store.put_grant(grant)
        await self._reload()

    async def _reload(self) -> None:
        """Derive everything anew. What turns do meanwhile is not missed: then it is read once more."""
        async with self._reading:
            for _ in range(_TRIES):
                self._dirty = False
                if self._unposted:
                    # The journal gets them in the loop's next round.
                    await asyncio.sleep(0)
                    continue
                moves, now = self._moves, self._clock.now()
                accounts = await self._store.accounts(planner(now))
                if moves == self._moves:
                    break
            else:
                # Turns end faster than the disk reads. What memory has is right but for what others wrote.
                self._dirty = True
                return
            self._book = Book(accounts, now)
            for held in self._holds.values():
                self._book.charge(*held)
        self._tell()

    async def _mend_clock(self) -> None:
        """Corrections made while the clock was ahead would hide all that is spent until then."""
        now = self._clock.now()
        late = {
            grant.id: (grant, last.id, at)
            for grant in self._book.grants
            if (last := self._book.newest.get(grant.id)) is not None
            and last.at > (at := max(now, grant.started_at or 0.0)) + AHEAD
        }
        if not late:
            return
        fixed: list[Correction] = []
        for correction in await self._store.corrections():
            for grant, newest, at in late.values():
                if matches(correction, grant) and correction.at > at:
                    left = correction.remaining
                    if correction.id == newest:
                        left = max(0, self._book.left(grant, now) or 0)
                    fixed.append(replace(correction, at=at, remaining=left))
        await self._store.correct([], fixed)
        await self._reload()

    def _changed(self, changes: Changes) -> None:
        if changes.grants:
            self._dirty = True
            self._tell()

    def _tell(self) -> None:
        for callback in tuple(self._callbacks):
            callback()


def unit_of(grants: Sequence[GrantRow], wanted: GrantUnit | None) -> GrantUnit:
    """The unit that is meant when none is named: that of the grants, else tokens."""
    if wanted is not None:
        return wanted
    return "calls" if grants and all(grant.unit == "calls" for grant in grants) else "tokens"


def _share(one: GrantRow, other: GrantRow) -> bool:
    """Whether attempts are charged to one of two packs depending on the other."""
    if one.provider != other.provider or one.unit != other.unit or not (is_pack(one) and is_pack(other)):
        return False
    if one.model is not None and other.model is not None:
        return one.model == other.model
    return True
