"""What a turn needs to know about money before it begins: the newest ledger, and what was agreed to."""

from __future__ import annotations

import logging

from app.errors import KnownError
from app.ledger.ledger import Ledger

_log = logging.getLogger(__name__)


class Consents:
    """Legs the user agreed to pay for, remembered per conversation for as long as the program runs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._given: dict[str, frozenset[str]] = {}

    async def agreed(
        self, conversation: str, now_given: frozenset[str], *, remember: bool = True
    ) -> frozenset[str]:
        """The paid legs this conversation may use; `remember` keeps those of `now_given` for its next turns.

        Brings the ledger up to date on the way, so that the turn counts what other processes spent.
        """
        try:
            await self._ledger.sync()
        except KnownError as error:
            # What memory has is at least what this process spent; the turn itself will tell of the disk.
            _log.warning("the ledger could not be read anew: %s", error)
        known = self._given.get(conversation, frozenset()) | now_given
        if now_given and remember:
            self._given[conversation] = known
        return known

    def given(self, conversation: str | None) -> frozenset[str]:
        """The legs agreed to so far."""
        return self._given.get(conversation, frozenset()) if conversation else frozenset()

    def withdraw(self, conversation: str) -> None:
        """Ask again from the next turn on."""
        self._given.pop(conversation, None)
