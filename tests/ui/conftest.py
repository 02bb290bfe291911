"""What widget tests share: a theme that is applied, a clock that is set, legs and conversations."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.samples import SetClock
from ui import theme as themes
from ui.composer import Composer
from ui.relay_strip import RelayStrip
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


@pytest.fixture
def clock() -> SetClock:
    """Stands still unless it is told to go."""
    return SetClock()


@pytest.fixture
def composer(theme: Theme, qtbot: QtBot) -> Composer:
    """On the screen, with the keyboard."""
    made = Composer(theme, RelayStrip(theme, SetClock()))
    qtbot.addWidget(made)
    made.resize(600, made.sizeHint().height())
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.setFocus()
    return made
