"""The keys for every program are refused where they would take one from the window itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.errors import KnownError
from app.settings import SettingsFile, SettingsService
from ui.desktop.hotkeys import Hotkeys
from ui.desktop.settings import serve
from ui.settings.desktop import DesktopSection
from ui.theme import load_theme


def test_keys_of_the_window_stay_the_windows(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise KnownError("desktop.no_keys", command="jieli --quick-ask")

    settings = SettingsService(SettingsFile(tmp_path / "settings.json"))
    monkeypatch.setattr(settings.file, "save_soon", lambda _newest: None)
    section = DesktopSection(load_theme("light"))
    qtbot.addWidget(section)
    hotkeys = Hotkeys(lambda: None, lambda: None, lambda *_: None, none)  # type: ignore[arg-type]
    serve(section, settings, hotkeys, lambda error: pytest.fail(str(error)))
    section.keys_chosen.emit("Ctrl+K")
    assert settings.current.quick_keys == ""
    assert "Ctrl+K" in section.keys_state.text()
    section.keys_chosen.emit("Ctrl+Alt+J")
    assert settings.current.quick_keys == "Ctrl+Alt+J"
    # Free once the action has others.
    settings.change(shortcuts={"palette": "Ctrl+P"})
    section.keys_chosen.emit("Ctrl+K")
    assert settings.current.quick_keys == "Ctrl+K"
