"""Between records and rows: SQL text made from a record's fields, so that both cannot drift apart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, asdict, fields
from typing import Any, ClassVar, Protocol, TypeGuard, cast

from app.store.records import Parameters

BATCH = 500
"""Ids in one query; SQLite allows at least 999 placeholders."""


LATEST = 4e9
"""Epoch seconds: no time is later, nor before 0. Calendars fail at what is far beyond."""


LATER = 0.001
"""Seconds; a change is later than the one before it even when the clock was put back."""


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def names(record: type[Record], *without: str) -> tuple[str, ...]:
    """The column names of a record: its fields, in order."""
    return tuple(f.name for f in fields(record) if f.name not in without)


def listed(columns: Iterable[str], table: str = "") -> str:
    """Columns for a SELECT, quoted since `key` and `window` mean something to SQL."""
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{name}"' for name in columns)


def insert(table: str, columns: Sequence[str]) -> str:
    """An INSERT of all `columns`."""
    marks = ", ".join("?" * len(columns))
    return f'INSERT INTO "{table}" ({listed(columns)}) VALUES ({marks})'


def upsert(table: str, columns: Sequence[str], key: Sequence[str]) -> str:
    """An INSERT that replaces the row with the same `key`."""
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in key)
    return f"{insert(table, columns)} ON CONFLICT ({listed(key)}) DO UPDATE SET {changed}"


def update(db: sqlite3.Connection, table: str, record_id: str, values: Mapping[str, object]) -> bool:
    """Set some columns of one row; False when there is no such row."""
    changed = ", ".join(f'"{name}" = ?' for name in values)
    return (
        db.execute(f'UPDATE "{table}" SET {changed} WHERE id = ?', (*values.values(), record_id)).rowcount > 0
    )


def batches(ids: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """`ids` in pieces one query can take, each with its placeholders."""
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        yield ", ".join("?" * len(part)), part


def moment(at: float) -> float:
    """A time that can be shown: one that a failing disk has altered is the beginning of time."""
    return at if 0 <= at <= LATEST else 0.0


def to_object(parameters: Parameters | None) -> str | None:
    """The text of a column of parameters: a JSON object of what is set."""
    if parameters is None:
        return None
    return json.dumps({name: value for name, value in asdict(parameters).items() if value is not None})


def from_object(text: str | None) -> Parameters | None:
    """The value of a column of parameters; what is no number or switch is left out."""
    try:
        found: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    values = cast("dict[str, object]", found)
    temperature, most, thinking = (values.get(n) for n in ("temperature", "max_tokens", "thinking"))
    return Parameters(
        float(temperature) if _is_number(temperature) else None,
        int(most) if _is_number(most) else None,
        thinking if isinstance(thinking, bool) else None,
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def to_json(values: tuple[str, ...] | None) -> str | None:
    """A list column's text."""
    return None if values is None else json.dumps(values, ensure_ascii=False)


def from_json(text: str | None) -> tuple[str, ...] | None:
    """A list column's value; text that is no list counts as none."""
    if text is None:
        return None
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(str(item) for item in found) if isinstance(found, list) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
