"""SQL of grants and corrections, and of the small named values in `meta`."""

from __future__ import annotations

import sqlite3

from app.store.entries import Correction, GrantRow
from app.store.rows import from_json, listed, names, to_json, upsert

_GRANT = names(GrantRow)
_PUT_GRANT = upsert("grant", _GRANT, ("id",))
_MODELS = _GRANT.index("models")
_HARD_STOP = _GRANT.index("hard_stop")
_CORRECTION = names(Correction)
_PUT_CORRECTION = upsert("correction", _CORRECTION, ("id",))


_PUT_META = upsert("meta", ("name", "value"), ("name",))


_GONE = "INSERT OR REPLACE INTO gone (kind, id, at)"
_NOW = "(julianday('now') - 2440587.5) * 86400.0"


def every(db: sqlite3.Connection) -> list[GrantRow]:
    """All grants, those that end soonest first."""
    rows = db.execute(
        f'SELECT {listed(_GRANT)} FROM "grant" ORDER BY expires_at IS NULL, expires_at, created_at, id'
    )
    found: list[GrantRow] = []
    for row in rows:
        values = list(row)
        values[_MODELS] = from_json(values[_MODELS]) or ()
        values[_HARD_STOP] = bool(values[_HARD_STOP])
        found.append(GrantRow(*values))
    return found


def put(db: sqlite3.Connection, grant: GrantRow) -> None:
    """Store a grant, replacing that of the same id."""
    db.execute(
        _PUT_GRANT,
        tuple(to_json(grant.models) if name == "models" else getattr(grant, name) for name in _GRANT),
    )


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
    return [Correction(*row) for row in rows]


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
