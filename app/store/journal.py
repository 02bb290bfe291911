"""The relay's notes on their way to disk."""

from __future__ import annotations

from app.store.entries import AttemptRecord, HealthRow
from app.store.store import Store


class StoreJournal:
    """The relay's journal on the store: every note is posted, none is waited for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def attempt(self, record: AttemptRecord) -> None:
        self._store.post_attempt(record)

    def health(self, row: HealthRow) -> None:
        self._store.post_health(row)

    def forget(self, provider: str, model: str, key: str) -> None:
        self._store.post_forget(provider, model, key)
