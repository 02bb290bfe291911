"""What the made-up conversations are about: titles, questions and answers as people write them, from
`lived.toml` in the language of the picture, spread over the last weeks."""

from __future__ import annotations

import functools
import sqlite3
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.paths import locate
from tests.screens.tidied import TITLES

HOUR, DAY = 3600.0, 86400.0


@functools.cache
def words(language: str) -> Any:
    """The texts of a language: `titles`, `talk` and `shown`."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))[language]


def dress(folder: Path, language: str) -> None:
    """Put these in place of what `tests.bench.seed` wrote; titles that a home gave stay."""
    database, now, said = locate(folder, {}).database_file, time.time(), words(language)
    if not database.exists():
        return
    with sqlite3.connect(database) as db:
        made = db.execute(
            "SELECT id, title FROM conversation WHERE id GLOB 'c[0-9]*' AND deleted_at IS NULL"
            " ORDER BY pinned DESC, updated_at DESC"
        ).fetchall()
        # The first title is that of the conversation the pictures of the window show.
        titles = iter(said["titles"][1:])
        for rank, (name, title) in enumerate(made):
            wanted = title if title in TITLES else next(titles, title)
            at = now - _age(rank)
            db.execute("UPDATE conversation SET updated_at = ?, title = ? WHERE id = ?", (at, wanted, name))
            _talk(db, name, rank, said["talk"])
    db.close()


def _age(rank: int) -> float:
    """Seconds since the conversation of that rank: some of today, of yesterday, of the week, and older."""
    if rank < 4:
        return (rank + 1) * 0.9 * HOUR
    return DAY + (rank - 4) * 2.5 * HOUR if rank < 7 else (rank - 4) * 0.9 * DAY


def _talk(db: sqlite3.Connection, name: str, rank: int, talk: Sequence[Any]) -> None:
    rows = db.execute(
        "SELECT id, role FROM message WHERE conversation = ? ORDER BY created_at, id", (name,)
    ).fetchall()
    for n, (me, role) in enumerate(rows):
        text = talk[(n // 2 + rank) % len(talk)]["question" if role == "user" else "answer"]
        db.execute("UPDATE message SET text = ?, crc = NULL WHERE id = ?", (text, me))
        # Where an answer was cut off and continued, it now is at a sentence's or a word's end.
        cut = max(text.rfind(mark, 0, len(text) * 2 // 3) for mark in "，；。,. ") + 1
        db.execute(
            "UPDATE attempt SET text_start = CASE WHEN text_start > 0 THEN ? ELSE 0 END,"
            " text_end = CASE WHEN outcome = 'failed' THEN ? ELSE ? END"
            " WHERE message = ? AND text_end IS NOT NULL",
            (cut, cut, len(text), me),
        )
