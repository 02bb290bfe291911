"""Some messages as one picture, as the window shows them but without its buttons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QRectF, QSize
from PySide6.QtGui import QAbstractTextDocumentLayout, QImage, QPainter, QPalette

from app.errors import KnownError
from app.exchange.exports.files import StagedFile, told
from app.exchange.exports.sinks import Said
from ui import theme as themes
from ui.exchange.export_richtext import RichText

WIDTH = 760
"""Of the text, in logical pixels."""

TALLEST = 28_000
"""Pixels; Qt draws nothing beyond 32,767."""

_MARGIN = 32


MOST = 100
"""Messages of one picture."""


def write_picture(scheme: themes.Scheme, size: int, said: Sequence[Said], path: Path) -> None:
    """Draw these messages, in a theme and a text size, into a PNG at `path`, replacing what is there.

    Blocks; belongs on a worker thread. Twice as sharp as the screen's pixels, once where they are many.
    Raises `KnownError` when they are too many for one picture, or the disk refuses.
    """
    theme = themes.load_theme(scheme, size)
    events = QEventLoop()  # laying out starts timers, which need a dispatcher in this thread
    text = RichText(theme, WIDTH, QSize(WIDTH, 900))
    for one in said:
        text.say(one)
    document = text.document()
    document.setTextWidth(WIDTH)
    height = math.ceil(document.size().height()) + 2 * _MARGIN
    ratio = 2 if height * 2 <= TALLEST else 1
    if height * ratio > TALLEST:
        raise KnownError("export.picture_too_long")
    image = QImage((WIDTH + 2 * _MARGIN) * ratio, height * ratio, QImage.Format.Format_RGB32)
    image.fill(theme.color("bg-page"))
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    painter.translate(_MARGIN, _MARGIN)
    context = QAbstractTextDocumentLayout.PaintContext()
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Text, theme.color("ink"))
    context.palette = palette  # pyright: ignore[reportAttributeAccessIssue]
    context.clip = QRectF(0, 0, WIDTH + 2, height)  # pyright: ignore[reportAttributeAccessIssue]
    document.documentLayout().draw(painter, context)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    del events
    staged = StagedFile(path)
    try:
        with told(path):
            staged.file.write(buffer.data().data())
        staged.put(force=True)
    finally:
        staged.drop()
