"""The relay's marks: state shapes, provider tiles and the baton arrow. Shape first, colour second."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap, QPolygonF

from ui.theme import Theme, ui_families

_COLOURS = {
    "running": "accent",
    "ready": "accent",
    "probing": "accent",
    "cooling": "cool-mark",
    "would_bill": "cool-mark",
    "interrupted": "cool-mark",
    "off": "bad-mark",
    "blocked": "bad-mark",
    "offline": "info-mark",
    "parked": "parked-mark",
    "no_key": "parked-mark",
    "skipped": "parked-mark",
    "too_small": "parked-mark",
    "paused": "parked-mark",
}
_TEXT = {
    "accent": "accent",
    "cool-mark": "cool",
    "bad-mark": "bad",
    "info-mark": "info",
    "parked-mark": "ink-3",
}


def mark_token(state: str) -> str:
    """The colour role of a state's mark; an unknown state looks like a skipped one."""
    return _COLOURS.get(state, "parked-mark")


def text_token(state: str) -> str:
    """The colour role of the word beside a mark. A ready leg's remainder is plain `ink-3`."""
    return "ink-3" if state == "ready" else _TEXT[mark_token(state)]


def paint_mark(painter: QPainter, rect: QRectF, state: str, theme: Theme, share: float = 0.0) -> None:
    """Draw a state's shape into `rect` (made for 12 × 12). `share` 1.0 = the whole wait is still ahead."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.x(), rect.y())
    painter.scale(rect.width() / 12, rect.height() / 12)
    colour = theme.color(mark_token(state))
    if state == "cooling":
        _cooling(painter, colour, share)
    else:
        _SHAPES.get(state, _bar)(painter, colour)
    painter.restore()


def _pen(painter: QPainter, colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return pen


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)


def _triangle(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour)
    painter.drawPolygon(QPolygonF([QPointF(3, 1.6), QPointF(10.8, 6), QPointF(3, 10.4)]))


def _ring(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.8)
    painter.drawEllipse(QPointF(6, 6), 4, 4)


def _cooling(painter: QPainter, colour: QColor, share: float) -> None:
    _pen(painter, colour, 1.2)
    painter.drawEllipse(QPointF(6, 6), 4.5, 4.5)
    _fill(painter, colour)
    painter.drawPie(QRectF(1.5, 1.5, 9, 9), 90 * 16, -round(360 * 16 * min(1.0, max(0.0, share))))


def _square(painter: QPainter, colour: QColor) -> None:
    painter.fillRect(QRectF(2, 2, 8, 8), colour)


def _cross(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.9)
    painter.drawLine(QPointF(2.7, 2.7), QPointF(9.3, 9.3))
    painter.drawLine(QPointF(9.3, 2.7), QPointF(2.7, 9.3))


def _half(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.6)
    painter.drawEllipse(QPointF(6, 6), 4.2, 4.2)
    _fill(painter, colour)
    painter.drawPie(QRectF(1.8, 1.8, 8.4, 8.4), 90 * 16, 180 * 16)


def _dashed(painter: QPainter, colour: QColor) -> None:
    pen = _pen(painter, colour, 1.4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([2 / 1.4, 1.9 / 1.4])
    painter.setPen(pen)
    painter.drawEllipse(QPointF(6, 6), 4.3, 4.3)


def _diamond(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.6)
    painter.drawPolygon(QPolygonF([QPointF(6, 1.3), QPointF(10.7, 6), QPointF(6, 10.7), QPointF(1.3, 6)]))


def _bar(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.8)
    painter.drawLine(QPointF(2, 6), QPointF(10, 6))


def _broken(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.7)
    painter.drawLine(QPointF(1.2, 6), QPointF(3.9, 6))
    painter.drawLine(QPointF(8.1, 6), QPointF(10.8, 6))
    painter.drawLine(QPointF(7.3, 2.8), QPointF(4.7, 9.2))


def _two_bars(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 2)
    painter.drawLine(QPointF(4, 2.8), QPointF(4, 9.2))
    painter.drawLine(QPointF(8, 2.8), QPointF(8, 9.2))


def _barred_ring(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.6)
    painter.drawEllipse(QPointF(6, 6), 4.2, 4.2)
    painter.drawLine(QPointF(3.1, 3.1), QPointF(8.9, 8.9))


def _return_arrow(painter: QPainter, colour: QColor) -> None:
    _pen(painter, colour, 1.5)
    painter.drawArc(QRectF(1.8, 1.8, 8.4, 8.4), 50 * 16, 290 * 16)
    painter.drawPolyline(QPolygonF([QPointF(9.4, 0.9), QPointF(9.4, 3.4), QPointF(6.9, 3.4)]))


_SHAPES: dict[str, Callable[[QPainter, QColor], None]] = {
    "running": _triangle,
    "ready": _ring,
    "parked": _square,
    "off": _cross,
    "blocked": _barred_ring,
    "probing": _half,
    "no_key": _dashed,
    "would_bill": _diamond,
    "offline": _broken,
    "paused": _two_bars,
    "interrupted": _return_arrow,
}


def paint_tile(painter: QPainter, rect: QRectF, glyph: str, colour: str | QColor, theme: Theme) -> None:
    """A provider's tile: one character in white on its colour. No vendor logos."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # A provider that is gone has no colour.
    _fill(painter, QColor(colour) if colour else theme.color("tile"))
    radius = 4.0 if rect.width() < 28 else 6.0
    painter.drawRoundedRect(rect, radius, radius)
    font = QFont(theme.font("caption-bold"))
    font.setFamilies(ui_families())
    font.setPixelSize(max(8, round(rect.width() * 0.66)))
    painter.setFont(font)
    painter.setPen(QColor(Qt.GlobalColor.white))
    # Not by the font's height, which leaves more room above a character than below it: an ideograph and a
    # capital stand about three quarters of an em over the baseline.
    wide = painter.fontMetrics().horizontalAdvance(glyph[:1])
    baseline = rect.center().y() + 0.37 * font.pixelSize()
    painter.drawText(QPointF(rect.center().x() - wide / 2, baseline), glyph[:1])
    painter.restore()


def paint_baton(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """The baton arrow along the middle of `rect`. It means a baton pass and nothing else."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _pen(painter, theme.color("accent"), 1.5)
    y, left, right = rect.center().y(), rect.left() + 1, rect.right() - 1
    painter.drawLine(QPointF(left, y), QPointF(right, y))
    painter.drawPolyline(
        QPolygonF([QPointF(right - 5, y - 3.5), QPointF(right, y), QPointF(right - 5, y + 3.5)])
    )
    painter.restore()


def mark_icon(state: str, theme: Theme, share: float = 0.0, size: int = 16) -> QIcon:
    """A state's mark as an icon, for menus and lists: as large as other icons, with room round the mark. A
    smaller one would be drawn larger where the screen's scale is no whole number."""
    result, inset = QIcon(), (size - 12) / 2
    for ratio in (1, 2, 3):
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        box = QRectF(inset, inset, size - 2 * inset, size - 2 * inset)
        painter.scale(ratio, ratio)
        paint_mark(painter, box, state, theme, share)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        result.addPixmap(pixmap)
    return result
