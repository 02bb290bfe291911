"""Lines that are equally thick wherever they stand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ui.ask_dialog import AskDialog
from ui.hairlines import draw_lines, rule
from ui.theme import Theme


@pytest.mark.parametrize(("scale", "thick"), [(1.0, 1), (1.25, 2), (1.5, 2), (2.0, 2)])
def test_every_line_is_as_thick_as_the_others(qapp: QApplication, scale: float, thick: int) -> None:
    image = QImage(round(200 * scale), round(200 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.translate(0, 3)
    lines = [QRectF(0, y, 200, 1) for y in (10, 37, 64, 91)]
    draw_lines(painter, lines, QColor(Qt.GlobalColor.black))
    painter.end()
    dark = [y for y in range(image.height()) if image.pixelColor(5, y) == Qt.GlobalColor.black]
    runs = [y for y in dark if y - 1 not in dark]
    assert len(runs) == 4 and len(dark) == 4 * thick
    for line, top in zip(lines, runs, strict=True):
        # What Qt leaves open between two cells is covered wholly.
        assert top <= (line.y() + 3) * scale and (line.y() + 4) * scale <= top + thick


@pytest.mark.parametrize(("scale", "thick"), [(1.0, 1), (1.25, 1), (1.5, 1), (1.75, 1), (2.0, 2), (2.5, 2)])
def test_a_rule_is_thin_and_none_is_lost_at_an_edge(qapp: QApplication, scale: float, thick: int) -> None:
    image = QImage(round(60 * scale), round(45 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for y in (0, 12, 25, 44):
        rule(painter, 0, y, 60, 1, QColor(Qt.GlobalColor.black))
    painter.end()
    dark = [y for y in range(image.height()) if image.pixelColor(5, y) == Qt.GlobalColor.black]
    assert len(dark) == 4 * thick
    assert dark[0] == 0 and image.height() - dark[-1] <= 2


def test_a_dialog_has_an_edge_of_its_own(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = AskDialog(parent, "a", "b", "c")
    with qtbot.waitExposed(dialog):
        dialog.show()
    QTest.qWait(0)
    image = dialog.grab().toImage()
    edge = theme.color("line-strong").rgb()
    right, bottom = image.width() - 1, image.height() - 1
    assert {image.pixel(x, y) for x in (0, right) for y in (0, 20, bottom)} == {edge}
    assert image.pixel(1, 1) != edge
