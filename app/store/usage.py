"""SQL of the quota page: what was used, by whom, how fast it came, and when the baton was passed.

Days are those of this computer's clock. Providers in `without` (the practice ones) are left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from app.store.spending import CALLS_SQL, GUESSED_SQL, PROMPT_SQL, TOKENS_SQL

MOST_LANES = 400
"""So many of a day's newest attempts are drawn."""


@dataclass(frozen=True, slots=True)
class UsedOnDay:
    """What a model was used for on one day (`YYYY-MM-DD`); `guessed` attempts count by our estimate."""

    day: str
    provider: str
    model: str
    tokens: int
    calls: int
    guessed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Billed:
    """What was asked of a model that bills: requests, and tokens by direction."""

    provider: str
    model: str
    calls: int
    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds to the first text at a provider: 10 %, half and 90 % of `n` attempts came within."""

    provider: str
    n: int
    low: int
    median: int
    high: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """Attempts that reached an end at a provider, and how many failed with `kind` (None = did not)."""

    provider: str
    kind: str | None
    n: int


@dataclass(frozen=True, slots=True)
class Passed:
    """How often the baton was passed on a day because of failures of this kind at that provider."""

    day: str
    provider: str
    kind: str
    n: int


@dataclass(frozen=True, slots=True)
class Lap:
    """One attempt of a day: from `at` (epoch seconds) for `ms`, and what ended it (None = it answered)."""

    message: str | None
    conversation: str | None
    provider: str
    model: str
    at: float
    ms: int
    outcome: str
    kind: str | None


def used(db: sqlite3.Connection, since: float, until: float, without: Sequence[str]) -> list[UsedOnDay]:
    """Per day and model what the attempts that started in [since, until) used."""
    rows = db.execute(
        f"SELECT date(a.started_at, 'unixepoch', 'localtime') AS day, a.provider, a.model, "
        f"sum({TOKENS_SQL}), sum({CALLS_SQL}), sum({GUESSED_SQL}), sum(a.outcome = 'failed') "
        "FROM attempt a WHERE a.started_at >= ? AND a.started_at < ? AND a.outcome <> 'skipped' "
        f"AND {_others(without)} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (since, until, *without),
    )
    return [UsedOnDay(*row) for row in rows]


def speeds(db: sqlite3.Connection, since: float, until: float, without: Sequence[str]) -> list[Speed]:
    """Per provider how long its first text took, the quickest first."""
    rows = db.execute(
        "WITH ranked AS (SELECT provider, first_content_ms AS ms, "
        "row_number() OVER (PARTITION BY provider ORDER BY first_content_ms) AS place, "
        "count(*) OVER (PARTITION BY provider) AS n FROM attempt a "
        "WHERE started_at >= ? AND started_at < ? AND first_content_ms IS NOT NULL "
        f"AND {_others(without)}) "
        "SELECT provider, n, "
        "max(CASE WHEN place = max(1, (n + 9) / 10) THEN ms END), "
        "max(CASE WHEN place = (n + 1) / 2 THEN ms END), "
        "max(CASE WHEN place = max(1, (n * 9 + 9) / 10) THEN ms END) "
        "FROM ranked GROUP BY provider ORDER BY 4",
        (since, until, *without),
    )
    return [Speed(*row) for row in rows]


def reliability(
    db: sqlite3.Connection, since: float, until: float, without: Sequence[str]
) -> list[Reliability]:
    """Per provider the attempts that answered and those that failed, by kind."""
    rows = db.execute(
        "SELECT provider, CASE WHEN outcome = 'failed' THEN coalesce(kind, 'transient') END, count(*) "
        "FROM attempt a WHERE started_at >= ? AND started_at < ? "
        "AND outcome IN ('answered', 'failed', 'stopped') "
        f"AND coalesce(kind, '') <> 'cancelled' AND {_others(without)} GROUP BY 1, 2 ORDER BY 1, 2",
        (since, until, *without),
    )
    return [Reliability(*row) for row in rows]


def passes(db: sqlite3.Connection, since: float, until: float, without: Sequence[str]) -> list[Passed]:
    """Failed attempts after which another one of the same turn was made, by day, provider and kind."""
    rows = db.execute(
        "SELECT date(a.started_at, 'unixepoch', 'localtime'), a.provider, coalesce(a.kind, 'transient'), "
        "count(*) FROM attempt a WHERE a.started_at >= ? AND a.started_at < ? AND a.outcome = 'failed' "
        "AND a.message IS NOT NULL AND EXISTS (SELECT 1 FROM attempt b WHERE b.message = a.message "
        "AND b.n > a.n AND b.outcome <> 'skipped' AND (b.provider <> a.provider OR b.model <> a.model)) "
        f"AND {_others(without)} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (since, until, *without),
    )
    return [Passed(*row) for row in rows]


def laps(db: sqlite3.Connection, since: float, until: float, without: Sequence[str]) -> list[Lap]:
    """The newest attempts of a stretch of time, oldest first."""
    rows = db.execute(
        "SELECT message, conversation, provider, model, started_at, "
        "coalesce(duration_ms, first_content_ms, 0), outcome, "
        "CASE WHEN outcome = 'failed' THEN coalesce(kind, 'transient') END "
        "FROM attempt a WHERE started_at >= ? AND started_at < ? AND outcome <> 'skipped' "
        f"AND {_others(without)} ORDER BY started_at DESC LIMIT {MOST_LANES}",
        (since, until, *without),
    )
    return [Lap(*row) for row in rows][::-1]


def held_back(
    db: sqlite3.Connection, since: float, until: float, without: Sequence[str]
) -> list[tuple[str, str, int]]:
    """(provider, model, times) that the spend guard kept a leg from billing, the most first."""
    return db.execute(
        "SELECT provider, model, count(*) FROM attempt a WHERE started_at >= ? AND started_at < ? "
        f"AND outcome = 'skipped' AND kind = 'paid' AND {_others(without)} "
        "GROUP BY 1, 2 ORDER BY 3 DESC",
        (since, until, *without),
    ).fetchall()


def billed(db: sqlite3.Connection, since: float) -> list[Billed]:
    """What models that bill were asked since then, as the vendor would count it."""
    rows = db.execute(
        f"SELECT provider, model, sum({CALLS_SQL}), sum({PROMPT_SQL}), sum({TOKENS_SQL} - {PROMPT_SQL}) "
        "FROM attempt a WHERE a.started_at >= ? AND a.billing = 'paid' GROUP BY 1, 2 ORDER BY 1, 2",
        (since,),
    )
    return [Billed(*row) for row in rows if row[2]]


def _others(without: Sequence[str]) -> str:
    return f"a.provider NOT IN ({', '.join('?' * len(without))})" if without else "1"
