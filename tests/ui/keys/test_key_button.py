"""The button that takes new keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ui.keys.key_button import KeyButton
from ui.theme import Theme

KEY, MODIFIER = Qt.Key, Qt.KeyboardModifier


@pytest.mark.parametrize("key", [KEY.Key_Super_L, KEY.Key_CapsLock, KEY.Key_Control])
def test_a_key_that_is_only_held_is_waited_over(theme: Theme, qtbot: QtBot, key: Qt.Key) -> None:
    made, pressed = KeyButton("新对话"), list[str]()
    qtbot.addWidget(made)
    made.pressed_keys.connect(pressed.append)
    made.listen()
    qtbot.keyClick(made, key, MODIFIER.MetaModifier)
    assert made.listens and pressed == []
    qtbot.keyClick(made, KEY.Key_J, MODIFIER.ControlModifier | MODIFIER.AltModifier)
    assert pressed == ["Ctrl+Alt+J"]
