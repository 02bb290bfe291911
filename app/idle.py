"""What the program does for a conversation when nothing else is going on: a better title, a summary."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.directory import Directory
from app.errors import KnownError
from app.relay.estimate import Estimator
from app.relay.health import Health
from app.relay.ports import Books, Journal, Keys
from app.settings import Settings
from app.side_asks import SideAsks
from app.store.store import Store
from app.summaries import Summaries
from app.titles import Titles
from providers.base import Wire

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IdleWork:
    """The jobs there are. Each asks a free leg at most once and may be cancelled at any time."""

    titles: Titles
    summaries: Summaries

    def wanted(self) -> bool:
        """Whether the user wants any of it."""
        return self.titles.wanted() or self.summaries.wanted()

    async def after(self, conversation: str) -> None:
        """Do what a conversation can use now. What fails is left for another time."""
        try:
            await self.titles.improve(conversation)
            await self.summaries.refresh(conversation)
        except KnownError as error:
            _log.info("nothing done for a conversation while idle: %s", error)


def idle_work(
    *,
    store: Store,
    directory: Directory,
    settings: Callable[[], Settings],
    keys: Keys,
    wire: Wire,
    health: Health,
    journal: Journal,
    books: Books,
    estimator: Estimator,
    clock: Clock,
) -> IdleWork:
    """Put it together."""
    asks = SideAsks(
        keys=keys,
        wire=wire,
        health=health,
        journal=journal,
        books=books,
        estimator=estimator,
        clock=clock,
    )
    return IdleWork(
        Titles(store, asks, directory, lambda: settings().auto_title),
        Summaries(store, asks, directory, lambda: settings().auto_summary),
    )
