"""A ledger that cannot break a turn: what it cannot tell is taken the careful way."""

from __future__ import annotations

import logging

from app.domain import Leg
from app.relay.ports import Ledger, Remaining
from providers.spec import BillingClass

_log = logging.getLogger(__name__)
_TROUBLE = (ArithmeticError, LookupError, TypeError, ValueError)


class GuardedLedger:
    """Asks `ledger`; when its arithmetic fails, a leg with a grant counts as empty (it might bill) and any
    other as unmetered. The trouble is logged with its trace."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def remaining(self, leg: Leg, now: float) -> Remaining | None:
        """As the ledger's own."""
        try:
            return self._ledger.remaining(leg, now)
        except _TROUBLE:
            _log.exception("the ledger could not tell what is left of %s", leg.id)
            return Remaining(tokens=0, calls=0) if leg.billing is BillingClass.GRANT else None
