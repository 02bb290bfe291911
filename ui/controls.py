"""Small controls in the house style. Painted, so that they need no style sheet."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHideEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QSizePolicy, QWidget

from app.i18n import tr
from ui import theme as themes
from ui.buttons import Button, ButtonKind, ButtonSize, FocusRing, Rings, button, icon_button
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.marks import paint_mark

__all__ = [
    "Button",
    "ButtonKind",
    "ButtonSize",
    "Field",
    "FocusRing",
    "Switch",
    "Tag",
    "TagKind",
    "button",
    "checked_group",
    "icon_button",
    "label",
    "paint_tag",
    "tag_width",
    "tag_word",
    "tint",
]

TagKind = Literal["free", "grant", "paid"]

_TAG_TOKENS = {"free": "accent", "grant": "info", "paid": "cool"}


class Switch(QCheckBox):
    """An on/off switch, 32 × 18, with its text to the right. Without one it ends where its place does."""

    def __init__(self, text: str = "", *, on: bool = False) -> None:
        super().__init__(text)
        self.setChecked(on)
        self.setFont(themes.current().font("control"))
        self._rings = Rings()

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text()) + 12 if self.text() else 0
        return QSize(32 + text, 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802 - Qt's spelling
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = themes.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - 18) / 2
        on, enabled = self.isChecked(), self.isEnabled()
        groove = "ink-off" if not enabled else "accent" if on else "line-control"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(groove))
        painter.drawRoundedRect(QRectF(0, top, 32, 18), 9, 9)
        painter.setBrush(theme.color("on-accent" if on and enabled else "bg-page"))
        painter.drawEllipse(QPointF(23 if on else 9, top + 9), 6.5, 6.5)
        if self.text():
            painter.setPen(theme.color("ink" if enabled else "ink-off"))
            draw_line(painter, self.rect().adjusted(41, 0, 0, 0), self.text())

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


class Tag(QWidget):
    """A billing tag, 18 px high; the word carries the meaning. `text` replaces the usual word."""

    def __init__(self, kind: TagKind, text: str | None = None) -> None:
        super().__init__()
        self.kind: TagKind = kind
        self.text = text if text is not None else tag_word(kind)
        self.setAccessibleName(self.text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(tag_width(self.text), 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_tag(QPainter(self), QRectF(self.rect()), self.kind, self.text)


def tag_word(kind: TagKind) -> str:
    """The usual word of a billing class."""
    match kind:
        case "free":
            return tr("window.tag.free")
        case "grant":
            return tr("window.tag.grant")
        case "paid":
            return tr("window.tag.paid")


def tag_width(text: str) -> int:
    """Width of a tag with this text in logical pixels."""
    return QFontMetrics(themes.current().font("caption")).horizontalAdvance(text) + 12


def paint_tag(painter: QPainter, rect: QRectF, kind: TagKind, text: str) -> None:
    """Draw a billing tag into `rect`, for delegates and painted rows."""
    theme = themes.current()
    token = _TAG_TOKENS[kind]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.color(f"{token}-line"))
    painter.setBrush(theme.color(f"{token}-tint"))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.color(token))
    draw_line(painter, rect, text, "centre")
    painter.restore()


class Field(QLineEdit):
    """A line edit, 30 high, or 26 beside small buttons: accent border with the focus, red border and cross
    while `set_bad(True)`.

    `icon` stands at the left, `hint` (a shortcut) in grey at the right while the field is empty.
    """

    def __init__(
        self,
        placeholder: str = "",
        *,
        text: str = "",
        icon: str | None = None,
        hint: str = "",
        low: bool = False,
    ) -> None:
        super().__init__(text)
        self.setProperty("low", low)
        self._bad = False
        self._composing = False
        self._icon = icon
        self._hint = hint
        if icon:
            self.setTextMargins(22, 0, 0, 0)
        self.setFont(themes.current().font("control"))
        self.setPlaceholderText(placeholder)
        if placeholder:
            self.setAccessibleName(placeholder)

    def set_hint(self, hint: str) -> None:
        """Show another shortcut in grey; empty takes it away."""
        self._hint = hint
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = QKeySequence.StandardKey
        idle_undo = event.matches(keys.Undo) and not self.isUndoAvailable()
        if idle_undo or (event.matches(keys.Redo) and not self.isRedoAvailable()):
            # Nothing to take back here: the key is for what holds the field.
            event.ignore()
            return
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    @property
    def bad(self) -> bool:
        """Whether the field shows that its text was refused."""
        return self._bad

    def set_bad(self, bad: bool) -> None:
        """Show or clear the refusal; say why beside it, colour alone says nothing."""
        if bad != self._bad:
            self._bad = bad
            self.setProperty("state", "bad" if bad else "")
            self.style().unpolish(self)
            self.style().polish(self)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        words = "" if self.text() or self._composing else self.placeholderText()
        hint = "" if self.text() else self._hint
        if self._bad or self._icon or hint or words:
            painter = QPainter(self)
            theme = themes.current()
            taken = self._paint_words(painter, words)
            caption = theme.font("caption")
            if hint and taken + QFontMetrics(caption).horizontalAdvance(hint) + 11 <= self.width():
                painter.setFont(caption)
                painter.setPen(theme.color("ink-3"))
                draw_line(painter, self.rect().adjusted(0, 0, -11, 0), hint, "right")
            if self._icon:
                paint_icon(painter, QRectF(9, 0, 16, self.height()), self._icon, theme, "ink-3")
            if self._bad:
                where = QRectF(self.width() - 24, self.height() / 2 - 6, 12, 12)
                paint_mark(painter, where, "off", theme)

    def _paint_words(self, painter: QPainter, words: str) -> int:
        """The placeholder, where the text will stand: Qt centres it, and a Chinese one would hang lower. The
        pixels that it takes from the left; a hint that does not fit beside it is left out."""
        margins = self.textMargins()
        room = self.rect().adjusted(13 + margins.left(), 0, -15 - margins.right() - 20 * self._bad, 0)
        painter.setFont(self.font())
        painter.setPen(themes.current().color("ink-3" if self.isEnabled() else "ink-off"))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(0, room.width()))
        draw_line(painter, room, shown, "right" if self.alignment() & Qt.AlignmentFlag.AlignRight else "left")
        return room.left() + painter.fontMetrics().horizontalAdvance(shown) + 8


def label(text: str, use: str = "control", token: str = "ink") -> QLabel:
    """A plain-text label in a font use and colour role of the theme."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(themes.current().font(use))
    tint(made, token)
    return made


def tint(widget: QWidget, token: str) -> None:
    """Colour a widget's text by role, through its palette."""
    palette = QPalette(widget.palette())
    palette.setColor(QPalette.ColorRole.WindowText, QColor(themes.current().color(token)))
    widget.setPalette(palette)


def checked_group(*buttons: QAbstractButton) -> None:
    """Make buttons checkable and exclusive among each other."""
    for one in buttons:
        one.setCheckable(True)
        one.setAutoExclusive(True)
