"""The store as the rest of the program sees it: one object, asynchronous methods, news of what changed.

Everything runs in the order it was called, on the database's own thread. Methods raise `KnownError` when the
disk is full, the file is read-only, locked or damaged. The methods stand in the parts, one file each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from app.clock import Clock
from app.errors import KnownError
from app.store.connection import BUSY_MS
from app.store.database import Database
from app.store.instances import Instances
from app.store.migrations import MIGRATIONS, Migration
from app.store.opening import open_for_instance
from app.store.search import Search
from app.store.store_assistants import AssistantStore
from app.store.store_attachments import AttachmentStore
from app.store.store_conversations import ConversationStore
from app.store.store_imports import ImportStore
from app.store.store_ledger import LedgerStore
from app.store.store_messages import AnswerFields, MessageStore
from app.store.store_outgoing import OutgoingStore
from app.store.store_spending import SpendingStore
from app.store.store_sync import SyncStore
from app.store.store_usage import UsageStore

__all__ = ["AnswerFields", "Store"]

_log = logging.getLogger(__name__)


class Store(
    ConversationStore,
    MessageStore,
    AttachmentStore,
    LedgerStore,
    SpendingStore,
    UsageStore,
    AssistantStore,
    SyncStore,
    OutgoingStore,
    ImportStore,
):
    """One open database file. Make one with `await Store.open(…)`; end it with `await close()`.

    `problems` holds what the user has to be told about the opening (a damaged file was set aside, rebuilt).
    `crashed` is True when a process before this one died without closing the file.
    """

    def __init__(self, database: Database, clock: Clock, instances: Instances) -> None:
        super().__init__(database, clock, instances)
        self.search = Search(database.path, database, _log_error)
        self.subscribe(self.search.changed)
        self.problems: tuple[KnownError, ...] = ()
        self.crashed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        clock: Clock,
        instance_lock_dir: Path,
        *,
        on_error: Callable[[BaseException], None] | None = None,
        busy_ms: int = BUSY_MS,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Store:
        """Open the file, making, migrating or replacing it where needed.

        `on_error` gets the errors of what was only posted. Raises `KnownError` when the file cannot be used.
        """
        database = Database(path, on_error or _log_error)
        store = cls(database, clock, Instances(instance_lock_dir))
        try:
            store.problems, store.crashed = await database.open(
                lambda path: open_for_instance(path, store._instances, clock.now(), busy_ms, migrations)
            )
            await store.search.open()
            if store.crashed:
                store.post_unclean()
        except BaseException:
            await database.close()
            store._instances.leave()
            raise
        return store

    async def close(self) -> None:
        """Finish what was posted, checkpoint and close. Can be repeated."""
        try:
            await self.search.close()
            await self._database.close()
        finally:
            self._instances.leave()


def _log_error(error: BaseException) -> None:
    _log.error("a note could not be stored", exc_info=error)
