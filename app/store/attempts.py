"""SQL of attempts: what was asked of whom and what came of it; the ledger is derived from these rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from app.store.entries import AttemptRecord, Spent
from app.store.rows import batches, listed, names, upsert
from app.store.spending import MOST_TOKENS

_COLUMNS = names(AttemptRecord)
_SELECT = f"SELECT {listed(_COLUMNS)} FROM attempt"
_MESSAGE = _COLUMNS.index("message")
_CONVERSATION = _COLUMNS.index("conversation")
_ESTIMATED = _COLUMNS.index("usage_estimated")


def _upsert() -> str:
    """An attempt is recorded even when its message or conversation was deleted meanwhile."""
    sql = upsert("attempt", (*_COLUMNS, "owner"), ("id",))
    marks = ["?"] * (len(_COLUMNS) + 1)
    marks[_MESSAGE] = "(SELECT id FROM message WHERE id = ?)"
    marks[_CONVERSATION] = "(SELECT id FROM conversation WHERE id = ?)"
    return sql.replace(f"({', '.join('?' * len(marks))})", f"({', '.join(marks)})")


_UPSERT = _upsert()


def put(db: sqlite3.Connection, record: AttemptRecord, owner: str) -> None:
    """Store an attempt, replacing what was known of it."""
    values = tuple(getattr(record, name) for name in _COLUMNS)
    db.execute(_UPSERT, (*values, owner if record.outcome == "running" else None))


def of_messages(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[AttemptRecord]]:
    """The attempts of these answers in the order they were made; answers without any are left out."""
    found: dict[str, list[AttemptRecord]] = {}
    for marks, part in batches(ids):
        rows = db.execute(
            f"{_SELECT} WHERE message IN ({marks}) ORDER BY message, n, started_at, rowid", part
        )
        for record in _records(rows):
            if record.message is not None:
                found.setdefault(record.message, []).append(record)
    return found


def of_conversation(db: sqlite3.Connection, conversation: str) -> list[AttemptRecord]:
    """Every attempt made in a conversation, oldest first; ties in the order of their ids."""
    rows = db.execute(f"{_SELECT} WHERE conversation = ? ORDER BY started_at, n, id", (conversation,))
    return _records(rows)


def between(
    db: sqlite3.Connection, since: float, until: float | None, provider: str | None
) -> list[AttemptRecord]:
    """The attempts that started in [since, until), oldest first."""
    rows = db.execute(
        f"{_SELECT} WHERE started_at >= ? AND started_at < ? AND (? IS NULL OR provider = ?) "
        "ORDER BY started_at, rowid",
        (since, float("inf") if until is None else until, provider, provider),
    )
    return _records(rows)


def paces(db: sqlite3.Connection, limit: int) -> list[tuple[str, float, float]]:
    """Leg, milliseconds to the first text and start of the newest attempts that wrote any; oldest first."""
    rows = db.execute(
        "SELECT provider || ':' || model, first_content_ms, started_at FROM "
        "(SELECT provider, model, first_content_ms, started_at FROM attempt "
        "ORDER BY started_at DESC LIMIT ?) "
        "WHERE first_content_ms IS NOT NULL ORDER BY started_at",
        (limit,),
    )
    return [(leg, float(ms), at) for leg, ms, at in rows]


def spent(
    db: sqlite3.Connection, provider: str, model: str | None, since: float, until: float | None
) -> list[Spent]:
    """Per model of the provider, what the attempts that started in [since, until) used."""
    rows = db.execute(
        "SELECT provider, model, count(*), "
        f"sum(min(max(coalesce(prompt_tokens, estimated_prompt, 0), 0), {MOST_TOKENS})), "
        f"sum(min(max(coalesce(completion_tokens, estimated_completion, 0), 0), {MOST_TOKENS})), "
        "max(usage_estimated OR prompt_tokens IS NULL) "
        "FROM attempt WHERE provider = ? AND (? IS NULL OR model = ?) AND started_at >= ? AND started_at < ? "
        "AND (outcome IN ('answered', 'running', 'stopped') OR prompt_tokens IS NOT NULL) "
        "GROUP BY provider, model",
        (provider, model, model, since, float("inf") if until is None else until),
    )
    return [
        Spent(provider, model, calls, prompt, completion, bool(estimated))
        for provider, model, calls, prompt, completion, estimated in rows
    ]


def _records(rows: Iterable[tuple[Any, ...]]) -> list[AttemptRecord]:
    found: list[AttemptRecord] = []
    for row in rows:
        values = list(row)
        values[_ESTIMATED] = bool(values[_ESTIMATED])
        found.append(AttemptRecord(*values))
    return found
