"""The question before something is opened."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.ask_dialog import AskDialog
from ui.links import ask_to_open


class _Opener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.opened.append(url.toString())


def _dialog(parent: QWidget) -> AskDialog:
    return parent.findChildren(AskDialog)[-1]


def test_a_link_is_opened_only_when_the_user_agrees(qtbot: QtBot) -> None:
    parent, opener = QWidget(), _Opener()
    qtbot.addWidget(parent)
    QDesktopServices.setUrlHandler("https", opener, "take")  # pyright: ignore[reportArgumentType] - a name is what it takes
    try:
        for agree in (False, True):
            ask_to_open(parent, "https://a.example/x?y=1")
            dialog = _dialog(parent)
            qtbot.waitUntil(dialog.isVisible, timeout=20_000)
            words = [one.text() for one in dialog.findChildren(QLabel)]
            assert "a.example" in words[0] and words[1] == "https://a.example/x?y=1"
            assert dialog.focusWidget() is dialog.stop, "Enter alone opens nothing"
            QTest.mouseClick(dialog.go if agree else dialog.stop, Qt.MouseButton.LeftButton)
            assert opener.opened == (["https://a.example/x?y=1"] if agree else [])
    finally:
        QDesktopServices.unsetUrlHandler("https")


def test_what_is_not_opened_is_said_and_nothing_is_offered(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    ask_to_open(parent, "file:///etc/passwd")
    dialog = _dialog(parent)
    qtbot.waitUntil(dialog.isVisible, timeout=20_000)
    assert not dialog.go.isVisible() and "file" in dialog.findChildren(QLabel)[0].text()
