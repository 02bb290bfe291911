"""The theme for the widgets of the settings and first-run pages."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from ui.theme import Theme, apply, load_theme


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    made = load_theme("light")
    apply(qapp, made)
    return made
