"""The real window: shortcuts are changed and work at once, settings are taken back across language and theme,
and a setting is found by what it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.i18n import set_language, tr
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer
from ui.keys import in_force

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


def _settings(window: Opened, section: str) -> Any:
    return window.shell._wiring.pages.show_settings(section)


def _press(window: Opened, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    top = window.shell.window
    QTest.keyClick(top.focusWidget() or top, key, held)


async def _kept(window: Opened) -> None:
    """Wait until what was just done is a step of its own."""
    await window.until(lambda: not window.shell._undo._open)


def _said(window: Opened) -> str:
    bar: QWidget = window.shell.window.toast
    return bar.findChildren(QLabel)[0].text() if bar.isVisible() else ""


def test_shortcuts_are_changed_and_settings_taken_back(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "home"

    async def change() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            shell, settings = window.shell, window.core.settings
            shell.window.activateWindow()
            await window.until(shell.window.isActiveWindow)
            page = _settings(window, "shortcuts")
            rows = page.section("shortcuts").rows

            # Keys are taken by the keyboard alone, and work at once.
            rows["new"].keys.setFocus()
            _press(window, KEY.Key_Return)
            assert rows["new"].keys.listens
            _press(window, KEY.Key_C, CTRL)
            assert rows["new"].keys.listens
            assert "编辑" in rows["new"].question.words.text()
            _press(window, KEY.Key_J, CTRL | SHIFT)
            assert settings.current.shortcuts == {"new": "Ctrl+Shift+J"}
            await _kept(window)
            assert shell.window.sidebar.new_button.hint == in_force.spaced("new") == "Ctrl Shift J"
            assert "Ctrl+Shift+J" in shell.window.header.new_button.toolTip()
            shell.window.show_page("chat")
            told: list[int] = []
            shell.window.new_requested.connect(lambda: told.append(1))
            _press(window, KEY.Key_N, CTRL)
            assert told == []
            _press(window, KEY.Key_J, CTRL | SHIFT)
            assert told == [1]

            # What is taken is asked for; the one it is taken from has none.
            _settings(window, "shortcuts")
            rows["quota"].keys.setFocus()
            _press(window, KEY.Key_Return)
            _press(window, KEY.Key_B, CTRL)
            assert "侧栏" in rows["quota"].question.words.text()
            assert rows["quota"].question.take.hasFocus()
            assert settings.current.shortcuts == {"new": "Ctrl+Shift+J"}
            _press(window, KEY.Key_Space)
            assert (in_force.keys("quota"), in_force.keys("sidebar")) == ("Ctrl+B", "")
            assert rows["sidebar"].keys.text() == "无"
            await _kept(window)
            assert shell.window.sidebar.hide_button.toolTip() == "收起侧栏"

            # Esc changes nothing and stays in the settings; Delete takes the keys away.
            rows["editor"].keys.setFocus()
            _press(window, KEY.Key_Return)
            _press(window, KEY.Key_Escape)
            assert shell.window.page() == "settings"
            assert in_force.keys("editor") == "Ctrl+L"
            _press(window, KEY.Key_Delete)
            assert in_force.keys("editor") == ""
            await _kept(window)

            # Each change goes back, in order, and comes again.
            _press(window, KEY.Key_Z, CTRL)
            assert in_force.keys("editor") == "Ctrl+L"
            assert _said(window) == "“到输入框”改回 Ctrl+L"
            _press(window, KEY.Key_Z, CTRL)
            assert (in_force.keys("quota"), in_force.keys("sidebar")) == ("Ctrl+Shift+E", "Ctrl+B")
            _press(window, KEY.Key_Z, CTRL)
            assert settings.current.shortcuts == {}
            _press(window, KEY.Key_Z, CTRL)
            _press(window, KEY.Key_Z, CTRL | SHIFT)
            assert settings.current.shortcuts == {"new": "Ctrl+Shift+J"}

            # The spend guard, the region of a provider, and what only a number says.
            page = _settings(window, "spend")
            before = settings.current
            page.section("spend")._spend._buttons["allow"].click()
            page.region_chosen.emit("zhipu", "intl")
            await _kept(window)
            page.section("relay")._attempts.stepUp()
            await _kept(window)
            assert settings.current.max_attempts == before.max_attempts + 1
            page.sections.setFocus()
            _press(window, KEY.Key_Z, CTRL)
            assert _said(window).endswith(f"改回 {before.max_attempts}")
            _press(window, KEY.Key_Z, CTRL)
            assert settings.current == before

            # A change by the program itself is not the user's to take back.
            settings.change_by_itself(sync_user="somebody")
            _press(window, KEY.Key_Z, CTRL)
            assert settings.current.sync_user == "somebody"
            assert settings.current.shortcuts == {}

            # Language and theme bring another window; the steps outlive it.
            old = shell.window
            settings.change(font_size=17)
            await window.until(lambda: shell._standing and shell.window is not old)
            settings.change(language="en")
            await window.until(lambda: shell._standing and shell.window.page() == "settings")
            assert shell.window.sidebar.new_button.text() == "New chat"
            QTest.keyClick(shell.window, KEY.Key_Z, CTRL)
            await window.until(lambda: shell._standing and settings.current.language == "system")
            QTest.keyClick(shell.window, KEY.Key_Z, CTRL)
            await window.until(lambda: shell._standing and settings.current.font_size == 15)
            assert _said(window) == f"“{tr('settings.font_size')}”改回 15"
            # In the conversation the key takes back what was done there, not settings.
            QTest.keyClick(shell.window, KEY.Key_Z, CTRL | SHIFT)
            await window.until(lambda: shell._standing and settings.current.font_size == 17)
            shell.window.show_page("chat")
            QTest.keyClick(shell.window, KEY.Key_Z, CTRL)
            assert settings.current.font_size == 17

    try:
        run(change())
    finally:
        in_force.choose({})
        set_language("zh")
