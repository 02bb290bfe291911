"""The section about the data: a plain list of cards, each in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.exchange.export_card import ExportCard
from ui.exchange.import_card import ImportCard
from ui.settings.data_backup import BackupCard
from ui.settings.data_erase import EraseCard
from ui.settings.data_folders import FoldersCard
from ui.settings.data_snapshots import SnapshotsCard
from ui.settings.data_space import SpaceCard
from ui.settings.data_sync import SyncCard
from ui.settings.sections import Section
from ui.settings.values import Folder
from ui.theme import Theme

CARDS: tuple[tuple[str, Callable[[Theme], QWidget]], ...] = (
    ("space", SpaceCard),
    ("import", ImportCard),
    ("export", ExportCard),
    ("snapshots", SnapshotsCard),
    ("backup", BackupCard),
    ("sync", SyncCard),
    ("folders", FoldersCard),
    ("erase", EraseCard),
)  # fmt: skip
"""Every card by name, from top to bottom. What it does is its presenter's: `ui/presenters/data.py`."""


class DataSection(Section):
    """Where things are kept, and what can be done with all of it. `folder_opened(path)`."""

    TITLE = "settings.section.data"
    CAPTION = "settings.data.caption"

    folder_opened = Signal(str)

    def build(self) -> Iterator[None]:
        self.cards: dict[str, QWidget] = {}
        for name, make in CARDS:
            self.cards[name] = make(self.theme)
            self.box.addWidget(self.cards[name])
            yield
        self.box.addStretch(1)
        self._folders = self.cards["folders"]
        assert isinstance(self._folders, FoldersCard)
        self._folders.folder_opened.connect(self.folder_opened)

    def show_settings(self, settings: object) -> None:
        """Tell the cards that follow the settings."""
        for card in self.cards.values():
            follow = getattr(card, "show_settings", None)
            if follow is not None:
                follow(settings)

    def show_folders(self, folders: Sequence[Folder]) -> None:
        """List these folders."""
        assert isinstance(self._folders, FoldersCard)
        self._folders.show_folders(folders)
