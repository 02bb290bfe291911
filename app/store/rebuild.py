"""A damaged file: it steps aside, and a sound one is made of what can be read and the newest snapshot."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from app.errors import KnownError
from app.store.connection import tolerate_broken_text
from app.store.files import damage_mark, put_back, set_aside
from app.store.merge import Merged, merge_now
from app.store.salvage import Salvaged, salvage, settle_heads
from app.store.schema_v2 import checksum, checksum_of, with_checksum
from app.store.snapshots import Snapshots
from app.store.sources import readable_copy

_log = logging.getLogger(__name__)

REPORT = "rebuilt"
"""The name under which `meta` keeps what the last rebuilding saved."""


def rebuild(path: Path, now: float, locks: Path) -> KnownError:
    """Set the file aside and put a sound one in its place; returns what the user has to be told.

    Only while no other process uses the data. Raises `OSError` or `sqlite3.Error` when the disk does not
    allow it; everything is as it was then.
    """
    today = datetime.fromtimestamp(now)
    kept = set_aside(path, today)
    part = path.with_name(path.name + ".rebuilding")
    try:
        saved = salvage(kept, part)
        merged = _with_snapshot(part, path, locks, now)
        _note(part, kept, now, saved, merged)
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        put_back(kept, path)
        raise
    damage_mark(path).unlink(missing_ok=True)
    _log.info("rebuilt %s: %s, from the snapshot %s", path, saved, merged and merged.counts())
    return _told(path, kept, saved, merged)


def _with_snapshot(part: Path, path: Path, locks: Path, now: float) -> Merged | None:
    """Add what the newest good snapshot has and the damaged file has lost."""
    newest = Snapshots(path, locks).newest_good(now)
    if newest is None:
        return None
    try:
        with (
            readable_copy(newest, path.parent) as source,
            closing(sqlite3.connect(part, isolation_level=None)) as db,
        ):
            db.execute("PRAGMA synchronous = OFF")
            return merge_now(db, source.path)
    except KnownError as error:
        _log.warning("the snapshot %s was of no use: %s", newest, error)
        return None


def _note(part: Path, kept: Path, now: float, saved: Salvaged, merged: Merged | None) -> None:
    """Keep the counts, and take the texts as they are from here on, each doubtful one marked as such."""
    report = {"at": now, "kept": str(kept), **saved.counts(), "snapshot": merged and merged.counts()}
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        accept_texts(db)
        settle_heads(db)
        db.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
            (REPORT, json.dumps(report)),
        )


def accept_texts(db: sqlite3.Connection) -> int:
    """Mark the messages whose text is not what their checksum says; returns how many there were."""
    with_checksum(db)
    strict = db.text_factory
    tolerate_broken_text(db)
    try:
        found = db.execute(
            f"SELECT id, text, reasoning, note FROM message WHERE crc <> {checksum_of()}"
        ).fetchall()
    finally:
        db.text_factory = strict
    for ident, text, reasoning, note in found:
        db.execute(
            "UPDATE message SET text = ?1, reasoning = ?2, crc = ?3, "
            "note = json_set(CASE WHEN json_valid(?4) "
            "THEN ?4 ELSE '{}' END, '$.altered', json('true')) WHERE id = ?5",
            (text, reasoning, checksum(text, reasoning), note, ident),
        )
    return len(found)


def _told(path: Path, kept: Path, saved: Salvaged, merged: Merged | None) -> KnownError:
    messages = saved.messages + (merged.messages if merged else 0)
    if not messages and not saved.conversations and not (merged and merged.conversations):
        return KnownError("store.set_aside", path=path, kept=kept)
    return KnownError(
        "store.rebuilt",
        path=path,
        kept=kept,
        messages=messages,
        conversations=saved.conversations + (merged.conversations if merged else 0),
        snapshot=merged.messages + merged.improved if merged else 0,
        doubtful=max(0, saved.cut + saved.unsure - (merged.improved if merged else 0)),
        lost=saved.lost + saved.stand_ins,
    )
