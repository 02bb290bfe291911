"""The card that lists the folders in which things are kept."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.settings.data_card import DataCard
from ui.settings.form import Adaptive, column, wrapping
from ui.settings.values import Folder
from ui.theme import Theme


class FoldersCard(DataCard):
    """`folder_opened(path)`."""

    folder_opened = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("data.folders"))

    def show_folders(self, folders: Sequence[Folder]) -> None:
        """List these folders."""
        self.card.clear()
        for folder in folders:
            words = QWidget()
            lines = column(words, spacing=1)
            lines.addWidget(label(folder.name, "control", "ink"))
            lines.addWidget(breakable(folder.path))
            open_it = button(tr("settings.data.open"), size="small", icon="folder")
            open_it.setAccessibleName(tr("settings.data.open.of", name=folder.name))
            open_it.clicked.connect(lambda _=False, p=folder.path: self.folder_opened.emit(p))
            self.card.add(Adaptive(words, open_it))


def breakable(path: str) -> QWidget:
    """A path that may break after any separator."""
    made = wrapping(path.replace("/", "/\u200b").replace("\\", "\\\u200b"), "caption", "ink-3")
    made.setToolTip(path)
    made.setAccessibleName(path)
    return made
