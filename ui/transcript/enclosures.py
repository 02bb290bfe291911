"""What is attached to a question, shown over it: pictures as tiles, files as chips."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.store.records import Enclosed
from ui.composer.tray import Chip, flow
from ui.icons import paint_icon

if TYPE_CHECKING:
    from ui.theme import Theme
    from ui.transcript.context import Context

SIDE = 104


class Tile(QAbstractButton):
    """A picture; a click shows it whole."""

    def __init__(self, theme: Theme, part: Enclosed) -> None:
        super().__init__()
        self._theme = theme
        self._picture: QImage | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(part.name)
        self.setToolTip(part.name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_picture(self, image: QImage) -> None:
        """Show this."""
        self._picture = image
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg-sunken"))
            painter.drawRoundedRect(frame, 8, 8)
            paint_icon(painter, frame, "image", theme, "ink-3")
        else:
            painter.save()
            shape = QPainterPath()
            shape.addRoundedRect(frame, 8, 8)
            painter.setClipPath(shape)
            painter.drawImage(frame, self._picture)
            painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("line-control" if self.underMouse() else "line"), 1))
        painter.drawRoundedRect(frame, 8, 8)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), 7, 7)


class Enclosures(QWidget):
    """The attachments of one message, right aligned like its text."""

    def __init__(self, context: Context, parent: QWidget, message: str) -> None:
        super().__init__(parent)
        self._context = context
        self._message = message
        self._parts: tuple[Enclosed, ...] = ()
        self._shown: list[Tile | Chip] = []

    def show_parts(self, parts: tuple[Enclosed, ...]) -> None:
        """Show these in place of what is here."""
        if parts == self._parts:
            return
        self._parts = parts
        for one in self._shown:
            one.hide()
            one.deleteLater()
        self._shown = [self._made(part) for part in parts]

    def _made(self, part: Enclosed) -> Tile | Chip:
        theme, wishes = self._context.theme, self._context.wishes
        made = Tile(theme, part) if part.kind == "image" else Chip(theme, part, removable=False)
        made.setParent(self)
        made.clicked.connect(lambda: wishes.action.emit(self._message, "open_attachment", part.id))
        made.show()
        return made

    def fit(self, width: int) -> int:
        """Lay out in this width; returns the height, with the gap to the text."""
        if not self._shown:
            return 0
        tiles = [one for one in self._shown if isinstance(one, Tile)]
        files = [one for one in self._shown if not isinstance(one, Tile)]
        high = flow(tiles, width, right=True)
        top = high + 8 if tiles and files else high
        high = top + flow(files, width, right=True)
        for one in files:
            one.move(one.x(), one.y() + top)
        # Thumbnails are asked for only by what is about to be seen.
        for part, one in zip(self._parts, self._shown, strict=True):
            if isinstance(one, Tile):
                side = round(SIDE * self.devicePixelRatioF())
                self._context.pictures.need(part.id, side, _shower(one))
        return high + 8


def _shower(tile: Tile) -> Callable[[QImage], None]:
    from shiboken6 import isValid

    def show(image: QImage) -> None:
        # The row may have gone while the picture was made.
        if isValid(tile):
            tile.set_picture(image)

    return show
