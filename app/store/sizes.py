"""How much is on disk: counted on a connection of its own, since it reads every text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.store.files import belongings


@dataclass(frozen=True, slots=True)
class ConversationSize:
    """One conversation: its messages, and the bytes of their texts and of their attachments."""

    messages: int
    text: int
    attachments: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes on disk. `database` includes its log; `kept` are damaged files and copies from before updates.

    `conversations` holds those in the bin, too.
    """

    database: int
    snapshots: int
    kept: int
    conversations: dict[str, ConversationSize]


def measure(path: Path, snapshots: Path) -> Sizes:
    """Count everything. Raises `sqlite3.Error` or `OSError`."""
    source = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(source, uri=True, timeout=5)) as db:
        texts = db.execute(
            "SELECT conversation, count(*), sum(length(CAST(text AS BLOB)) "
            "+ length(CAST(reasoning AS BLOB))) FROM message GROUP BY conversation"
        ).fetchall()
        parts: dict[str, int] = dict(
            db.execute(
                "SELECT m.conversation, sum(length(a.data)) FROM attachment a "
                "JOIN message m ON m.id = a.message GROUP BY m.conversation"
            ).fetchall()
        )
    own = [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
    return Sizes(
        database=_bytes(own),
        snapshots=_bytes(list(snapshots.iterdir()) if snapshots.is_dir() else []),
        kept=_bytes(belongings(path)),
        conversations={c: ConversationSize(n, size, parts.get(c, 0)) for c, n, size in texts},
    )


def _bytes(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.is_file())
