from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.samples import SetClock
from ui.composer import Composer
from ui.relay_strip import RelayStrip
from ui.theme import Theme

KEY = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize(
    ("send_key", "modifier", "sends"),
    [
        ("enter", NONE, True),
        ("enter", SHIFT, False),
        ("enter", CTRL, True),
        ("enter", Qt.KeyboardModifier.KeypadModifier, True),
        ("ctrl_enter", NONE, False),
        ("ctrl_enter", SHIFT, False),
        ("ctrl_enter", CTRL, True),
    ],
)
def test_which_key_sends(
    composer: Composer, qtbot: QtBot, send_key: str, modifier: Qt.KeyboardModifier, sends: bool
) -> None:
    composer.set_send_key(send_key)  # type: ignore[arg-type]
    sent: list[str] = []
    composer.send_requested.connect(sent.append)
    composer.set_text("你好")
    qtbot.keyClick(composer.editor, KEY.Key_Return, modifier)
    assert sent == (["你好"] if sends else [])
    assert composer.text() == ("你好" if sends else "你好\n"), "sending leaves clearing to the owner"


def test_never_sends_while_composing(composer: Composer, qtbot: QtBot) -> None:
    sent: list[str] = []
    composer.send_requested.connect(sent.append)
    composer.set_text("你")
    QApplication.sendEvent(composer.editor, QInputMethodEvent("ni hao", []))
    qtbot.keyClick(composer.editor, KEY.Key_Return)
    assert sent == []
    done = QInputMethodEvent("", [])
    done.setCommitString("你好")
    composer.set_text("")
    QApplication.sendEvent(composer.editor, done)
    qtbot.keyClick(composer.editor, KEY.Key_Return)
    assert len(sent) == 1
    assert sent[0].endswith("你好")


@pytest.mark.parametrize("text", ["", "  \n \t "])
def test_blank_is_not_sent(composer: Composer, qtbot: QtBot, text: str) -> None:
    composer.set_text(text)
    assert not composer.send_button.isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Return)


def test_running_turns_send_into_stop(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("再问")
    with qtbot.assertNotEmitted(composer.stop_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Escape)
    composer.set_running(True)
    assert composer.stop_button.isVisible()
    assert not composer.send_button.isVisible()
    with qtbot.assertNotEmitted(composer.send_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Return)
    with qtbot.waitSignal(composer.stop_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Escape)
    with qtbot.waitSignal(composer.stop_requested):
        qtbot.mouseClick(composer.stop_button, Qt.MouseButton.LeftButton)
    composer.set_running(False)
    assert composer.send_button.isVisible()
    with qtbot.waitSignal(composer.send_requested):
        qtbot.mouseClick(composer.send_button, Qt.MouseButton.LeftButton)


def test_grows_to_a_third_of_the_window(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    composer = Composer(theme, RelayStrip(theme, SetClock()))
    column = QVBoxLayout(window)
    column.addStretch(1)
    column.addWidget(composer)
    window.resize(640, 750)
    window.show()
    two = composer.editor.height()
    composer.set_text("一\n二")
    assert composer.editor.height() == two
    composer.set_text("\n".join("x" * 5))
    five = composer.editor.height()
    composer.set_text("\n".join("x" * 10))
    ten = composer.editor.height()
    composer.set_text("\n".join("x" * 400))
    assert two < five < ten
    assert ten < composer.editor.height() == 250
    window.resize(640, 1200)
    qtbot.waitUntil(lambda: composer.editor.height() == 400)
    composer.set_text("长" * 400)
    assert composer.editor.height() > five, "wrapped lines count"
    composer.clear()
    assert composer.editor.height() == two


def test_pastes_plain_text(composer: Composer) -> None:
    data = QMimeData()
    data.setHtml("<b style='color:red'>粗</b>")
    data.setText("粗\r\n体\r字")
    composer.editor.insertFromMimeData(data)
    assert composer.text() == "粗\n体\n字"
    pictures = QMimeData()
    pictures.setUrls([QUrl("file:///tmp/a.png")])
    pictures.removeFormat("text/plain")
    assert composer.editor.canInsertFromMimeData(data)


def test_tells_changes_and_estimates(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.text_changed):
        composer.set_text("问")
    with qtbot.assertNotEmitted(composer.text_changed):
        composer.set_text("问")
    composer.set_estimate("约 1,460 token · 够用")
    composer.set_estimate("不够：混元还剩 0.3 万", False)
    colour = composer._estimate.palette().windowText().color().name()
    assert colour == composer._theme.color("cool").name()
    composer.set_enabled(False)
    assert not composer.send_button.isEnabled()


def test_thinking(composer: Composer, qtbot: QtBot) -> None:
    assert composer.thinking() is None
    composer.thinking_button.click()
    (menu,) = composer.findChildren(QMenu)
    assert [a.text() for a in menu.actions()] == ["自动", "开", "关"]
    assert [a.isChecked() for a in menu.actions()] == [True, False, False]
    with qtbot.waitSignal(composer.thinking_changed) as caught:
        menu.actions()[1].trigger()
    assert caught.args == [True]
    assert composer.thinking() is True
    assert composer.thinking_button.text() == "思考：开"
    menu.close()


def test_tab_leaves_the_editor(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("x")
    qtbot.keyClick(composer.editor, KEY.Key_Tab)
    assert not composer.editor.hasFocus()
    assert composer.text() == "x"


def test_the_cursor_comes_to_rest(composer: Composer, qtbot: QtBot) -> None:
    hints = QGuiApplication.styleHints()
    usual = hints.cursorFlashTime()
    assert usual > 0
    assert composer.editor._rest.isActive()
    composer.editor._rest.timeout.emit()
    assert hints.cursorFlashTime() == 0
    qtbot.keyClick(composer.editor, KEY.Key_A)
    assert hints.cursorFlashTime() == usual
    composer.editor._rest.timeout.emit()
    composer.send_button.setFocus()
    assert hints.cursorFlashTime() == usual, "other fields blink as usual"
    assert not composer.editor._rest.isActive()
