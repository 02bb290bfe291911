"""A first look at the data, for the first paint: before the store is open, and without asyncio."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.store.records import Conversation

if TYPE_CHECKING:
    import sqlite3

SHOWN = 60
"""More than a window shows at once; the whole list follows when the store is open."""


def any_key(db: sqlite3.Connection) -> bool:
    """Whether a key was ever entered that is still there."""
    return db.execute('SELECT 1 FROM "key" LIMIT 1').fetchone() is not None


class Peek:
    """Reads the head of the list in a thread of its own, while the caller loads Qt.

    Only looks: the file is opened read-only, and one that is missing, busy, damaged or of another version
    gives an empty list; saying why is the store's business.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[Conversation] = []
        self._unused = False
        self._thread = threading.Thread(target=self._read, name="peek", daemon=True)
        self._thread.start()

    def result(self, patience: float = 0.1) -> list[Conversation]:
        """What was found within so many seconds; a slow disk must not keep the window from opening."""
        self._thread.join(patience)
        return [] if self._thread.is_alive() else self._found

    def unused(self) -> bool:
        """Whether it is known by now that nobody has written anything here nor entered a key."""
        return not self._thread.is_alive() and self._unused

    def _read(self) -> None:
        if not self._path.is_file():
            self._unused = not self._path.exists()
            return
        import sqlite3
        from contextlib import closing

        from app.store import conversations
        from app.store.migrations import MIGRATIONS, version

        try:
            source = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(source, uri=True, timeout=0.05)) as db:
                if version(db) == len(MIGRATIONS):
                    self._found = conversations.first(db, SHOWN)
                    if not self._found:
                        self._unused = not conversations.any_there(db) and not any_key(db)
        except (sqlite3.Error, ValueError):
            self._found = []
