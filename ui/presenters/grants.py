"""Serves the quota section of the settings: shows the ledger, takes what the user enters."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app import wording
from app.amounts import amount_in, day_in
from app.clock import Clock
from app.directory import PRACTICE
from app.errors import KnownError
from app.i18n import tr
from app.ledger.ledger import Ledger
from app.ledger.periods import BEIJING
from app.ledger.slices import covers
from app.ledger.views import GrantView
from app.quota_words import QuotaWords, line, units
from app.relay.resets import zone
from app.store.entries import Correction, GrantRow, GrantUnit, GrantWindow
from app.tasks import TaskScope
from ui.quota.gauge import Level
from ui.settings.grant_values import GrantEntry, GrantLine, ProviderChoice
from ui.toast import Toast

if TYPE_CHECKING:
    from app.live_catalogue import LiveCatalogue
    from ui.settings.grants import GrantsSection
    from ui.settings.page import SettingsPage

DAY = 24 * 3600.0

Act = Callable[[], object]
Change = Callable[[], Coroutine[Any, Any, Any]]


class GrantsPresenter(QObject):
    """Serves one settings page. `toast` gives the bar, `did` takes what was done and how that goes back and
    comes again, `with_keys` gives the providers that have keys."""

    def __init__(
        self,
        page: SettingsPage,
        ledger: Ledger,
        catalogue: LiveCatalogue,
        words: QuotaWords,
        clock: Clock,
        scope: TaskScope,
        toast: Callable[[], Toast],
        did: Callable[[str, Act, Act], None],
        with_keys: Callable[[], set[str]],
    ) -> None:
        super().__init__()
        self._page = page
        self._ledger = ledger
        self._catalogue = catalogue
        self._words = words
        self._clock = clock
        self._scope = scope
        self._toast, self._did = toast, did
        self._with_keys = with_keys
        self._section: GrantsSection | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.show)
        self._end = ledger.subscribe(self._soon.start)
        page.sections.chosen.connect(self._shown)
        self.show()

    def detach(self) -> None:
        """Let go of the ledger; the page is about to be thrown away."""
        self._soon.stop()
        self._soon.timeout.disconnect()
        self._end()

    def show(self) -> None:
        """Show the ledger as it is now; nothing is worked out before the section is first opened."""
        self._page.fill("grants", self._fill)

    def correct(self, leg: str) -> None:
        """Open the form for what the console says of the grant that serves a leg, or of that grant id."""
        self._page.show_section("grants")
        grant = self._meant(leg)
        part = self._section.parts.get(grant) if self._section is not None and grant else None
        if part is not None:
            part.open_correct()
            # The section's layout is not done before the next turn of the loop.
            QTimer.singleShot(0, part, part.reveal)
        elif self._section is not None:
            self._section.open_form()

    def _meant(self, leg: str) -> str:
        grants = [view.grant for view in self._ledger.views()]
        if any(grant.id == leg for grant in grants):
            return leg
        provider, _, model = leg.partition(":")
        mine = [g for g in grants if g.provider == provider and (not model or covers(g, model))]
        mine.sort(key=lambda g: (g.model is None, g.window != "once"))
        return mine[0].id if mine else ""

    # filling

    def _shown(self, section: str) -> None:
        if section == "grants":
            self._scope.start(self._read_anew(), "quota section")

    async def _read_anew(self) -> None:
        try:
            await self._ledger.sync()
        except KnownError as error:
            self._toast().show_text(str(error))

    def _fill(self, section: GrantsSection) -> Iterator[None]:
        if section is not self._section:
            self._section = section
            section.corrected.connect(self._correct)
            section.edited.connect(self._edit)
            section.added.connect(self._add)
            section.removed.connect(self._remove)
            section.history_wanted.connect(lambda g: self._scope.start(self._history(g), "history"))
        now = self._clock.now()
        views = sorted(self._ledger.views(now), key=lambda v: (v.grant.provider, v.expires or float("inf")))
        return section.filling([self._line(view, now) for view in views], self._choices())

    def _line(self, view: GrantView, now: float) -> GrantLine:
        grant = view.grant
        provider = self._words.provider(grant.provider)
        return GrantLine(
            id=grant.id,
            provider=grant.provider,
            provider_name=provider.name,
            glyph=provider.glyph,
            colour=provider.colour,
            name=self._words.name(grant),
            scope=self._words.scope(grant),
            words=line(view, now),
            level=level_of(view, now),
            unit=grant.unit,
            amount="" if grant.amount is None else f"{grant.amount:,}",
            remaining="" if view.remaining is None else f"{view.remaining:,}",
            expires=last_day(grant),
            window=grant.window,
            hours=grant.hours or 24,
            hard_stop=grant.hard_stop,
        )

    def _choices(self) -> list[ProviderChoice]:
        keyed = self._with_keys()
        specs = [s for s in self._catalogue.every() if s.dialect != PRACTICE and not s.local]
        specs.sort(key=lambda spec: spec.id not in keyed)
        return [
            ProviderChoice(
                spec.id, wording.provider_name(spec), tuple((m.id, m.name or m.id) for m in spec.models)
            )
            for spec in specs
        ]

    # wishes

    def _correct(self, grant: str, amount: str, day: str) -> None:
        view = next((view for view in self._ledger.views() if view.grant.id == grant), None)
        found, before = (view.grant, view.remaining) if view is not None else (None, None)
        remaining = amount_in(amount)
        if found is None or remaining is None:
            key = "ledger.gone" if found is None else "grants.bad_amount"
            self._problem(grant, tr(key, text=amount) if found else tr(key))
            return
        expires = day_in(day, found.timezone or BEIJING) if day.strip() else None
        if day.strip() and expires is None:
            self._problem(grant, tr("grants.bad_date", text=day))
            return
        said = tr("grants.corrected", name=self._words.name(found), amount=units(remaining, found.unit))
        again = partial(self._ledger.correct, [found], remaining, expires=expires)

        async def back() -> None:
            # The history keeps both: what the console said then, and that it was taken back.
            await self._ledger.correct(
                [found], before or 0, expires=found.expires_at if expires is not None else None
            )

        self._do(again, grant, said, back if before is not None else None)

    def _edit(self, entry: GrantEntry) -> None:
        known = next((view.grant for view in self._ledger.views() if view.grant.id == entry.grant), None)
        if known is None:
            self._problem(entry.grant, tr("ledger.gone"))
            return
        made = self._row(entry, known)
        if made is not None:
            said = tr("grants.edited", name=self._words.name(known))
            self._do(partial(self._ledger.edit, made), entry.grant, said, partial(self._ledger.edit, known))

    def _add(self, entry: GrantEntry) -> None:
        spec = self._catalogue.spec(entry.provider)
        now = self._clock.now()
        zone = spec.timezone if spec is not None else BEIJING
        blank = GrantRow(
            "", entry.provider, "tokens", None, now, model=entry.model or None, timezone=zone, started_at=now
        )
        made = self._row(entry, blank)
        if made is not None:
            self._do(partial(self._ledger.add, made), "")

    def _row(self, entry: GrantEntry, known: GrantRow) -> GrantRow | None:
        """The grant as entered; None after its problem was shown."""
        amount = amount_in(entry.amount) if entry.amount.strip() else None
        if entry.amount.strip() and amount is None:
            self._problem(entry.grant, tr("grants.bad_amount", text=entry.amount))
            return None
        ends = known.expires_at
        if entry.expires.strip() != last_day(known):
            ends = day_in(entry.expires, known.timezone or BEIJING) if entry.expires.strip() else None
            if entry.expires.strip() and ends is None:
                self._problem(entry.grant, tr("grants.bad_date", text=entry.expires))
                return None
        unit: GrantUnit = "calls" if entry.unit == "calls" else "tokens"
        windows: tuple[GrantWindow, ...] = ("once", "day", "hours", "month")
        window = next((name for name in windows if name == entry.window), "once")
        return replace(
            known,
            unit=unit,
            amount=amount,
            window=window,
            hours=entry.hours if window == "hours" else None,
            expires_at=ends,
            hard_stop=entry.hard_stop,
        )

    def _remove(self, grant: str) -> None:
        found = next((view.grant for view in self._ledger.views() if view.grant.id == grant), None)
        if found is not None:
            said = tr("grants.removed", name=self._words.name(found))
            had: list[Correction] = []

            async def away() -> None:
                had[:] = await self._ledger.history(grant)
                await self._ledger.remove(grant)

            self._do(away, grant, said, lambda: self._ledger.put_back(found, had))

    async def _history(self, grant: str) -> None:
        rows = await self._ledger.history(grant)
        part = self._section.parts.get(grant) if self._section is not None else None
        if part is None:
            return
        part.show_history(
            [
                tr(
                    f"grants.history_{row.source}",
                    when=time.strftime("%Y-%m-%d %H:%M", time.localtime(row.at)),
                    amount=units(row.remaining, row.unit),
                )
                for row in reversed(rows)
            ]
        )

    def _problem(self, grant: str, text: str) -> None:
        if self._section is not None:
            self._section.show_problem(grant, text)

    def _do(self, change: Change, grant: str, said: str = "", back: Change | None = None) -> None:
        self._scope.start(self._done(change, grant, said, back), "grants")

    async def _done(self, change: Change, grant: str, said: str, back: Change | None) -> None:
        try:
            await change()
        except KnownError as error:
            self._problem(grant, str(error))
            return
        if back is not None:
            start = self._scope.start
            self._did(said, lambda: start(back(), "grants"), lambda: start(change(), "grants"))
        if grant or not said:
            self._problem(grant, "")


def level_of(view: GrantView, now: float) -> Level:
    """What a grant's gauge shows."""
    if view.fraction is None or not view.amount:
        return Level(None if view.fraction is None else 0.0, used_up=view.state == "used_up")
    lapsing = (view.lapsing(now) or 0) / view.amount
    return Level(view.fraction, lapsing, used_up=view.state in ("used_up", "lapsed"))


def last_day(grant: GrantRow) -> str:
    """The last day it can be used, by the vendor's clock, as the form is read: it ends with that day."""
    if grant.expires_at is None:
        return ""
    return datetime.fromtimestamp(grant.expires_at - 1, zone(grant.timezone or BEIJING)).strftime("%Y-%m-%d")
