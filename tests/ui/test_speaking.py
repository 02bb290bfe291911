from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app import i18n
from app.i18n import chosen_language, set_language, tr
from ui import speaking
from ui import theme as themes


@pytest.fixture(autouse=True)
def chinese_again() -> Iterator[None]:
    yield
    set_language("zh")


def test_without_chinese_characters_english_is_spoken_and_said_why(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(themes, "has_chinese", lambda: False)
    speaking.speak("zh")
    assert i18n.language() == "en" and speaking.wants_font("zh")
    assert "fonts-noto-cjk" in tr("shell.no_chinese_font")
    speaking.speak("en")
    assert not speaking.wants_font("en")
    monkeypatch.setattr(themes, "has_chinese", lambda: True)
    speaking.speak("zh")
    assert i18n.language() == "zh" and not speaking.wants_font("zh")


def test_whether_there_are_chinese_characters_is_asked_of_the_fonts(
    qapp: QApplication,
) -> None:
    known = any("CJK" in name or "Micro Hei" in name for name in themes.ui_families())
    assert themes.has_chinese() or not known


def test_the_environment_goes_before_the_settings() -> None:
    assert chosen_language("en", {i18n.OVERRIDE: "zh"}) == "zh"
    assert chosen_language("zh", {i18n.OVERRIDE: "pseudo"}) == "pseudo"
    assert chosen_language("zh", {i18n.OVERRIDE: "de"}) == "zh"
    assert chosen_language("system", {"LANG": "en_GB.UTF-8"}) == "en"


def test_pseudo_is_english_made_longer() -> None:
    set_language("en")
    plain = tr("settings.density.note")
    set_language("pseudo")
    assert i18n.language() == "en"
    longer = tr("settings.density.note")
    assert longer.startswith("[") and longer.endswith("]")
    assert 1.3 * len(plain) < len(longer) < 1.6 * len(plain)
    set_language("en")
    assert tr("settings.density.note") == plain


def test_strokes_are_set_only_where_nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    environ = dict(os.environ)
    environ.pop("FREETYPE_PROPERTIES", None)
    themes.even_strokes(environ)
    assert environ["FREETYPE_PROPERTIES"].startswith("cff:darkening-parameters=")
    chosen = {"FREETYPE_PROPERTIES": "truetype:interpreter-version=35"}
    themes.even_strokes(chosen)
    assert chosen == {"FREETYPE_PROPERTIES": "truetype:interpreter-version=35"}
