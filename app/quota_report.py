"""What the quota page shows of a stretch of time: ready to be drawn, listed and exported."""

from __future__ import annotations

import csv
import io
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.i18n import tr
from app.store.store import Store
from app.store.store_usage import UsageRows
from app.store.usage import Lap, Speed
from app.wording import LegLabel

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of stacked bars: `values` one a day. `id` is a provider's or a failure kind's."""

    id: str
    name: str
    colour: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """At one provider: attempts that reached an end, and failed ones by kind, the most first."""

    provider: str
    total: int
    kinds: tuple[tuple[str, int], ...]

    @property
    def failed(self) -> int:
        """Failed attempts of every kind."""
        return sum(n for _, n in self.kinds)


@dataclass(frozen=True, slots=True)
class Report:
    """`days` are `YYYY-MM-DD`, without gaps, the last one today. `tokens`, `calls` and `switches` have one
    value a day. `since` and `today` are epoch seconds of midnights, `now` when it was made."""

    since: float
    today: float
    now: float
    days: tuple[str, ...]
    tokens: tuple[Series, ...]
    calls: tuple[Series, ...]
    switches: tuple[Series, ...]
    speeds: tuple[Speed, ...]
    failures: tuple[Failures, ...]
    laps: tuple[Lap, ...]
    held_back: tuple[tuple[str, str, int], ...]
    rows: UsageRows

    @property
    def empty(self) -> bool:
        """Whether nothing was used."""
        return not (self.rows.used or self.held_back)

    def calls_today(self) -> dict[str, int]:
        """How often each leg was used today, by its id."""
        return {f"{r.provider}:{r.model}": r.calls for r in self.rows.used if r.day == self.days[-1]}


async def load(
    store: Store,
    days: int,
    now: float,
    without: Sequence[str],
    provider: Callable[[str], LegLabel],
    kind: Callable[[str], str],
) -> Report:
    """The last `days` days up to now. `provider` and `kind` name providers and kinds of failures."""
    midnights = _midnights(days, now)
    rows = await store.usage(midnights[0], now + 1, midnights[-1], without)
    names = tuple(time.strftime("%Y-%m-%d", time.localtime(at)) for at in midnights)
    counted: dict[str, dict[str, dict[str, int]]] = {
        unit: defaultdict(lambda: defaultdict(int)) for unit in ("tokens", "calls")
    }
    for row in rows.used:
        counted["tokens"][row.provider][row.day] += row.tokens
        counted["calls"][row.provider][row.day] += row.calls
    switched: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for passed in rows.passes:
        switched[passed.kind][passed.day] += passed.n
    return Report(
        since=midnights[0],
        today=midnights[-1],
        now=now,
        days=names,
        tokens=_series(counted["tokens"], names, provider),
        calls=_series(counted["calls"], names, provider),
        switches=_series(switched, names, lambda one: LegLabel(kind(one), "", "")),
        speeds=tuple(rows.speeds),
        failures=_failures(rows),
        laps=tuple(rows.laps),
        held_back=tuple(rows.held_back),
        rows=rows,
    )


def csv_text(report: Report) -> str:
    """One line per day and model. With a mark at its beginning, or Excel takes it for another encoding."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = ("day", "provider", "model", "tokens", "calls", "estimated", "failed")
    writer.writerow([tr(f"quota.csv_{head}") for head in heads])
    for row in report.rows.used:
        names = (row.day, _plain(row.provider), _plain(row.model))
        writer.writerow([*names, row.tokens, row.calls, row.guessed, row.failed])
    return "\ufeff" + out.getvalue()


def _plain(text: str) -> str:
    # A table program would take such a cell for a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _midnights(days: int, now: float) -> list[float]:
    """The local midnights of the last `days` days, today's last; a day may have 23 or 25 hours."""
    then = time.localtime(now)
    return [
        time.mktime((then.tm_year, then.tm_mon, then.tm_mday - back, 0, 0, 0, 0, 0, -1))
        for back in range(days - 1, -1, -1)
    ]


def _series(
    counted: dict[str, dict[str, int]], days: Sequence[str], label: Callable[[str], LegLabel]
) -> tuple[Series, ...]:
    """The most used at the bottom."""
    made: list[Series] = []
    for one, by_day in counted.items():
        name = label(one)
        made.append(Series(one, name.name, name.colour, tuple(by_day.get(day, 0) for day in days)))
    return tuple(sorted((s for s in made if any(s.values)), key=lambda s: -sum(s.values)))


def _failures(rows: UsageRows) -> tuple[Failures, ...]:
    totals: dict[str, int] = defaultdict(int)
    kinds: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows.reliability:
        totals[row.provider] += row.n
        if row.kind is not None:
            kinds[row.provider].append((row.kind, row.n))
    found = [
        Failures(provider, total, tuple(sorted(kinds[provider], key=lambda one: -one[1])))
        for provider, total in totals.items()
    ]
    return tuple(sorted(found, key=lambda f: (-f.failed / f.total, -f.total)))
