"""Small requests of the program's own (a title, a summary): one free leg, one request, nobody waits for it.

They never touch what the relay remembers of a leg, are never charged to a grant and never bill: only a model
of billing class `free` that no grant serves is asked. Their attempts are recorded without a message, with the
purpose as `code`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

from app.clock import Clock
from app.directory import PRACTICE
from app.domain import ChainItem, KeyRef, Leg
from app.errors import KnownError
from app.policy import Policy
from app.relay.attempt import Attempted, Notes, Reader
from app.relay.estimate import Estimator
from app.relay.events import RelayEvent
from app.relay.health import Health
from app.relay.ports import Books, Journal, Keys
from app.store.entries import AttemptOutcome
from providers.base import ChatMessage, ChatRequest, Endpoint, Wire
from providers.spec import BillingClass

_log = logging.getLogger(__name__)

Purpose = Literal["title", "summary"]

_POLICY = Policy(first_content=30.0, first_byte=20.0, stall=15.0, silent_cap=40.0)
_LONGEST = 90.0
"""Seconds one of these requests may take in all."""

_THINKING = 800
"""Tokens more for a model whose thinking cannot be switched off."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A leg that may be asked, with the key for it."""

    leg: Leg
    key: KeyRef


class SideAsks:
    """Finds a free leg and asks it. Every failure is one line in the log and None."""

    def __init__(
        self,
        *,
        keys: Keys,
        wire: Wire,
        health: Health,
        journal: Journal,
        books: Books,
        estimator: Estimator,
        clock: Clock,
    ) -> None:
        self._keys = keys
        self._wire = wire
        self._health = health
        self._journal = journal
        self._books = books
        self._estimator = estimator
        self._clock = clock

    def helper(self, chain: Sequence[ChainItem], first: str = "", only: str | None = None) -> Helper | None:
        """Who would be asked: a free leg of the chain that is well, that of provider `first` before others
        and one that can do without thinking before one that cannot. `only` names the one leg that may."""
        found: list[tuple[bool, bool, int, Helper]] = []
        for leg in (leg for item in chain for leg in item.legs):
            if not self._may(leg) or only not in (None, leg.id):
                continue
            key = self._key(leg)
            if key is not None:
                thinks = leg.model.thinking == "always"
                found.append((thinks, leg.provider.id != first, len(found), Helper(leg, key)))
        return min(found, key=lambda one: one[:3])[3] if found else None

    async def ask(
        self, helper: Helper, prompt: str, *, purpose: Purpose, max_tokens: int, conversation: str
    ) -> str | None:
        """The answer, whole; None when there is none. A cancellation is recorded and passes on."""
        leg = helper.leg
        try:
            secret = None if leg.provider.auth == "none" else await self._keys.secret(helper.key)
        except KnownError as error:
            _log.info("no %s: %s", purpose, error)
            return None
        if secret is None and leg.provider.auth != "none":
            return None
        attempt = Attempted(1, leg, helper.key, self._clock.monotonic(), self._clock.now(), 0)
        messages = (ChatMessage("user", prompt),)
        most = max_tokens + (_THINKING if leg.model.thinking == "always" else 0)
        estimated = self._estimator.prompt(leg.id, messages)
        running = replace(
            attempt.record("", conversation, estimated, most), message=None, code=purpose, billing="free"
        )
        notes = Notes(self._journal, self._books)
        notes.add(running)
        reader = Reader(self._wire, self._clock, _POLICY)
        request = ChatRequest(messages, max_tokens=most, thinking=False)
        endpoint = Endpoint(leg.provider, leg.model, leg.base_url, secret)
        outcome: AttemptOutcome = "stopped"
        try:
            outcome = await _read(reader.read(attempt, endpoint, request, "", _POLICY.first_content), attempt)
        except TimeoutError:
            outcome = "failed"
        finally:
            written = self._estimator.text(leg.id, "".join(attempt.parts) + "".join(attempt.reasoning))
            ended = attempt.ended(running, outcome, self._clock.monotonic(), None, written)
            notes.add(replace(ended, code=purpose))
            notes.flush()
        if outcome != "answered":
            kind = attempt.failure.kind.value if attempt.failure else "overdue"
            _log.info("no %s from %s: %s", purpose, leg.id, kind)
            return None
        return "".join(attempt.parts)

    def _may(self, leg: Leg) -> bool:
        return (
            leg.enabled
            and leg.billing is BillingClass.FREE
            and leg.provider.dialect != PRACTICE
            and not self._books.metered(leg)
        )

    def _key(self, leg: Leg) -> KeyRef | None:
        if leg.provider.auth == "none":
            refs: Sequence[KeyRef] = (KeyRef("", leg.provider.id),)
        else:
            refs = self._keys.refs(leg.provider.id)
        now = self._clock.now()
        return next((key for key in refs if self._health.look(leg, key.id, now).state == "ready"), None)


async def _read(events: AsyncGenerator[RelayEvent, None], attempt: Attempted) -> AttemptOutcome:
    async with asyncio.timeout(_LONGEST), aclosing(events) as stream:
        async for _ in stream:
            pass
    return "failed" if attempt.failure is not None else "answered"
