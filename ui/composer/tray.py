"""The things attached to a draft, as chips over the editor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.i18n import tr
from app.store.records import Enclosed
from ui.controls import icon_button
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.theme import Theme

HEIGHT = 44
WIDEST = 220
_GAP = 8
_PICTURE = 32


def detail(part: Enclosed) -> str:
    """Pages, lines or size of an attachment in a few words."""
    if part.kind == "text":
        words = [tr("attach.pages", n=part.pages)] if part.pages is not None else []
        words.append(tr("attach.lines", n=part.lines))
        return " · ".join(words)
    if part.size < 1_000_000:
        return f"{max(1, round(part.size / 1000))} KB"
    return f"{part.size / 1_000_000:.1f} MB"


class Chip(QAbstractButton):
    """One attachment: its picture or a mark, its name, and what it holds. A click opens it.

    With `removable` there is a cross, and Delete on the keyboard. Signals besides: `removed`.
    """

    removed = Signal()

    def __init__(
        self, theme: Theme, part: Enclosed | None, name: str = "", *, removable: bool = True
    ) -> None:
        super().__init__()
        self._theme = theme
        self.part = part
        self._name = part.name if part is not None else name
        self._words = detail(part) if part is not None else tr("attach.reading")
        self._picture: QImage | None = None
        self._close = None
        if removable:
            self._close = icon_button("close", tr("attach.remove", name=self._name))
            self._close.setParent(self)
            self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._close.setFixedSize(24, 24)
            self._close.clicked.connect(self.removed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"{self._name}{tr('sidebar.comma')}{self._words}")
        self.setToolTip(f"{self._name}\n{self._words}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if part is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_picture(self, image: QImage) -> None:
        """Show this in place of the mark."""
        self._picture = image
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._theme
        name = QFontMetrics(theme.font("control")).horizontalAdvance(self._name)
        words = QFontMetrics(theme.font("caption")).horizontalAdvance(self._words)
        close = 26 if self._close is not None else 8
        return QSize(min(WIDEST, 6 + _PICTURE + 8 + max(name, words) + 4 + close), HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._close is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._close is not None:
            self._close.move(self.width() - 26, (self.height() - 24) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        hot = self.part is not None and self.underMouse()
        painter.setPen(QPen(theme.color("line-strong" if hot else "line"), 1))
        painter.setBrush(theme.color("bg-hover" if hot else "bg-sunken"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        square = QRectF(6, (self.height() - _PICTURE) / 2, _PICTURE, _PICTURE)
        if self._picture is not None:
            painter.save()
            shape = QPainterPath()
            shape.addRoundedRect(square, 4, 4)
            painter.setClipPath(shape)
            painter.drawImage(square, self._picture)
            painter.restore()
        else:
            name = "image" if self.part is not None and self.part.kind == "image" else "file"
            paint_icon(painter, square, name, theme, "ink-3")
        left = 6 + _PICTURE + 8
        room = self.width() - left - (28 if self._close is not None else 8)
        for font, token, top, text in (
            ("control", "ink", 4, self._name),
            ("caption", "ink-3", 22, self._words),
        ):
            painter.setFont(theme.font(font))
            painter.setPen(theme.color(token))
            middle = Qt.TextElideMode.ElideMiddle
            shown = painter.fontMetrics().elidedText(text, middle, room)
            draw_line(painter, QRectF(left, top, room, 18), shown)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


def flow(chips: Sequence[QWidget], width: int, *, right: bool = False) -> int:
    """Put things into rows of this width, from the left or from the right; returns the height."""
    rows: list[list[QWidget]] = []
    room = 0
    for chip in chips:
        wanted = min(chip.sizeHint().width(), width)
        if not rows or room + _GAP + wanted > width:
            rows.append([])
            room = -_GAP
        rows[-1].append(chip)
        room += _GAP + wanted
    y = 0
    for row in rows:
        widths = [min(chip.sizeHint().width(), width) for chip in row]
        x = width - sum(widths) - _GAP * (len(row) - 1) if right else 0
        for chip, wide in zip(row, widths, strict=True):
            chip.setGeometry(x, y, wide, chip.sizeHint().height())
            x += wide + _GAP
        y += max(chip.sizeHint().height() for chip in row) + _GAP
    return max(0, y - _GAP)


class Tray(QWidget):
    """The chips of a draft in rows; without any it takes no room.

    Signals: `opened(id)`, `removed(id)`.
    """

    opened = Signal(str)
    removed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._chips: dict[str, Chip] = {}
        self.setAccessibleName(tr("attach.tray"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def chips(self) -> list[Chip]:
        """The chips in order."""
        return list(self._chips.values())

    def put(self, id_: str, part: Enclosed | None, name: str = "", picture: QImage | None = None) -> None:
        """Show something attached; None = it is being read. One that is there changes in its place."""
        old = self._chips.get(id_)
        chip = Chip(self._theme, part, name)
        chip.setParent(self)
        if picture is not None:
            chip.set_picture(picture)
        chip.clicked.connect(lambda: self.opened.emit(id_))
        chip.removed.connect(lambda: self._remove(id_))
        self._chips[id_] = chip
        if old is not None:
            old.hide()
            old.deleteLater()
        chip.show()
        self._place()

    def rename(self, id_: str, new: str) -> None:
        """What is being read has got the id it keeps."""
        self._chips = {(new if key == id_ else key): chip for key, chip in self._chips.items()}

    def set_picture(self, id_: str, picture: QImage) -> None:
        """The small picture of a chip has been made."""
        if id_ in self._chips:
            self._chips[id_].set_picture(picture)

    def drop(self, id_: str) -> None:
        """Take a chip away; the keyboard goes to its neighbour."""
        ids = list(self._chips)
        chip = self._chips.pop(id_, None)
        if chip is None:
            return
        if chip.hasFocus() and self._chips:
            at = min(ids.index(id_), len(self._chips) - 1)
            list(self._chips.values())[at].setFocus(Qt.FocusReason.TabFocusReason)
        elif chip.hasFocus():
            self.focusNextChild()
        chip.hide()
        chip.deleteLater()
        self._place()

    def clear(self) -> None:
        """Take all chips away."""
        for id_ in list(self._chips):
            self.drop(id_)

    def _remove(self, id_: str) -> None:
        self.removed.emit(id_)

    def _place(self) -> None:
        if not self._chips:
            self.hide()
            return
        width = max(100, self.width() - 28)
        inner = flow(self.chips(), width)
        for chip in self._chips.values():
            chip.move(chip.x() + 14, chip.y() + 10)
        self.setFixedHeight(inner + 12)
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place()
