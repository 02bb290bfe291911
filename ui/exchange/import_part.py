"""Serves the card of the data section that imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.exchange.imports.job import ImportJob, Stand
from ui.exchange.import_card import ImportCard
from ui.exchange.importing import told

if TYPE_CHECKING:
    from ui.settings.data import DataSection
    from ui.settings.page import SettingsPage


class ImportPart:
    """`choose(True = a whole folder)` asks what to import; `count` hears that one that was seen has ended."""

    def __init__(
        self,
        page: SettingsPage,
        job: ImportJob,
        choose: Callable[[bool], None],
        count: Callable[[], None],
    ) -> None:
        self._job = job
        self._choose = choose
        self._count = count
        self._running = False
        self._card: ImportCard | None = None
        self._end = job.subscribe(self._news)
        page.serve("data", self._serve)

    def detach(self) -> None:
        """Let go of the service; the page is about to be thrown away."""
        self._end()
        self._card = None

    def _serve(self, section: DataSection) -> None:
        card = section.cards["import"]
        assert isinstance(card, ImportCard)
        self._card = card
        card.files_wanted.connect(lambda: self._choose(False))
        card.folder_wanted.connect(lambda: self._choose(True))
        card.stop_requested.connect(self._job.stop)
        card.closed.connect(self._job.forget)
        self._news(self._job.stand)

    def _news(self, stand: Stand) -> None:
        card = self._card
        if card is None:
            return
        if stand.running:
            self._running = True
            card.show_running(stand.name, stand.share, stand.conversations, stopping=stand.stopping)
            return
        if self._running:
            self._running = False
            self._count()
        heading, sentences, left = told(stand)
        if heading:
            card.show_report(heading, sentences, left)
        else:
            card.show_offer()
