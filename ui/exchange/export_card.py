"""The card of the data section that exports everything."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.i18n import tr
from ui.controls import button
from ui.settings.data_card import DataCard, two_lines
from ui.settings.form import Adaptive
from ui.theme import Theme


class ExportCard(DataCard):
    """`export_requested()`."""

    export_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("export.heading"))
        self.button = button(tr("sidebar.export"), size="small", icon="export")
        self.button.setAccessibleName(tr("export.everything"))
        self.button.clicked.connect(self.export_requested)
        self.card.add(Adaptive(two_lines(tr("export.everything"), tr("export.everything.note")), self.button))
