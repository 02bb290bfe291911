"""Ledger, books and estimates that cannot break a turn: what they cannot tell is taken the careful way.

Trouble here is a bug or a damaged number, never the user's doing. It is logged with its trace; the turn goes
on, and no leg with a grant is asked on the strength of books that missed something.
"""

from __future__ import annotations

import logging

from app.domain import Leg
from app.relay.estimate import IMAGE_TOKENS, MESSAGE_TOKENS, USUAL_ANSWER, Estimator
from app.relay.ports import Books, Ledger, Remaining
from app.store.entries import AttemptRecord
from providers.base import ChatMessage
from providers.spec import BillingClass

_log = logging.getLogger(__name__)
_TROUBLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_EMPTY = Remaining(tokens=0, calls=0)


class GuardedLedger:
    """Asks `ledger`; when its arithmetic fails, a leg with a grant counts as empty (it might bill) and any
    other as unmetered."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.missed: set[str] = set()
        """Providers of whom the books missed something: what their grants have left is not known."""

    def remaining(self, leg: Leg, now: float) -> Remaining | None:
        """As the ledger's own."""
        if leg.provider.id in self.missed and leg.billing is BillingClass.GRANT:
            return _EMPTY
        try:
            return self._ledger.remaining(leg, now)
        except _TROUBLE:
            _log.exception("the ledger could not tell what is left of %s", leg.id)
            return _EMPTY if leg.billing is BillingClass.GRANT else None


class GuardedBooks:
    """Tells `books`; what they could not take in makes the provider's grants count as empty from then on,
    until the next start derives them anew from the attempts, which the journal has in any case."""

    def __init__(self, books: Books, ledger: GuardedLedger | None) -> None:
        self._books = books
        self._ledger = ledger

    def hold(self, turn: str, leg: Leg, tokens: int, now: float) -> None:
        """As the books' own."""
        try:
            self._books.hold(turn, leg, tokens, now)
        except _TROUBLE:
            self._missed(leg.provider.id, "hold an amount")

    def release(self, turn: str) -> None:
        """As the books' own. What is not given back only makes the grant look smaller."""
        try:
            self._books.release(turn)
        except _TROUBLE:
            _log.exception("the books could not give back what a turn held")

    def note(self, record: AttemptRecord) -> None:
        """As the books' own."""
        try:
            self._books.note(record)
        except _TROUBLE:
            self._missed(record.provider, "take in an attempt")

    def metered(self, leg: Leg) -> bool:
        """As the books' own; in doubt the attempt is on disk before the request goes out."""
        try:
            return self._books.metered(leg)
        except _TROUBLE:
            _log.exception("the books could not tell whether %s is metered", leg.id)
            return True

    async def written(self) -> None:
        """As the books' own."""
        try:
            await self._books.written()
        except _TROUBLE:
            _log.exception("an attempt goes out before it is surely on disk")

    def _missed(self, provider: str, what: str) -> None:
        _log.exception("the books of %s could not %s", provider, what)
        if self._ledger is not None:
            self._ledger.missed.add(provider)


class GuardedEstimator(Estimator):
    """Asks `estimator`; when it fails, a character counts as a token: rather too many than too few."""

    def __init__(self, estimator: Estimator) -> None:
        super().__init__()
        self._inner = estimator

    def prompt(self, model: str, messages: tuple[ChatMessage, ...]) -> int:
        """As the estimator's own."""
        try:
            return self._inner.prompt(model, messages)
        except _TROUBLE:
            self._trouble(model)
            return sum(len(m.text) + MESSAGE_TOKENS + IMAGE_TOKENS * len(m.images) for m in messages) + 1

    def scaled(self, model: str, raw: float) -> int:
        """As the estimator's own."""
        return self._inner.scaled(model, raw)

    def text(self, model: str, text: str) -> int:
        """As the estimator's own."""
        try:
            return self._inner.text(model, text)
        except _TROUBLE:
            self._trouble(model)
            return len(text)

    def answer(self, model: str, max_tokens: int | None = None) -> int:
        """As the estimator's own."""
        try:
            return self._inner.answer(model, max_tokens)
        except _TROUBLE:
            self._trouble(model)
            return USUAL_ANSWER if max_tokens is None else min(USUAL_ANSWER, max_tokens)

    def learn(
        self,
        model: str,
        messages: tuple[ChatMessage, ...],
        text: str,
        *,
        prompt: int,
        completion: int,
        reasoning: int = 0,
    ) -> None:
        """As the estimator's own; an answer it cannot learn from is forgotten."""
        try:
            self._inner.learn(
                model, messages, text, prompt=prompt, completion=completion, reasoning=reasoning
            )
        except _TROUBLE:
            self._trouble(model)

    def export(self) -> dict[str, dict[str, float]]:
        """As the estimator's own."""
        return self._inner.export()

    @staticmethod
    def _trouble(model: str) -> None:
        _log.exception("the estimator could not count for %s", model)
