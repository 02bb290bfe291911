"""Tab and groups of which one is chosen; the bar that says what was done has room for what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui import tabbing
from ui.settings.form import Segment
from ui.theme import load_theme
from ui.toast import Toast


@pytest.fixture
def window(qapp: QApplication) -> Iterator[QWidget]:
    made = QWidget()
    made.resize(640, 480)
    yield made
    # Closing the last window would ask the next loop to quit.
    made.hide()
    made.deleteLater()


def test_tab_reaches_the_chosen_one_also_when_another_had_the_keyboard(window: QWidget, qtbot: QtBot) -> None:
    column = QVBoxLayout(window)
    above, below = QPushButton("above"), QPushButton("below")
    segment = Segment(load_theme("light"), [("a", "A"), ("b", "B")])
    for widget in (above, segment, below):
        column.addWidget(widget)
    segment.choose("b")
    window.show()
    window.activateWindow()
    first, chosen = segment._group.button(0), segment._group.button(1)
    # As Qt leaves them when a choice is taken back while the keyboard is on the one chosen before.
    first.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    chosen.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    below.setFocus()
    qtbot.waitUntil(below.hasFocus, timeout=30_000)
    assert tabbing.move(window, forward=False)
    assert QApplication.focusWidget() is chosen
    assert tabbing.stand_in(first) is chosen and tabbing.stand_in(above) is above


def test_what_tab_comes_into_is_scrolled_to(window: QWidget, qtbot: QtBot) -> None:
    outside, first, page = QPushButton("outside"), QPushButton("first"), QWidget()
    rows = QVBoxLayout(page)
    rows.addWidget(first)
    rows.addSpacing(2000)
    rows.addWidget(QLabel("the end"))
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    column = QVBoxLayout(window)
    column.addWidget(outside)
    column.addWidget(area)
    window.show()
    window.activateWindow()
    outside.setFocus()
    qtbot.waitUntil(outside.hasFocus, timeout=30_000)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert first.visibleRegion().isEmpty()
    assert tabbing.move(window, forward=True)
    assert first.hasFocus() and not first.visibleRegion().isEmpty()


def test_a_long_sentence_takes_more_lines(window: QWidget) -> None:
    window.show()
    toast = Toast(load_theme("light"), window)
    toast.show_text("短的")
    low = toast.height()
    toast.show_text("很长的一句话，说清楚哪个文件怎么了、现在怎么办。" * 6)
    (text, *_) = toast.findChildren(QLabel)
    assert toast.geometry().left() >= 0 and toast.geometry().right() < window.width()
    assert text.heightForWidth(text.width()) <= text.height() and toast.height() > low
    toast.show_text("短的")
    assert toast.height() == low
