"""The sections that show rather than set: shortcuts, about."""

from __future__ import annotations

from collections.abc import Sequence

from app.i18n import tr
from ui.controls import label
from ui.settings.form import Adaptive, Card, wrapping
from ui.settings.sections import Section
from ui.settings.values import Licence, Shortcut
from ui.theme import Theme


class _Listing(Section):
    """A section whose one card is filled with lines."""

    def __init__(self, theme: Theme, title: str, caption: str = "") -> None:
        super().__init__(theme, title, caption)
        self.card: Card = self.group("")
        self.box.addStretch(1)

    def show_settings(self, settings: object) -> None:
        """Nothing here follows the settings."""


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
