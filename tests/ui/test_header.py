"""The bar over the transcript: who gives way where the window is narrow."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.header import Header
from ui.theme import Theme


@pytest.fixture
def header(theme: Theme, qtbot: QtBot) -> Header:
    made = Header(theme)
    qtbot.addWidget(made)
    made.set_chain("in your order")
    made.set_title("Turn these minutes into a to-do list " * 6)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _lay_out(header: Header, width: int) -> None:
    header.resize(width, header.height())
    QApplication.sendPostedEvents()


def test_a_title_yields_before_the_chain_and_then_says_itself_whole(header: Header) -> None:
    _lay_out(header, 700)
    assert header.chain_button.width() == header.chain_button.sizeHint().width()
    assert header._title.width() > 200 and header._title.toolTip() == header._title.text


def test_a_title_with_room_is_whole_and_is_not_said_twice(header: Header) -> None:
    header.set_title("Short")
    _lay_out(header, 700)
    short = header._title
    assert short.width() == short.fontMetrics().horizontalAdvance("Short") + 2 and not short.toolTip()
    # The pencil stands beside the words, not at the buttons.
    assert header.rename_button.x() - short.geometry().right() < 20


def test_in_the_smallest_window_both_keep_something(header: Header) -> None:
    _lay_out(header, header.minimumSizeHint().width())
    assert header._title.width() >= 40 and header.chain_button.width() >= 96
