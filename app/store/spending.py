"""SQL of the ledger: what attempts cost, summed over slices of time, and what past answers teach.

An attempt whose usage never came counts as its estimate, so that the ledger is never more generous than the
truth. `app/ledger/cost.py` says the same in Python; a test holds the two together.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.store import grants
from app.store.entries import Correction, GrantRow

UNREACHED = ("dns", "proxy", "refused", "tls", "unreachable")
"""Codes of network failures after which the vendor certainly knows nothing of the request."""

UNCOUNTED = ("auth", "quota_exhausted", "rate_limited", "region_blocked")
"""Kinds of refusals that vendors do not count as calls."""

UNCLEAR = ("network", "transient")
"""Kinds of failures after which the vendor may have worked (and counted) all the same."""

MOST_TOKENS = 10**10
"""No attempt takes more, or less than none: a damaged or made-up row must neither refill a grant nor exceed
what SQLite can add up."""

_OFFERS = "ledger.offers"
_SLICES = 120
_SAMPLES = 200
_LONGEST_SAMPLE = 4000
"""So many of the newest answers, none of more characters, are read again to teach the estimator."""


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_REACHED = f"""(a.kind IS NULL OR (a.kind IN ({_quoted(UNCLEAR)}) AND coalesce(a.status, 200) < 400
    AND coalesce(a.code, '') NOT IN ({_quoted(UNREACHED)})))"""


def _count(column: str) -> str:
    return f"min(max(coalesce(a.{column}, 0), 0), {MOST_TOKENS})"


_ASKED, _ANSWERED = _count("prompt_tokens"), _count("completion_tokens")
_TO_ASK, _TO_ANSWER = _count("estimated_prompt"), _count("estimated_completion")
TOKENS_SQL = f"""CASE
    WHEN a.outcome = 'skipped' THEN 0
    WHEN a.prompt_tokens IS NOT NULL AND a.usage_estimated AND a.outcome <> 'answered'
        THEN {_ASKED} + max({_ANSWERED}, {_TO_ANSWER})
    WHEN a.prompt_tokens IS NOT NULL THEN {_ASKED} + {_ANSWERED}
    WHEN a.outcome <> 'failed' OR {_REACHED} THEN {_TO_ASK} + {_TO_ANSWER}
    ELSE 0 END"""
PROMPT_SQL = f"""CASE
    WHEN a.outcome = 'skipped' THEN 0
    WHEN a.prompt_tokens IS NOT NULL THEN {_ASKED}
    WHEN a.outcome <> 'failed' OR {_REACHED} THEN {_TO_ASK}
    ELSE 0 END"""
"""What of `TOKENS_SQL` was asked; the rest was answered."""
CALLS_SQL = f"""CASE
    WHEN a.outcome = 'skipped' THEN 0
    WHEN a.outcome <> 'failed' OR a.prompt_tokens IS NOT NULL THEN 1
    WHEN a.kind IN ({_quoted(UNCOUNTED)}) THEN 0
    WHEN a.kind = 'network' AND coalesce(a.code, '') IN ({_quoted(UNREACHED)}) THEN 0
    ELSE 1 END"""
GUESSED_SQL = "(a.usage_estimated OR a.prompt_tokens IS NULL)"


@dataclass(frozen=True, slots=True)
class Slice:
    """What one model spent in [since, until) is charged to one grant."""

    grant: str
    provider: str
    model: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What to add up: `sums` and `recent` (the pace of late) per grant, `rows` one by one."""

    sums: Sequence[Slice] = ()
    recent: Sequence[Slice] = ()
    rows: Sequence[Slice] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """What one attempt, or several, took of one grant; `guessed` of them are counted by our estimate."""

    grant: str
    at: float
    tokens: int
    calls: int
    guessed: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everything the ledger is derived from, read in one go."""

    grants: Sequence[GrantRow]
    corrections: Sequence[Correction]
    sums: Sequence[Charge]
    recent: Sequence[Charge]
    rows: Sequence[Charge]
    offers: frozenset[str]
    version: int
    """Of the file: another one means that another process has written."""


Planner = Callable[[Sequence[GrantRow], Sequence[Correction], dict[str, list[str]]], Plan]
"""(grants, corrections, models ever asked by provider) → what to add up."""


def read(db: sqlite3.Connection, planner: Planner) -> Accounts:
    """Grants, corrections, and what the attempts charge to them, as of one moment."""
    db.execute("BEGIN")
    try:
        found = grants.every(db)
        corrected = grants.corrections(db, None)
        plan = planner(found, corrected, _models(db, {grant.provider for grant in found}))
        accounts = Accounts(
            found,
            corrected,
            _charges(db, plan.sums, summed=True),
            _charges(db, plan.recent, summed=True),
            _charges(db, plan.rows, summed=False),
            _offers(db),
            data_version(db),
        )
    finally:
        db.execute("COMMIT")
    return accounts


def data_version(db: sqlite3.Connection) -> int:
    """A number that changes when another connection has written to the file."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def take(db: sqlite3.Connection, rows: Sequence[GrantRow]) -> int:
    """Make offers the user's grants, each only once in a lifetime; returns how many were new.

    One the user has removed since, or edited, stays as it is.
    """
    known = _offers(db)
    fresh = [row for row in rows if row.id not in known]
    for row in fresh:
        grants.put(db, row)
    if fresh:
        names = sorted(known | {row.id for row in fresh})
        grants.set_meta(db, _OFFERS, json.dumps(names))
    return len(fresh)


def correct(db: sqlite3.Connection, rows: Sequence[GrantRow], corrections: Sequence[Correction]) -> None:
    """Store grants and corrections of them together."""
    for row in rows:
        grants.put(db, row)
    for correction in corrections:
        grants.put_correction(db, correction)


def samples(db: sqlite3.Connection) -> list[tuple[str, str, str, str, int, int, int]]:
    """The newest answers with a vendor's count, oldest first: (provider, model, question, answer, prompt,
    completion, reasoning tokens). The question is empty where more than it was sent."""
    rows = db.execute(
        """SELECT a.provider, a.model,
                CASE WHEN q.parent IS NULL AND q.role = 'user' AND c.system = ''
                    AND NOT EXISTS (SELECT 1 FROM attachment f WHERE f.message = q.id)
                    AND coalesce(a.text_start, 0) = 0 AND length(q.text) <= ? THEN q.text ELSE '' END,
                substr(m.text, a.text_start + 1, a.text_end - a.text_start),
                a.prompt_tokens, coalesce(a.completion_tokens, 0), coalesce(a.reasoning_tokens, 0)
            FROM (SELECT * FROM attempt WHERE outcome = 'answered' AND prompt_tokens > 0
                    AND NOT usage_estimated AND text_end > text_start AND text_end - text_start <= ?
                    ORDER BY started_at DESC LIMIT ?) a
                JOIN message m ON m.id = a.message
                LEFT JOIN message q ON q.id = m.parent
                LEFT JOIN conversation c ON c.id = m.conversation
            ORDER BY a.started_at""",
        (_LONGEST_SAMPLE, _LONGEST_SAMPLE, _SAMPLES),
    )
    return [(p, m, q or "", text or "", *numbers) for p, m, q, text, *numbers in rows]


def errors(db: sqlite3.Connection, since: float) -> list[tuple[str, str, int, int, int, int]]:
    """(provider, model, estimated prompt, prompt, estimated completion, completion) of every attempt since
    then that has both an estimate and the vendor's count."""
    return db.execute(
        """SELECT provider, model, estimated_prompt, prompt_tokens, estimated_completion,
                coalesce(completion_tokens, 0)
            FROM attempt WHERE started_at >= ? AND outcome = 'answered' AND NOT usage_estimated
                AND prompt_tokens > 0 AND estimated_prompt IS NOT NULL ORDER BY started_at""",
        (since,),
    ).fetchall()


def _models(db: sqlite3.Connection, providers: set[str]) -> dict[str, list[str]]:
    # One step through the index per model rather than one per attempt.
    found: dict[str, list[str]] = {}
    for provider in providers:
        models: list[str] = []
        last = ""
        while row := db.execute(
            "SELECT min(model) FROM attempt WHERE provider = ? AND model > ?", (provider, last)
        ).fetchone():
            if row[0] is None:
                break
            last = row[0]
            models.append(last)
        found[provider] = models
    return found


def _charges(db: sqlite3.Connection, slices: Sequence[Slice], *, summed: bool) -> list[Charge]:
    found: list[Charge] = []
    for start in range(0, len(slices), _SLICES):
        part = slices[start : start + _SLICES]
        values = ", ".join(["(?, ?, ?, ?, ?)"] * len(part))
        columns = (
            f"s.id, 0.0, sum({TOKENS_SQL}), sum({CALLS_SQL}), sum({GUESSED_SQL})"
            if summed
            else f"s.id, a.started_at, {TOKENS_SQL}, {CALLS_SQL}, {GUESSED_SQL}"
        )
        rows = db.execute(
            f"WITH s(id, provider, model, since, until) AS (VALUES {values}) SELECT {columns} FROM s "
            "CROSS JOIN attempt a ON a.provider = s.provider AND a.model = s.model "
            "AND a.started_at >= s.since AND a.started_at < s.until WHERE a.outcome <> 'skipped' "
            + ("GROUP BY s.id" if summed else "ORDER BY a.started_at"),
            [value for s in part for value in (s.grant, s.provider, s.model, s.since, s.until)],
        )
        found += [Charge(*row) for row in rows]
    return found


def _offers(db: sqlite3.Connection) -> frozenset[str]:
    text = grants.meta(db, _OFFERS)
    try:
        found: object = json.loads(text) if text else []
    except ValueError:
        return frozenset()
    return frozenset(str(name) for name in found) if isinstance(found, list) else frozenset()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
