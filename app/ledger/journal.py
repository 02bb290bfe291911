"""The relay's journal with the ledger listening in."""

from __future__ import annotations

from app.ledger.ledger import Ledger
from app.relay.ports import Journal
from app.store.entries import AttemptRecord, HealthRow


class LedgerJournal:
    """Passes every note on and tells the ledger which attempts are on their way to disk."""

    def __init__(self, journal: Journal, ledger: Ledger) -> None:
        self._journal = journal
        self._ledger = ledger

    def attempt(self, record: AttemptRecord) -> None:
        self._journal.attempt(record)
        self._ledger.posted(record)

    def health(self, row: HealthRow) -> None:
        self._journal.health(row)

    def forget(self, provider: str, model: str, key: str) -> None:
        self._journal.forget(provider, model, key)
