"""The same theme as for the settings page."""

from __future__ import annotations

from tests.ui.settings.conftest import theme as theme
