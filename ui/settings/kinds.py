"""The sections of the settings page in order: what each is called, its icon, its class."""

from __future__ import annotations

from collections.abc import Iterator

from app.i18n import tr
from ui.assistants.section import AssistantsSection
from ui.settings.appearance import AppearanceSection
from ui.settings.catalogue_section import CatalogueSection
from ui.settings.data import DataSection
from ui.settings.desktop import DesktopSection
from ui.settings.grants import GrantsSection
from ui.settings.key_storage import KeyStorageSection
from ui.settings.network import NetworkSection
from ui.settings.plain import AboutSection
from ui.settings.sections import RelaySection, Section, SpendSection
from ui.settings.shortcuts import ShortcutsSection

KINDS: dict[str, type[Section]] = {
    "storage": KeyStorageSection,
    "relay": RelaySection,
    "spend": SpendSection,
    "grants": GrantsSection,
    "assistants": AssistantsSection,
    "appearance": AppearanceSection,
    "desktop": DesktopSection,
    "data": DataSection,
    "facts": CatalogueSection,
    "network": NetworkSection,
    "shortcuts": ShortcutsSection,
    "about": AboutSection,
}
SECTIONS = ("providers", *KINDS)


def rows() -> Iterator[tuple[str, str, str]]:
    """Name, text and icon of every section, the providers first."""
    yield "providers", tr("settings.section.providers"), "key"
    yield "storage", tr("keystorage.title"), "lock"
    yield "relay", tr("settings.section.relay"), "relay"
    yield "spend", tr("settings.section.spend"), "shield"
    yield "grants", tr("grants.section"), "quota"
    yield "assistants", tr("settings.section.assistants"), "chat"
    yield "appearance", tr("settings.section.appearance"), "appearance"
    yield "desktop", tr("settings.section.desktop"), "computer"
    yield "data", tr("settings.section.data"), "data"
    yield "facts", tr("facts.title"), "import"
    yield "network", tr("settings.section.network"), "globe"
    yield "shortcuts", tr("settings.section.shortcuts"), "keyboard"
    yield "about", tr("settings.section.about"), "info"
