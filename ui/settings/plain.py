"""The sections that show rather than set: data folders, shortcuts, about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.settings.form import Adaptive, Card, column, wrapping
from ui.settings.sections import Section
from ui.settings.values import Folder, Licence, Shortcut
from ui.theme import Theme


class _Listing(Section):
    """A section whose one card is filled with lines."""

    def __init__(self, theme: Theme, title: str, caption: str = "") -> None:
        super().__init__(theme, title, caption)
        self.card: Card = self.group("")
        self.box.addStretch(1)

    def show_settings(self, settings: object) -> None:
        """Nothing here follows the settings."""


class DataSection(_Listing):
    """Where things are kept. `folder_opened(path)`."""

    folder_opened = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("settings.section.data"), tr("settings.data.caption"))

    def show_folders(self, folders: Sequence[Folder]) -> None:
        """List these folders."""
        self.card.clear()
        for folder in folders:
            words = QWidget()
            lines = column(words, spacing=1)
            lines.addWidget(label(folder.name, "control", "ink"))
            path = breakable(folder.path)
            lines.addWidget(path)
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


class ShortcutsSection(_Listing):
    """Every shortcut of the window."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("settings.section.shortcuts"))

    def show_shortcuts(self, shortcuts: Sequence[Shortcut]) -> None:
        """List these shortcuts."""
        self.card.clear()
        for shortcut in shortcuts:
            keys = label(shortcut.keys, "control", "ink-2")
            keys.setAccessibleName(f"{shortcut.action}: {shortcut.keys}")
            self.card.add(Adaptive(wrapping(shortcut.action, "control", "ink"), keys))


class AboutSection(_Listing):
    """Version, and what the program is made of."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("settings.section.about"), tr("settings.about.caption"))

    def show_about(self, version: str, licences: Sequence[Licence]) -> None:
        """Show the version and the run-time dependencies with their licences."""
        self.card.clear()
        head = wrapping(tr("settings.about.version", version=version), "control-bold", "ink")
        self.card.add(head)
        self.card.add(wrapping(tr("settings.about.licences"), "caption", "ink-3"))
        for licence in licences:
            name = wrapping(f"{licence.name} {licence.version}".rstrip(), "control", "ink")
            self.card.add(Adaptive(name, label(licence.licence, "caption", "ink-3")))
