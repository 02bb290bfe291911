"""What stands over a new window until its page is there: the picture of the old one; no key goes astray."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QPixmap
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.errors import KnownError
from tests.ui.test_main_window import make
from ui import curtain
from ui.curtain import Curtain
from ui.main_window import MainWindow
from ui.staying import Staying, let_go
from ui.theme import Theme


def _type(window: MainWindow, letter: str) -> None:
    """A key as the system sends it: to the window, which finds who has the keyboard."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
        QCoreApplication.postEvent(window.windowHandle(), event)


def _compose(preedit: str, text: str) -> None:
    """What an input method sends: to whoever has the keyboard, past the window."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(text)
    QCoreApplication.sendEvent(QGuiApplication.focusObject(), event)


def _picture(window: MainWindow) -> QPixmap:
    picture = QPixmap(window.size())
    picture.fill(Qt.GlobalColor.red)
    return picture


async def _holds(field: QLineEdit, text: str) -> None:
    there = asyncio.Event()
    field.textChanged.connect(there.set)
    while field.text() != text:
        await there.wait()
        there.clear()


async def _has_keyboard(widget: QWidget) -> None:
    there, app = asyncio.Event(), QGuiApplication.instance()

    def look(_focus: object) -> None:
        there.set()

    app.focusObjectChanged.connect(look)
    while QGuiApplication.focusObject() is not widget:
        await there.wait()
        there.clear()
    app.focusObjectChanged.disconnect(look)


def test_a_picture_covers_the_window_until_its_page_is_there(run: Any, theme: Theme, qtbot: QtBot) -> None:
    window = make(theme, qtbot)
    window.composer.editor.setFocus()
    page = QWidget()
    field = QLineEdit(page)

    async def scenario() -> None:
        over = Curtain(window, "settings", _picture(window))
        over.keep_keys()
        for at in (window.rect().topLeft(), window.rect().center(), window.rect().bottomRight()):
            assert window.grab().toImage().pixelColor(at) == Qt.GlobalColor.red
        window.resize(1000, 700)
        assert window.grab().toImage().pixelColor(990, 690) == Qt.GlobalColor.red
        waiting = asyncio.ensure_future(over.lifted())
        _type(window, "a")
        await _has_keyboard(window.composer.editor)
        QCoreApplication.sendPostedEvents(window.windowHandle())
        _compose("ni", "")
        _compose("", "你")
        await asyncio.sleep(0.05)
        assert window.composer.text() == "" and not waiting.done()
        window.add_page("settings", page)
        window.show_page("settings")
        await waiting
        assert window.grab().toImage().pixelColor(500, 350) != Qt.GlobalColor.red
        field.setFocus()
        over.give_back()
        await _holds(field, "a你")
        _type(window, "b")
        await _holds(field, "a你b")
        _compose("", "好")
        assert field.text() == "a你b好" and window.composer.text() == ""

    run(scenario(), timeout=60)


def test_what_cannot_be_seen_comes_after_the_page(run: Any, theme: Theme, qtbot: QtBot) -> None:
    window = make(theme, qtbot)

    async def scenario() -> None:
        seen: list[str] = []

        async def behind() -> None:
            covered = window.grab().toImage().pixelColor(500, 350) == Qt.GlobalColor.red
            seen.append("covered" if covered else window.page())

        opening = asyncio.ensure_future(
            Curtain(window, "settings", _picture(window)).open(Staying(window), behind)
        )
        await asyncio.sleep(0.05)
        assert not seen
        window.add_page("settings", QWidget())
        window.show_page("settings")
        await opening
        assert seen == ["settings"]

    run(scenario(), timeout=60)


def test_where_what_lies_behind_cannot_be_fetched_the_keyboard_comes_back(
    run: Any, theme: Theme, qtbot: QtBot
) -> None:
    window = make(theme, qtbot)
    page, field = QWidget(), QLineEdit()

    async def scenario() -> None:
        async def behind() -> None:
            _type(window, "a")
            await asyncio.sleep(0.05)
            raise KnownError("store.refused", path="x", reason="y")

        opening = asyncio.ensure_future(
            Curtain(window, "settings", _picture(window)).open(Staying(window), behind)
        )
        await asyncio.sleep(0)
        window.add_page("settings", page)
        field.setParent(page)
        window.show_page("settings")
        field.show()
        field.setFocus()
        with pytest.raises(KnownError):
            await opening
        await _holds(field, "a")
        _type(window, "b")
        await _holds(field, "ab")

    run(scenario(), timeout=60)


def test_what_never_comes_is_not_waited_for(run: Any, theme: Theme, qtbot: QtBot, monkeypatch: Any) -> None:
    window = make(theme, qtbot)
    monkeypatch.setattr(curtain, "LONGEST_MS", 20)

    async def scenario() -> None:
        over = Curtain(window, "settings", _picture(window))
        over.keep_keys()
        await over.lifted()
        over.give_back()
        assert window.grab().toImage().pixelColor(500, 350) != Qt.GlobalColor.red
        # Where the page is there already, and where nothing was to be seen, nothing is waited for.
        for page, picture in (("chat", _picture(window)), ("chat", None)):
            there = Curtain(window, page, picture)
            there.keep_keys()
            await there.lifted()
            there.give_back()

    run(scenario(), timeout=60)


def test_a_window_goes_page_by_page(theme: Theme, qtbot: QtBot) -> None:
    window = make(theme, qtbot)
    inner = QStackedWidget()
    parts = [QWidget() for _ in range(3)]
    for part in parts:
        inner.addWidget(part)
    inner.setCurrentIndex(1)
    window.add_page("settings", inner)
    window.show_page("settings")
    window.hide()
    left = []
    for _ in let_go(window):
        left.append([isValid(part) for part in parts])
    assert left[:3] == [[False, True, True], [False, True, False], [False, False, False]]
    assert not isValid(inner) and isValid(window) and window.stack.count() == 0
