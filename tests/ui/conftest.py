"""What widget tests share: a theme that is applied, a clock that is set, legs and conversations."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from ui import theme as themes
from ui.theme import Theme


@pytest.fixture(params=["light", "dark"])
def both_themes(qapp: QApplication, request: pytest.FixtureRequest) -> Theme:
    """Each theme in turn, applied."""
    theme = themes.load_theme(request.param)
    themes.apply(qapp, theme, details=True)
    return theme


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light theme, applied."""
    theme = themes.load_theme("light")
    themes.apply(qapp, theme, details=True)
    return theme
