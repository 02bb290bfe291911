"""The language the window speaks and its looks, from the settings and from what this computer can show."""

from __future__ import annotations

from app.i18n import chosen_language, language, set_language
from app.settings import Settings
from ui import theme as themes
from ui.theme import Look


def speak(setting: str) -> None:
    """Speak the language chosen; English where it is Chinese and no font here has Chinese characters."""
    wanted = chosen_language(setting)
    set_language("en" if wanted == "zh" and not themes.has_chinese() else wanted)


def wants_font(setting: str) -> bool:
    """Whether English is spoken only because no font here has Chinese characters."""
    return language() == "en" and chosen_language(setting) == "zh"


def look(settings: Settings) -> Look:
    """The looks the settings ask for."""
    return Look(
        body_size=settings.font_size,
        accent=settings.accent,
        text_font=settings.text_font,
        code_font=settings.code_font,
        dense=settings.density == "compact",
    )
