"""What unfolds: the details of a turn and the thinking before an answer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.i18n import tr
from ui.hairlines import rule
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.theme import Theme
from ui.transcript.context import Context
from ui.transcript.pieces import TextPiece
from ui.transcript.plain import PlainColumn


class FoldHead(QAbstractButton):
    """A caption with a chevron that turns when checked; `trailing` puts the chevron after the words."""

    def __init__(self, theme: Theme, parent: QWidget, *, trailing: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        self._trailing = trailing
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_words(self, text: str) -> None:
        """Change the caption."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._theme.font("caption")).horizontalAdvance(self.text())
        return QSize(width + (6 + 12 if self._trailing else 24), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        token = "ink" if self.underMouse() or self.hasFocus() else "ink-3"
        width = QFontMetrics(theme.font("caption")).horizontalAdvance(self.text())
        if self._trailing:
            icon = "chevron-up" if self.isChecked() else "chevron-down"
            # The chevron ends where the column does.
            text_x, icon_x = self.width() - width - 18, self.width() - 12
        else:
            icon = "chevron-down" if self.isChecked() else "chevron-right"
            text_x, icon_x = 18, 0
        paint_icon(painter, QRectF(icon_x, 0, 12, self.height()), icon, theme, token, 12)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color(token))
        draw_line(painter, QRectF(text_x, 0, width + 2, self.height()), self.text())
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


class Thinking(QWidget):
    """The thinking before an answer, folded until asked for; its text is built when first unfolded."""

    INSET = 13

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.head = FoldHead(context.theme, self)
        self._column: PlainColumn | None = None
        self._text = ""
        self.head.toggled.connect(self._toggle)

    def set_text(self, text: str, words: str) -> None:
        """The thinking so far and the caption over it."""
        self._text = text
        self.head.set_words(words)
        if self._column is not None and self.head.isChecked():
            self._column.set_text(text)

    def _toggle(self, opened: bool) -> None:
        if opened:
            if self._column is None:
                self._column = PlainColumn(self._context, self, "control", "ink-2", 22)
            self._column.set_text(self._text)
            self._column.step()
        if self._column is not None:
            self._column.setVisible(opened)
        self._context.wishes.resized.emit(self)

    @property
    def busy(self) -> bool:
        """Whether unfolded text is waiting to be built."""
        return self._column is not None and self.head.isChecked() and self._column.busy

    def step(self) -> None:
        """Build one more slice."""
        if self._column is not None:
            self._column.step()

    def texts(self) -> list[TextPiece]:
        """The selectable pieces, when unfolded."""
        return self._column.pieces if self._column is not None and self.head.isChecked() else []

    def fit(self, width: int) -> int:
        """Lay out; returns the height needed."""
        self.head.setGeometry(0, 0, min(width, self.head.sizeHint().width()), 24)
        if self._column is None or not self.head.isChecked():
            return 24
        height = self._column.fit(width - self.INSET)
        self._column.setGeometry(self.INSET, 28, width - self.INSET, height)
        return 28 + height + 4

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.head.isChecked():
            rule(QPainter(self), 0, 28, 1, self.height() - 32, self._context.theme.color("line"))


def thinking_words(ms: int | None, *, thinking: bool) -> str:
    """The caption over the thinking."""
    if ms is None:
        return tr("transcript.thought")
    return tr("transcript.thinking" if thinking else "transcript.thought_for", n=max(1, round(ms / 1000)))
