"""Serves the settings' section about the desktop."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from app.errors import KnownError
from app.settings import SettingsService
from app.shortcuts import parts
from ui.desktop.hotkey import COMMAND, parse
from ui.desktop.hotkeys import Hotkeys
from ui.desktop.tray import available
from ui.keys import listing
from ui.keys.in_force import resolved, shown
from ui.settings.desktop import DesktopSection


def serve(
    section: object, settings: SettingsService, hotkeys: Hotkeys, tell: Callable[[BaseException], None]
) -> None:
    """Fill the section and carry out what the user wishes there."""
    assert isinstance(section, DesktopSection)
    command = own_command()

    def show() -> None:
        section.show_keys(hotkeys.words, "ink-3" if hotkeys.good else "cool")

    def choose(keys: str) -> None:
        try:
            if keys:
                parse(keys)
                _leave_ours(keys, settings)
            settings.change(quick_keys=keys)
        except KnownError as error:
            section.show_settings(settings.current)
            section.show_keys(str(error), "bad")

    def copy() -> None:
        QGuiApplication.clipboard().setText(command)

    section.show_command(command)
    section.show_tray(available())
    section.keys.setEnabled(hotkeys.possible)
    section.keys_chosen.connect(choose)
    section.command_copied.connect(copy)
    hotkeys.told.connect(show)
    section.destroyed.connect(lambda: hotkeys.told.disconnect(show))
    show()


def _leave_ours(keys: str, settings: SettingsService) -> None:
    """Keys for every program would never reach an action of the window that has them. Raises `KnownError`."""
    for action, taken in resolved(settings.current.shortcuts).items():
        if keys in parts(taken):
            raise KnownError("desktop.keys_ours", keys=shown(keys), action=listing.name(action))


def own_command() -> str:
    """What a desktop's own shortcut must run: this very program, wherever it is installed."""
    program = Path(sys.executable if getattr(sys, "frozen", False) else sys.argv[0])
    if program.stem.startswith("jieli") and program.is_absolute() and program.exists():
        return f"{shlex.quote(str(program))} --quick-ask"
    return COMMAND
