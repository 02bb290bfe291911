"""Carries out what the card of the data section asks for: an export of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.exchange.export_card import ExportCard
from ui.wishes import Wishes

if TYPE_CHECKING:
    from ui.settings.data import DataSection
    from ui.settings.page import SettingsPage


class ExportAll:
    """An export of no conversations by name is one of all."""

    def __init__(self, page: SettingsPage, wishes: Wishes) -> None:
        self._wishes = wishes
        page.serve("data", self._serve)

    def _serve(self, section: DataSection) -> None:
        card = section.cards["export"]
        assert isinstance(card, ExportCard)
        card.export_requested.connect(lambda: self._wishes.exported.emit([]))

    def detach(self) -> None:
        """Nothing is held."""
