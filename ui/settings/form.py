"""The parts settings are built from: cards, rows, choices, notices, the field for a secret."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.controls import Field, label
from ui.hairlines import rule
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.theme import Theme

PASTED_AT_ONCE = 8
"""So many characters arriving in one edit were pasted or dropped, not typed."""


def wrapping(text: str, use: str, token: str) -> QLabel:
    """A label that breaks its lines and may be as narrow as its place."""
    made = label(text, use, token)
    made.setWordWrap(True)
    made.setMinimumWidth(60)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def column(
    parent: QWidget, spacing: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """A vertical layout without surprises."""
    box = QVBoxLayout(parent)
    box.setSpacing(spacing)
    box.setContentsMargins(*margins)
    return box


def scrolled(content: QWidget) -> QScrollArea:
    """`content` in a frameless area that scrolls up and down only."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area


def _least(widget: QWidget) -> QSize:
    """The smallest size a layout may give a widget: its own hint within the limits set on it."""
    return widget.minimumSizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())


class Adaptive(QWidget):
    """Two widgets side by side, or one above the other where both do not fit."""

    def __init__(
        self,
        first: QWidget,
        second: QWidget,
        gap: int = 12,
        parent: QWidget | None = None,
        *,
        least: int = 190,
    ) -> None:
        """`least` is the width under which the first would rather stand alone."""
        super().__init__(parent)
        self._wanted = least
        self._first, self._second, self._gap = first, second, gap
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(gap)
        self._box.addWidget(first, 1)
        self._box.addWidget(second, 0, Qt.AlignmentFlag.AlignVCenter)

    def minimumSizeHint(self) -> QSize:
        a, b = _least(self._first), _least(self._second)
        if self._stacked:
            return QSize(max(a.width(), b.width()), a.height() + self._gap + b.height())
        return QSize(max(a.width(), b.width()), max(a.height(), b.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        wanted = (
            self._second.sizeHint().expandedTo(_least(self._second)).boundedTo(self._second.maximumSize())
        )
        need = max(_least(self._first).width(), self._wanted) + self._gap + wanted.width()
        stacked = event.size().width() < need
        if stacked != self._stacked:
            way = QBoxLayout.Direction
            self._box.setDirection(way.TopToBottom if stacked else way.LeftToRight)
            self._box.setSpacing(8 if stacked else self._gap)
            left = Qt.AlignmentFlag.AlignLeft if stacked else Qt.AlignmentFlag.AlignVCenter
            self._box.setAlignment(self._second, left)
            self.updateGeometry()
        super().resizeEvent(event)

    @property
    def _stacked(self) -> bool:
        return self._box.direction() == QBoxLayout.Direction.TopToBottom


class Card(QWidget):
    """A bordered box whose rows are parted by lines."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, padding: tuple[int, int] = (12, 10)
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._padding = padding
        self._rows: list[QWidget] = []
        self._box = column(self, margins=(1, 1, 1, 1))

    def add(self, widget: QWidget, padding: tuple[int, int] | None = None) -> None:
        """Add a row at the end, with the card's padding (sideways, upwards) or its own."""
        row = QWidget(self)
        across, up = padding or self._padding
        box = column(row, margins=(across, up, across, up))
        box.addWidget(widget)
        self._rows.append(row)
        self._box.addWidget(row)

    def clear(self) -> None:
        """Take every row out; their widgets are deleted."""
        for row in self._rows:
            self._box.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows.clear()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for row in self._rows[1:]:
            if row.isVisible():
                rule(painter, 1, row.y(), self.width() - 2, 1, self._theme.color("line"))
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


def form_row(title: str, caption: str, control: QWidget) -> QWidget:
    """What is set, a line on what it means, and the control, which takes its accessible name from them."""
    words = QWidget()
    box = column(words, spacing=1)
    head = wrapping(title, "control", "ink")
    # One height for all scripts: rows with a Chinese title among Latin ones are as high as these.
    head.setMinimumHeight(20)
    head.setBuddy(control)
    box.addWidget(head)
    if caption:
        box.addWidget(wrapping(caption, "caption", "ink-3"))
    control.setAccessibleName(title)
    control.setAccessibleDescription(caption)
    return Adaptive(words, control)


class _Choice(QAbstractButton):
    """One piece of a `Segment`."""

    def __init__(self, theme: Theme, text: str, parent: QWidget, high: int) -> None:
        super().__init__(parent)
        self._theme = theme
        self._high = high
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font("control-bold"))
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 24, self._high)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("bg-select" if self.isChecked() else "bg-hover"))
            painter.drawRoundedRect(rect, 4, 4)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 4, 4)
        painter.setFont(self._theme.font("control-bold" if self.isChecked() else "control"))
        painter.setPen(self._theme.color("ink" if self.isChecked() else "ink-2"))
        draw_line(painter, self.rect(), self.text(), "centre")
        painter.end()


class Segment(QWidget):
    """A few short choices in one frame, 30 high, or 26 beside small buttons. `chosen(value)` follows the
    user only."""

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        choices: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
        *,
        small: bool = False,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values = [value for value, _ in choices]
        self._group = QButtonGroup(self)
        box = QHBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        for i, (_, text) in enumerate(choices):
            piece = _Choice(theme, text, self, 24 if small else 28)
            self._group.addButton(piece, i)
            box.addWidget(piece)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._group.idClicked.connect(lambda i: self.chosen.emit(self._values[i]))

    def choose(self, value: str) -> None:
        """Show a value as chosen; emits nothing."""
        if value in self._values:
            chosen = self._group.button(self._values.index(value))
            chosen.setChecked(True)
            # Qt sees to it only once the keyboard is there, and would lead it to the first piece.
            for piece in self._group.buttons():
                one = Qt.FocusPolicy.StrongFocus if piece is chosen else Qt.FocusPolicy.ClickFocus
                piece.setFocusPolicy(one)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line-control"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()


class Radios(QWidget):
    """Choices one below the other, each with a line on it. `chosen(value)` follows the user only."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        box = column(self, spacing=8)
        for value, text, caption in choices:
            radio = QRadioButton(text, self)
            radio.setAccessibleName(text)
            radio.setAccessibleDescription(caption)
            radio.clicked.connect(lambda _=False, v=value: self.chosen.emit(v))
            self._buttons[value] = radio
            self._group.addButton(radio)
            box.addWidget(radio)
            if caption:
                words = wrapping(caption, "caption", "ink-3")
                # Under the words of the radio button: 13 of the mark and 8 behind it.
                words.setContentsMargins(21, 0, 0, 4)
                box.addWidget(words)
                box.setSpacing(2)

    def choose(self, value: str) -> None:
        """Show a value as chosen; emits nothing."""
        if value in self._buttons:
            self._buttons[value].setChecked(True)


class Notice(QWidget):
    """A tinted bar with an icon and a sentence. `tone`: `info`, `cool` or `bad`."""

    def __init__(self, theme: Theme, tone: str, icon: str, action: QWidget | None = None) -> None:
        super().__init__()
        self._theme, self._tone, self._icon = theme, tone, icon
        self.words = wrapping("", "caption", "ink")
        box = QHBoxLayout(self)
        box.setContentsMargins(36, 8, 12, 8)
        box.setSpacing(12)
        box.addWidget(self.words, 1)
        if action is not None:
            box.addWidget(action)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color(f"{self._tone}-line"), 1))
        painter.setBrush(self._theme.color(f"{self._tone}-tint"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        paint_icon(painter, QRectF(12, 0, 16, self.height()), self._icon, self._theme, self._tone)
        painter.end()


class SecretField(Field):
    """Takes a key by paste (at once) or by typing and Enter, hands it on and forgets it.

    `entered(secret)` is emitted once; by then the field is empty again, its undo history too.
    """

    entered = Signal(str)

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder, icon="key")
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(4096)
        hints = Qt.InputMethodHint
        self.setInputMethodHints(hints.ImhSensitiveData | hints.ImhNoPredictiveText | hints.ImhHiddenText)
        self._length = 0
        self.textEdited.connect(self._edited)
        self.returnPressed.connect(self._hand_on)

    def _edited(self, text: str) -> None:
        grown, self._length = len(text) - self._length, len(text)
        if grown >= PASTED_AT_ONCE:
            self._hand_on()

    def forget(self) -> None:
        """Keep nothing of what was typed."""
        self._length = 0
        # `clear()` would leave the text in the undo history.
        self.setText("")

    def _hand_on(self) -> None:
        secret = self.text().strip()
        self.forget()
        if secret:
            self.entered.emit(secret)
