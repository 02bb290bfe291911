"""SQL of grants and corrections, and of the small named values in `meta`.

Numbers in a damaged row could mean anything. Such a row is read as a grant with nothing left: leaving it out
would make its models look as if nobody counted them.
"""

from __future__ import annotations

import sqlite3
from typing import Any, get_args

from app.store.entries import DAMAGED, Correction, GrantRow, GrantUnit, GrantWindow
from app.store.rows import from_json, listed, names, to_json, upsert

_GRANT = names(GrantRow)
_PUT_GRANT = upsert("grant", _GRANT, ("id",))
_CORRECTION = names(Correction)
_PUT_CORRECTION = upsert("correction", _CORRECTION, ("id",))


_LARGEST = 2**53
_LONGEST = 24 * 366 * 100
_LAST_MOMENT = 253_402_200_000.0
"""The end of the year 9999, with room for any zone."""

_PUT_META = upsert("meta", ("name", "value"), ("name",))


_GONE = "INSERT OR REPLACE INTO gone (kind, id, at)"
_NOW = "(julianday('now') - 2440587.5) * 86400.0"


def every(db: sqlite3.Connection) -> list[GrantRow]:
    """All grants, those that end soonest first."""
    rows = db.execute(
        f'SELECT {listed(_GRANT)} FROM "grant" ORDER BY expires_at IS NULL, expires_at, created_at, id'
    )
    return [_grant(row) for row in rows]


def _grant(row: tuple[Any, ...]) -> GrantRow:
    values: dict[str, Any] = dict(zip(_GRANT, row, strict=True))
    models = _models(values["models"])
    sound = (
        models is not None
        and values["unit"] in get_args(GrantUnit)
        and values["window"] in get_args(GrantWindow)
        and _whole(values["amount"])
        and _whole(values["hours"], _LONGEST)
        and all(_moment(values[name]) for name in ("started_at", "expires_at"))
        and values["created_at"] is not None
        and _moment(values["created_at"])
        and all(isinstance(values[name], str) for name in ("id", "provider", "source", "note"))
        and all(isinstance(values[name], str | None) for name in ("model", "key", "timezone"))
    )
    if sound:
        values["models"], values["hard_stop"] = models, bool(values["hard_stop"])
        return GrantRow(**values)
    unit = values["unit"] if values["unit"] in get_args(GrantUnit) else "tokens"
    model = None if values["model"] is None else str(values["model"])
    return GrantRow(
        str(values["id"]), str(values["provider"]), unit, 0, 0.0, model, models=models or (), source=DAMAGED
    )


def _models(text: object) -> tuple[str, ...] | None:
    """A column of models; None when it cannot be read."""
    if text is None:
        return ()
    return from_json(text) if isinstance(text, str) else None


def _whole(value: object, most: int = _LARGEST) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value <= most)


def _moment(value: object) -> bool:
    """Whether a time can be shown as a date."""
    return value is None or (isinstance(value, int | float) and 0 <= value <= _LAST_MOMENT)


def put(db: sqlite3.Connection, grant: GrantRow) -> None:
    """Store a grant, replacing that of the same id."""
    db.execute(
        _PUT_GRANT,
        tuple(_value(grant, name) for name in _GRANT),
    )


def _value(grant: GrantRow, name: str) -> object:
    if name == "models":
        return to_json(grant.models)
    # Whoever changes a damaged grant has made it sound.
    return "user" if name == "source" and grant.source == DAMAGED else getattr(grant, name)


def delete(db: sqlite3.Connection, grant: str) -> None:
    """Remove a grant and its corrections, and note that they are gone: a merge must not bring them back."""
    db.execute(f"{_GONE} SELECT 'grant', id, {_NOW} FROM \"grant\" WHERE id = ?", (grant,))
    db.execute(f"{_GONE} SELECT 'correction', id, {_NOW} FROM correction WHERE grant_id = ?", (grant,))
    db.execute('DELETE FROM "grant" WHERE id = ?', (grant,))
    db.execute("DELETE FROM correction WHERE grant_id = ?", (grant,))


def corrections(db: sqlite3.Connection, provider: str | None) -> list[Correction]:
    """The corrections of a provider (None = of all), oldest first."""
    rows = db.execute(
        f"SELECT {listed(_CORRECTION)} FROM correction WHERE ? IS NULL OR provider = ? ORDER BY at, rowid",
        (provider, provider),
    )
    return [_correction(row) for row in rows]


def _correction(row: tuple[Any, ...]) -> Correction:
    """A damaged one says that nothing is left, or when its time is damaged, nothing at all."""
    values: dict[str, Any] = dict(zip(_CORRECTION, row, strict=True))
    if not isinstance(values["at"], int | float) or not _moment(values["at"]):
        values["at"] = 0.0
    if values["remaining"] is None or not _whole(values["remaining"]):
        values["remaining"] = 0
    if not _moment(values["expires_at"]):
        values["expires_at"] = None
    return Correction(**values)


def put_correction(db: sqlite3.Connection, correction: Correction) -> None:
    """Store a correction, replacing that of the same id."""
    db.execute(_PUT_CORRECTION, tuple(getattr(correction, name) for name in _CORRECTION))


def delete_correction(db: sqlite3.Connection, correction: str) -> None:
    """Remove a correction, and note that it is gone."""
    db.execute(f"{_GONE} SELECT 'correction', id, {_NOW} FROM correction WHERE id = ?", (correction,))
    db.execute("DELETE FROM correction WHERE id = ?", (correction,))


def meta(db: sqlite3.Connection, name: str) -> str | None:
    """A named value."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def set_meta(db: sqlite3.Connection, name: str, value: str | None) -> None:
    """Store a named value; None removes it."""
    if value is None:
        db.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        db.execute(
            _PUT_META,
            (name, value),
        )
