"""The first column of the settings: the way back, and the sections."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import Button, button
from ui.settings.form import column
from ui.settings.kinds import rows
from ui.settings.lists import SectionList
from ui.settings.parts import Side
from ui.theme import Theme


class SideColumn(Side):
    """`back` leads out of the settings and is their heading, too; in `box` it stands over the sections."""

    def __init__(self, theme: Theme, sections: SectionList) -> None:
        super().__init__(theme)
        self.setFixedWidth(180)
        self.back: Button = button(tr("settings.title"), "flat", icon="chevron-left", align_left=True)
        self.back.setAccessibleName(tr("settings.back"))
        self.back.setFont(theme.font("header"))
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 8, 4)
        row.addWidget(self.back, 1)
        self.box: QVBoxLayout = column(self, spacing=4, margins=(0, 7, 1, 8))
        self.box.addWidget(head)
        self.box.addWidget(sections, 1)
        for name, text, icon in rows():
            sections.add(name, text, icon)
