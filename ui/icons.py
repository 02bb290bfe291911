"""Stroke icons from `resources/icons/*.svg`, tinted with a theme colour and sharp at any pixel ratio."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap

import resources
from ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

_FOLDER = Path(resources.__path__[0]) / "icons"
_pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}


@cache
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, theme: Theme, token: str = "ink-2", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of `size` logical pixels; kept, so repeated paints are cheap."""
    colour = theme.hex(token)
    key = (name, colour, size, ratio)
    found = _pixmaps.get(key)
    if found is not None:
        return found
    from PySide6.QtSvg import QSvgRenderer  # kept off the way to the first paint where no icon is needed

    renderer = QSvgRenderer(_source(name).replace("currentColor", colour).encode())
    side = round(size * ratio)
    image = QPixmap(QSize(side, side))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    image.setDevicePixelRatio(ratio)
    _pixmaps[key] = image
    return image


def paint_icon(
    painter: QPainter, rect: QRectF, name: str, theme: Theme, token: str = "ink-2", size: int = 16
) -> None:
    """Draw the icon in the middle of `rect` at the painter's own pixel ratio."""
    device = painter.device()
    ratio = device.devicePixelRatio() if device is not None else 1.0
    left = round(rect.center().x() - size / 2)
    top = round(rect.center().y() - size / 2)
    painter.drawPixmap(left, top, pixmap(name, theme, token, size, ratio))


def icon(name: str, theme: Theme, token: str = "ink-2", size: int = 16) -> QIcon:
    """The icon for menus and Qt's own widgets, with a disabled look."""
    ratios = {1.0, 2.0, 3.0} | {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    result = QIcon()
    for ratio in sorted(ratios):
        result.addPixmap(pixmap(name, theme, token, size, ratio))
        result.addPixmap(pixmap(name, theme, "ink-off", size, ratio), QIcon.Mode.Disabled)
    return result


def app_icon() -> QIcon:
    """The program's own icon, for windows and the task bar."""
    from PySide6.QtSvg import QSvgRenderer

    return _many_sizes(QSvgRenderer(_source("jieli").encode()))


def mask_icon(name: str) -> QIcon:
    """An icon as a silhouette that the system colours itself (the menu bar of macOS)."""
    from PySide6.QtSvg import QSvgRenderer

    made = _many_sizes(QSvgRenderer(_source(name).replace("currentColor", "black").encode()))
    made.setIsMask(True)
    return made


def _many_sizes(renderer: QSvgRenderer) -> QIcon:
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        image = QPixmap(side, side)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, side, side))
        painter.end()
        result.addPixmap(image)
    return result
