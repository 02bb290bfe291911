from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.store.records import Message, MessageStatus
from ui import spoken
from ui.notices import NoticeArea
from ui.theme import Theme
from ui.toast import Toast
from ui.transcript.speech import announce

POLITE, ASSERTIVE = QAccessible.AnnouncementPoliteness.Polite, QAccessible.AnnouncementPoliteness.Assertive


class Listener:
    """Stands where Qt hands announcements to the system, which has no screen reader here."""

    AnnouncementPoliteness = QAccessible.AnnouncementPoliteness

    def __init__(self) -> None:
        self.listens = True
        self.heard: list[tuple[str, object]] = []

    def isActive(self) -> bool:  # noqa: N802 - Qt's spelling
        return self.listens

    def updateAccessibility(self, event: object) -> None:  # noqa: N802 - Qt's spelling
        assert isinstance(event, spoken.QAccessibleAnnouncementEvent)
        self.heard.append((event.message(), event.politeness()))


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    made = Listener()
    monkeypatch.setattr(spoken, "QAccessible", made)
    yield made


def test_notices_and_what_was_done_are_said(qtbot: QtBot, theme: Theme, listener: Listener) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    area = NoticeArea(theme)
    area.setParent(window)
    area.put("one", "密钥只保留到退出", "info")
    area.put("two", "磁盘满了", "bad")
    toast = Toast(theme, window)
    toast.show_text("已删除", "撤销", lambda: None)
    assert listener.heard == [("密钥只保留到退出", POLITE), ("磁盘满了", ASSERTIVE), ("已删除 撤销", POLITE)]
    listener.listens = False
    area.put("three", "没人听", "info")
    assert len(listener.heard) == 3


@pytest.mark.parametrize(("status", "politeness"), [("done", POLITE), ("failed", ASSERTIVE)])
def test_the_end_of_an_answer_is_said(
    qtbot: QtBot, listener: Listener, status: MessageStatus, politeness: object
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    announce(window, Message("m", "c", None, "assistant", "好了", status, 0.0, 0.0))
    ((said, how),) = listener.heard
    assert "好了" in said
    assert how == politeness
