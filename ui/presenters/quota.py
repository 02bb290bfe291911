"""Fills the quota page from ledger and attempts, and does what it asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from app import quota_report, quota_words, wording
from app.balances import Balances
from app.clock import Clock
from app.directory import Directory
from app.errors import KnownError
from app.i18n import tr
from app.ledger.ledger import Ledger
from app.ledger.views import GrantView
from app.prices import spent, spent_words
from app.quota_report import Report, Series
from app.quota_words import QuotaWords
from app.store.store import Store
from app.tasks import TaskScope
from app.wording import Names
from ui.pieces import in_turns
from ui.presenters.grants import level_of
from ui.presenters.month import month_began
from ui.presenters.spend import SpendChooser
from ui.quota.bars import Bars
from ui.quota.gauge import Level
from ui.quota.grants import GaugeLine
from ui.quota.lanes import MARKS, Lanes
from ui.quota.page import RANGES, QuotaPage
from ui.quota.panel import Key, Table
from ui.quota.plot import kind_token
from ui.quota.ranges import FailureRates, Speeds
from ui.toast import Toast

AGAIN_MS = 1000
"""While answers stream in, the page is filled anew at most once a second."""

_MOST_HELD = 3


@dataclass(frozen=True, slots=True)
class QuotaTools:
    """What the page draws on. `with_keys` tells which providers have keys, `toast` gives the bar for what
    was done."""

    store: Store
    ledger: Ledger
    directory: Directory
    balances: Balances
    names: Names
    clock: Clock
    scope: TaskScope
    spend: SpendChooser
    with_keys: Callable[[], Sequence[str]]
    toast: Callable[[], Toast]
    tell: Callable[[BaseException], None]


class QuotaPresenter(QObject):
    """Serves one page. Signals: `correct_requested(grant id)`, `turn_requested((conversation, message))`."""

    correct_requested = Signal(str)
    turn_requested = Signal(object)

    def __init__(self, page: QuotaPage, tools: QuotaTools) -> None:
        super().__init__()
        self._page = page
        self._tools = tools
        self._words = QuotaWords(tools.directory)
        self._days = RANGES[1]
        self._unit = "tokens"
        self._asked: object = None
        self._grants: object = None
        self.report: Report | None = None
        self._month = ""
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._fill_if_seen)
        self._end = tools.ledger.subscribe(self._changed)
        tools.spend.changed.connect(self._show_guard)
        page.range.choose(str(self._days))
        page.unit.choose(self._unit)
        page.range_chosen.connect(self._choose_range)
        page.unit_chosen.connect(self._choose_unit)
        page.correct_requested.connect(self._correct)
        page.balance_requested.connect(lambda: tools.scope.start(self._ask_balances(), "balances"))
        page.export_requested.connect(self._ask_where)
        page.guard_requested.connect(lambda: tools.spend.popup(page.guard.button))
        page.turn_chosen.connect(self.turn_requested)

    def detach(self) -> None:
        """Let go of the services; the page is about to be thrown away."""
        self._asked = None
        self._again.stop()
        self._again.timeout.disconnect()
        self._tools.spend.changed.disconnect(self._show_guard)
        self._end()

    def take_focus(self) -> None:
        """Give the page the keyboard; Tab leads to its first control."""
        self._page.setFocus(Qt.FocusReason.OtherFocusReason)

    def fill(self) -> None:
        """Show everything as it is now; what has to be read comes a moment later."""
        now, self._grants = self._tools.clock.now(), None
        self._show_grants(now)
        self._show_guard()
        self._asked = asked = object()
        self._tools.scope.start(self._load(asked, now), "quota page")

    def _changed(self) -> None:
        if not self._again.isActive():
            self._again.start()

    def _fill_if_seen(self) -> None:
        if self._page.isVisible():
            self.fill()

    async def _load(self, asked: object, now: float) -> None:
        tools = self._tools
        try:
            await tools.ledger.sync()
            billed = await tools.store.billed(month_began(tools.clock.now()))
            report = await quota_report.load(
                tools.store,
                self._days,
                tools.clock.now(),
                [item.legs[0].provider.id for item in tools.directory.practice_chain()],
                self._words.provider,
                _kind,
            )
        except KnownError as error:
            tools.tell(error)
            return
        if asked is self._asked:
            self.report = report
            self._month = spent_words(spent(billed, tools.directory))
            await in_turns(self._show_report(report, asked, now))

    # what is left

    def _show_grants(self, now: float) -> None:
        """Show what is left at `now`, unless that is what this filling has shown already."""
        views = [view for view in self._tools.ledger.views(now) if view.state != "lapsed"]
        calls = self.report.calls_today() if self.report is not None else {}
        before, self._grants = self._grants, (list(views), calls)
        if before == self._grants:
            return
        views.sort(key=lambda v: (v.used == 0, v.expires or float("inf"), v.grant.provider))
        begun = next((n for n, view in enumerate(views) if view.used == 0), len(views))
        lines = [self._line(view, now) for view in views]
        self._page.show_grants([*lines[:begun], *self._unmetered(now, calls), *lines[begun:]])

    def _unmetered(self, now: float, calls: Mapping[str, int]) -> list[GaugeLine]:
        """The free models of the chain that no grant counts, and those used today."""
        tools = self._tools
        made: list[GaugeLine] = []
        for leg in quota_words.free_legs(tools.directory, calls):
            if tools.ledger.remaining(leg, now) is None:
                provider = self._words.provider(leg.provider.id)
                n = calls.get(leg.id, 0)
                made.append(
                    GaugeLine(
                        id="",
                        glyph=provider.glyph,
                        colour=provider.colour,
                        scope=wording.model_name(leg),
                        provider=provider.name,
                        level=Level(None),
                        left=tr("quota.free"),
                        whole=tr("quota.free_today", n=n) if n else "",
                        source=tr("quota.free_source"),
                        end=tr("grants.endless"),
                        pace=tr("quota.free_pace"),
                    )
                )
        return made

    def _line(self, view: GrantView, now: float) -> GaugeLine:
        provider = self._words.provider(view.grant.provider)
        left, whole = quota_words.parts(view)
        return GaugeLine(
            id=view.grant.id,
            glyph=provider.glyph,
            colour=provider.colour,
            scope=self._words.scope(view.grant),
            provider=provider.name,
            level=level_of(view, now),
            left=left,
            whole=whole,
            source=quota_words.source(view, now),
            end=quota_words.until(view, now, short=True),
            pace=_pace(view, now),
            warns=view.lapsing(now) is not None or (view.forecast_days or 9) < 1,
        )

    def _show_guard(self) -> None:
        held = ""
        if self.report is not None and self.report.held_back:
            rows = self.report.held_back
            total = sum(n for _, _, n in rows)
            first = [
                tr("quota.times_of", name=self._tools.names(provider, model).name, n=n)
                for provider, model, n in rows[:_MOST_HELD]
            ]
            held = tr("quota.held", n=total, legs=tr("quota.sep").join(first))
        told = " · ".join(p for p in (self._month, held) if p)
        self._page.guard.show_guard(self._tools.spend.used, told)

    # what was used

    def _show_report(self, report: Report, asked: object, now: float) -> Iterator[None]:
        """Show it, a panel in each piece, until something else is asked for."""
        self._show_guard()
        self._show_grants(now)
        self._page.show_used(not report.empty)
        for show in (
            self._show_used,
            self._show_speeds,
            self._show_switches,
            self._show_failures,
            self._show_lanes,
        ):
            yield
            if asked is not self._asked:
                return
            show(report)

    def _show_speeds(self, report: Report) -> None:
        page, label = self._page, self._words.provider
        assert isinstance(page.speed.plot, Speeds)
        page.speed.plot.show_data(report.speeds, label)
        heads = ("quota.provider", "quota.fastest", "quota.median", "quota.slowest", "quota.answers")
        page.speed.show_table(
            Table(
                [tr(head) for head in heads],
                [
                    (
                        label(one.provider).name,
                        *(wording.seconds(ms) for ms in (one.low, one.median, one.high)),
                        f"{one.n:,}",
                    )
                    for one in report.speeds
                ],
            ),
            caption=tr("quota.speed_caption", n=self._days),
        )

    def _show_used(self, report: Report) -> None:
        page = self._page
        series = report.tokens if self._unit == "tokens" else report.calls
        assert isinstance(page.used.plot, Bars)
        unit = self._unit
        page.used.plot.show_data(report.days, series, lambda n: quota_words.units(n, unit))
        keys = [Key(one.name, colour=one.colour) for one in series]
        page.used.show_table(_by_day(report.days, series), keys)

    def _show_switches(self, report: Report) -> None:
        panel = self._page.switches
        assert isinstance(panel.plot, Bars)
        panel.plot.show_data(report.days, report.switches, lambda n: tr("quota.times", n=n))
        keys = [Key(one.name, token=kind_token(one.id)) for one in report.switches]
        total = sum(sum(one.values) for one in report.switches)
        caption = tr("quota.switches_caption", n=total) if total else ""
        panel.show_table(_by_day(report.days, report.switches), keys, caption)

    def _show_failures(self, report: Report) -> None:
        panel, label = self._page.failures, self._words.provider
        assert isinstance(panel.plot, FailureRates)
        panel.plot.show_data(report.failures, label, _kind)
        kinds = list(dict.fromkeys(kind for one in report.failures for kind, _ in one.kinds))
        rows = [
            (
                label(one.provider).name,
                f"{one.total:,}",
                f"{one.failed:,}",
                f"{one.failed / one.total:.0%}",
                tr("quota.sep").join(f"{_kind(kind)} {n}" for kind, n in one.kinds),
            )
            for one in report.failures
        ]
        heads = ("quota.provider", "quota.attempts", "quota.failed", "quota.rate", "quota.reasons")
        panel.show_table(
            Table([tr(head) for head in heads], rows),
            [Key(_kind(kind), token=kind_token(kind)) for kind in kinds],
        )

    def _show_lanes(self, report: Report) -> None:
        panel, names = self._page.lanes, cache(self._tools.names)
        assert isinstance(panel.plot, Lanes)
        panel.plot.show_data(report.laps, names, _kind, report.now)
        rows = [
            (
                time.strftime("%H:%M:%S", time.localtime(lap.at)),
                names(lap.provider, lap.model).name,
                _kind(lap.kind) if lap.kind else tr(f"quota.lap_{lap.outcome}"),
                wording.seconds(lap.ms),
            )
            for lap in reversed(report.laps)
        ]
        heads = ("quota.time", "quota.leg", "quota.outcome", "quota.took")
        turns = len({lap.message for lap in report.laps if lap.message})
        kinds = dict.fromkeys(lap.kind for lap in report.laps if lap.kind)
        panel.show_table(
            Table([tr(head) for head in heads], rows, numbers=3),
            [Key(_kind(kind), mark=MARKS.get(kind, "off")) for kind in kinds],
            tr("quota.lanes_caption", n=turns) if turns else "",
        )

    # wishes

    def _choose_range(self, days: int) -> None:
        self._days = days
        self.fill()

    def _choose_unit(self, unit: str) -> None:
        self._unit = unit
        if self.report is not None:
            self._show_used(self.report)

    def _correct(self, grant: str) -> None:
        self.correct_requested.emit(grant)

    async def _ask_balances(self) -> None:
        tools = self._tools
        told: list[str] = []
        for provider in tools.with_keys():
            if tools.balances.offered(provider):
                try:
                    report = await tools.balances.check(provider)
                    text = report.text
                except KnownError as error:
                    text = str(error)
                told.append(tr("quota.balance_of", name=self._words.provider(provider).name, text=text))
        tools.toast().show_text(tr("quota.sep").join(told) if told else tr("quota.no_balance"))

    def _ask_where(self) -> None:
        dialog = QFileDialog(self._page, tr("quota.export"), "", "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(time.strftime("jieli-%Y-%m-%d.csv", time.localtime(self._tools.clock.now())))
        dialog.fileSelected.connect(self.export_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, path: str) -> None:
        """Write what the page shows of usage into a file."""
        if self.report is not None:
            self._tools.scope.start(self._export(Path(path), self.report), "export")

    async def _export(self, path: Path, report: Report) -> None:
        data = quota_report.csv_text(report).encode()
        try:
            await asyncio.to_thread(path.write_bytes, data)
        except OSError as error:
            self._tools.tell(KnownError("quota.export_failed", path=path, reason=error.strerror or error))
            return
        self._tools.toast().show_text(tr("quota.exported", path=path))


def _pace(view: GrantView, now: float) -> str:
    """How long it will last; where nothing can be foretold, why."""
    if view.state == "used_up":
        return tr("quota.pace_used_up")
    if forecast := quota_words.forecast(view, now):
        return forecast
    if view.remaining is None or view.state == "to_come":
        return ""
    if view.used == 0:
        return tr("quota.pace_unused")
    return tr("quota.pace_enough") if view.grant.window != "once" and view.state == "ready" else ""


def _kind(kind: str) -> str:
    """A kind of failure in a few words."""
    return tr(f"wording.reason_{kind}")


def _by_day(days: Sequence[str], series: Sequence[Series]) -> Table:
    """The newest day first."""
    rows: list[tuple[str, ...]] = []
    for i in range(len(days) - 1, -1, -1):
        values = [one.values[i] for one in series]
        if any(values):
            rows.append((days[i], *(f"{value:,}" for value in values), f"{sum(values):,}"))
    return Table([tr("quota.day"), *(one.name for one in series), tr("quota.total")], rows)
