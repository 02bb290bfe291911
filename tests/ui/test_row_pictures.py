"""Pictures of rows: taken once, used only where they fit, the oldest forgotten."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.samples import SetClock, conversation
from ui.pictures import Pictures
from ui.sidebar import Sidebar
from ui.theme import Theme

BOX = QRect(0, 0, 40, 10)


def painter_of(painted: list[str], name: str) -> Callable[[QPainter, QRect], None]:
    def paint(painter: QPainter, rect: QRect) -> None:
        painted.append(name)
        painter.fillRect(rect.adjusted(2, 2, -2, -2), QColor("black"))

    return paint


def test_a_picture_is_taken_once_and_the_oldest_goes(qapp: QApplication) -> None:
    pictures, painted = Pictures(2, QColor("white")), list[str]()
    screen = QImage(40, 10, QImage.Format.Format_RGB32)
    painter = QPainter(screen)
    for name in ("a", "a", "b", "a", "c", "a", "b"):
        screen.fill(QColor("red"))
        pictures.draw_or_make(painter, BOX, name, painter_of(painted, name))
        assert screen.pixelColor(0, 0) == QColor("white") and screen.pixelColor(20, 5) == QColor("black")
    painter.end()
    assert painted == ["a", "b", "c", "b"]


def test_what_does_not_fit_is_painted_as_ever(qapp: QApplication) -> None:
    pictures, painted = Pictures(9, QColor("white")), list[str]()
    pictures.make("a", QSize(40, 10), 1.0, painter_of(painted, "made"))
    for ratio, box in ((2.0, BOX), (1.0, QRect(0, 0, 41, 10))):
        screen = QImage(100, 40, QImage.Format.Format_RGB32)
        screen.setDevicePixelRatio(ratio)
        painter = QPainter(screen)
        assert not pictures.draw(painter, box, "a")
        painter.end()
    # Ten and a half rows of dots: a picture would be half a dot off.
    pictures.make("b", QSize(40, 7), 1.5, painter_of(painted, "never"))
    assert painted == ["made"] and not pictures.has("b", QSize(40, 7), 1.5)


def test_the_list_shows_its_rows_as_they_are_now(both_themes: Theme, qtbot: QtBot, clock: SetClock) -> None:
    def fill(sidebar: Sidebar) -> None:
        sidebar.upsert(conversation("c2", clock.at - 2, tags=("x",)))
        sidebar.upsert(conversation("c3", clock.at - 3, folder="f"))
        sidebar.set_running({"c1"})
        sidebar.set_open("c4")

    def made() -> Sidebar:
        sidebar = Sidebar(both_themes, clock)
        qtbot.addWidget(sidebar)
        sidebar.resize(264, 500)
        sidebar.set_conversations([conversation(f"c{n}", clock.at - n) for n in range(8)])
        sidebar.show()
        return sidebar

    seen, fresh = made(), made()
    before = seen.list.grab().toImage()
    assert seen.list.grab().toImage() == before
    for one in (seen, fresh):
        fill(one)
    after = seen.list.grab().toImage()
    assert after != before and after == fresh.list.grab().toImage()
