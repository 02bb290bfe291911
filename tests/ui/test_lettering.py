"""Lines of text that stand in a row."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from ui.lettering import Side, draw_line
from ui.theme import load_theme


def _drawn(text: str, side: Side = "left", use: str = "control") -> QImage:
    image = QImage(120, 32, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setFont(load_theme("light").font(use))
    draw_line(painter, QRectF(0, 0, 120, 32), text, side)
    painter.end()
    return image


def _rows(image: QImage, left: int, right: int) -> list[int]:
    white = image.pixel(119, 0)
    return [y for y in range(32) if any(image.pixel(x, y) != white for x in range(left, right))]


def test_a_chinese_character_does_not_lower_the_letters_beside_it(qapp: QApplication) -> None:
    assert _rows(_drawn("H"), 0, 8) == _rows(_drawn("H 汉"), 0, 8) != []


def test_captions_and_controls_share_a_baseline(qapp: QApplication) -> None:
    assert _rows(_drawn("H"), 0, 8)[-1] == _rows(_drawn("H", use="caption"), 0, 8)[-1]


def test_sides(qapp: QApplication) -> None:
    assert _rows(_drawn("H", "right"), 0, 100) == [] != _rows(_drawn("H", "right"), 100, 120)
    assert _rows(_drawn("H", "centre"), 50, 70) != [] == _rows(_drawn("H", "centre"), 75, 120)
