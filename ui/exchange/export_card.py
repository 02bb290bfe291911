"""The card of the data section that exports everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.i18n import tr
from ui.controls import button
from ui.settings.data_card import DataCard, two_lines
from ui.settings.form import Adaptive
from ui.theme import Theme
from ui.wishes import Wishes

if TYPE_CHECKING:
    from ui.settings.data import DataSection
    from ui.settings.page import SettingsPage


class ExportCard(DataCard):
    """`export_requested()`."""

    export_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("export.heading"))
        self.button = button(tr("sidebar.export"), size="small", icon="export")
        self.button.setAccessibleName(tr("export.everything"))
        self.button.clicked.connect(self.export_requested)
        self.card.add(Adaptive(two_lines(tr("export.everything"), tr("export.everything.note")), self.button))


class ExportAll:
    """Carries out what the card asks for: an export of no conversations by name is one of all."""

    def __init__(self, page: SettingsPage, wishes: Wishes) -> None:
        self._wishes = wishes
        page.serve("data", self._serve)

    def _serve(self, section: DataSection) -> None:
        card = section.cards["export"]
        assert isinstance(card, ExportCard)
        card.export_requested.connect(lambda: self._wishes.exported.emit([]))

    def detach(self) -> None:
        """Nothing is held."""
