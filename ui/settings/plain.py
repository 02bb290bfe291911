"""The section that shows rather than sets: about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.i18n import tr
from ui.controls import label
from ui.settings.form import Adaptive, Card, wrapping
from ui.settings.release_card import ReleaseCard
from ui.settings.sections import Section
from ui.settings.values import Licence


class AboutSection(Section):
    """Version, and what the program is made of."""

    TITLE = "settings.section.about"
    CAPTION = "settings.about.caption"

    def build(self) -> Iterator[None]:
        self.releases = ReleaseCard(self.theme)
        self.box.insertWidget(1, self.releases)
        self.card: Card = self.group("")
        yield
        self.box.addStretch(1)

    def show_settings(self, settings: object) -> None:
        """Nothing here follows the settings."""

    def filling(self, version: str, licences: Iterable[Licence]) -> Iterator[None]:
        """Show the version and the run-time dependencies with their licences, a row at a time."""
        self.card.clear()
        head = wrapping(tr("settings.about.version", version=version), "control-bold", "ink")
        self.card.add(head)
        self.card.add(wrapping(tr("settings.about.licences"), "caption", "ink-3"))
        for licence in licences:
            name = wrapping(f"{licence.name} {licence.version}".rstrip(), "control", "ink")
            self.card.add(Adaptive(name, label(licence.licence, "caption", "ink-3")))
            yield
