"""Buttons of the house: painted rather than styled, with a ring for the keyboard."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHideEvent,
    QKeySequence,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QPushButton, QSizePolicy, QWidget

from ui import theme as themes
from ui.icons import paint_icon
from ui.lettering import draw_line

ButtonKind = Literal["secondary", "primary", "danger", "link", "flat"]
ButtonSize = Literal["normal", "small", "send"]

_HEIGHTS = {"normal": 30, "small": 26, "send": 32}
_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FocusRing(QWidget):
    """A 2 px accent ring 2 px outside the button that holds the keyboard; made when first needed.

    It is a child of the nearest ancestor that has room for it, so that a button at the edge of its parent has
    a whole ring, too; of none that scrolls, which would leave it behind.
    """

    def __init__(self, target: QWidget) -> None:
        super().__init__(target.parentWidget())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._target = target
        self._between: list[QWidget] = []
        self.follow()

    def follow(self) -> None:
        """Take the target's place and stand above it."""
        host, between, place = self._target.parentWidget(), list[QWidget](), self._around(None)
        while host is not None and not host.rect().contains(place):
            above = host.parentWidget()
            if above is None or host.isWindow() or isinstance(above, QAbstractScrollArea):
                break
            between.append(host)
            host, place = above, self._around(above)
        if host is None:
            return
        for widget in self._between:
            widget.removeEventFilter(self)
        for widget in between:
            widget.installEventFilter(self)
        self._between = between
        if self.parentWidget() is not host:
            self.setParent(host)
        self.setGeometry(self._around(host))
        self.raise_()
        self.show()

    def _around(self, host: QWidget | None) -> QRect:
        target = self._target
        corner = target.pos() if host is None else target.mapTo(host, QPoint(0, 0))
        return QRect(corner, target.size()).adjusted(-4, -4, 4, 4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self.follow()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(themes.current().color("accent"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 9, 9)


class Rings:
    """The ring of one control: shown when the keyboard brings the focus, dropped when it goes. It does not
    know the control while there is no ring: the two would keep each other alive."""

    def __init__(self) -> None:
        self._ring: FocusRing | None = None

    def show(self, target: QWidget, reason: Qt.FocusReason) -> None:
        """The control got the focus."""
        if reason in _KEYBOARD and target.parentWidget() is not None:
            self.drop()
            self._ring = FocusRing(target)

    def follow(self) -> None:
        """The control moved or changed its size."""
        if self._ring is not None:
            self._ring.follow()

    def drop(self) -> None:
        """The control lost the focus or is hidden."""
        if self._ring is not None:
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None


class Button(QPushButton):
    """A button of one of the kinds of the style guide, with an optional icon and a shortcut shown in grey.

    `secondary` is outlined, `primary` filled, `danger` outlined with red text (`filled=True` in its own
    confirm), `link` bare accent text, `flat` has no border at rest.
    """

    def __init__(
        self,
        text: str,
        kind: ButtonKind = "secondary",
        icon: str | None = None,
        *,
        size: ButtonSize = "normal",
        hint: str = "",
        trailing: str | None = None,
        align_left: bool = False,
        filled: bool = False,
    ) -> None:
        super().__init__(text)
        self.kind: ButtonKind = kind
        self.icon_name = icon
        self.icon_token: str | None = None
        self.ink_token: str | None = None
        self.trailing = trailing
        self.hint = hint
        self._height = _HEIGHTS[size]
        self._left = align_left
        self._filled = filled
        self._rings = Rings()
        self.setFont(themes.current().font("control-bold" if kind == "primary" or filled else "control"))
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_hint(self, hint: str) -> None:
        """Show another shortcut in grey; empty takes it away."""
        self.hint = hint
        self.updateGeometry()
        self.update()

    # sizes

    def _padding(self) -> int:
        if self.kind == "link":
            return 0
        if self.kind == "flat":
            return 6
        return 13 if self.kind == "primary" else 12 if self._height >= 30 else 10

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = 2 * self._padding()
        parts = []
        if self.icon_name:
            parts.append(16)
        if self.text():
            # One more: advances are rounded, and a text wider by a fraction would be elided.
            parts.append(metrics.horizontalAdvance(self.text()) + 1)
        if self.hint:
            parts.append(self._hint_width() + 4)
        if self.trailing:
            parts.append(14)
        height = self._height if self.kind != "link" else 24
        return QSize(max(width + sum(parts) + 7 * max(0, len(parts) - 1), 24), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _hint_width(self) -> int:
        return QFontMetrics(themes.current().font("caption")).horizontalAdvance(self.hint)

    # painting

    def _colours(self) -> tuple[str | None, str | None, str]:
        """Roles of fill, border and text."""
        light = themes.current().name == "light"
        hover = "bg-hover" if light else "bg-select"
        down, over = self.isDown(), self.underMouse() and self.isEnabled()
        if not self.isEnabled():
            filled = self.kind in ("primary",)
            return ("bg-hover" if filled else None, None if filled or self._bare() else "line", "ink-off")
        if self.kind == "primary":
            return ("accent-press" if down else "accent-hover" if over else "accent", None, "on-accent")
        if self.kind == "danger" and self._filled:
            return ("bad" if down or over else "bad-mark", None, "bg-page")
        if self.kind == "link":
            return (None, None, "accent-press" if down else "accent-hover" if over else "accent")
        checked = "bg-select" if self.isChecked() else None
        if self.kind == "flat":
            return ("bg-press" if down else hover if over else checked, None, self.ink_token or "ink-2")
        rest = "bg-page" if light else "bg-hover"
        text = "bad" if self.kind == "danger" else "ink"
        return ("bg-press" if down else hover if over else checked or rest, "line-strong", text)

    def _bare(self) -> bool:
        return self.kind in ("link", "flat")

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = themes.current()
        fill, line, ink = self._colours()
        painter = QPainter(self)
        rect = QRectF(self.rect())
        if fill or line:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.color(line) if line else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(fill) if fill else Qt.BrushStyle.NoBrush)
            box = rect.adjusted(0.5, 0.5, -0.5, -0.5) if line else rect
            painter.drawRoundedRect(box, 6, 6)
        self._paint_content(painter, ink)

    def _paint_content(self, painter: QPainter, ink: str) -> None:
        theme = themes.current()
        pad, height = self._padding(), self.height()
        extra = (16 + 7 if self.icon_name else 0) + (14 + 7 if self.trailing else 0)
        extra += self._hint_width() + 11 if self.hint else 0
        text_room = max(0, self.width() - 2 * pad - extra)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, text_room)
        text_width = min(text_room, self.fontMetrics().horizontalAdvance(text))
        if not text and self.icon_name:
            extra = 16
        x = pad if self._left else max(pad, round((self.width() - text_width - extra) / 2))
        if not text and not self._left:
            x = round((self.width() - 16) / 2)
        if self.icon_name:
            token = self.icon_token if self.icon_token and self.isEnabled() else ink
            paint_icon(painter, QRectF(x, 0, 16, height), self.icon_name, theme, token)
            x += 16 + 7
        painter.setPen(theme.color(ink))
        painter.setFont(self.font())
        draw_line(painter, QRectF(x, 0, text_width + 2, height), text)
        if self.hint:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("ink-3" if self.isEnabled() else "ink-off"))
            width = self._hint_width()
            left = self.width() - pad - width if self._left else x + text_width + 8
            draw_line(painter, QRectF(left, 0, width + 2, height), self.hint)
        if self.trailing:
            right = self.width() - pad - 14 if self._left else x + text_width + 6
            paint_icon(painter, QRectF(right, 0, 14, height), self.trailing, theme, ink, 14)

    # focus

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._rings.show(self, event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._rings.drop()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._rings.follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rings.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._rings.drop()


def button(
    text: str,
    kind: ButtonKind = "secondary",
    icon: str | None = None,
    *,
    size: ButtonSize = "normal",
    hint: str = "",
    trailing: str | None = None,
    align_left: bool = False,
) -> Button:
    """A text button; `icon` and `trailing` name files in `resources/icons`, `hint` is a shortcut in grey."""
    return Button(text, kind, icon, size=size, hint=hint, trailing=trailing, align_left=align_left)


def icon_button(name: str, tooltip: str, shortcut: str | None = None) -> Button:
    """A flat 28 × 28 button with an icon alone; the tooltip (with the shortcut) is its accessible name."""
    made = Button("", "flat", name)
    made.setFixedSize(28, 28)
    keys = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText) if shortcut else ""
    made.setToolTip(f"{tooltip} ({keys})" if keys else tooltip)
    made.setAccessibleName(tooltip)
    return made
