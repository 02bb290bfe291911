"""Leads the eye and the keyboard to a row of the settings: scrolls to it, marks it for a moment."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget

from ui.settings.form import Card
from ui.theme import Theme

MARKED_MS = 1800


class Spotlight(QWidget):
    """A frame over a row, which leaves by itself and lets every click through."""

    def __init__(self, row: QWidget, theme: Theme) -> None:
        super().__init__(row)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(row.rect())
        row.installEventFilter(self)
        self.show()
        self.raise_()
        QTimer.singleShot(MARKED_MS, self, self.deleteLater)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self._theme.color("accent")
        ground.setAlpha(28)
        painter.setBrush(ground)
        painter.setPen(QPen(self._theme.color("accent"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 6, 6)
        painter.end()


def reveal(widget: QWidget, theme: Theme) -> None:
    """Give a control the keyboard, scroll to its row and mark it; once its page is laid out."""
    QTimer.singleShot(0, widget, lambda: _reveal(widget, theme))


def _reveal(widget: QWidget, theme: Theme) -> None:
    row = _row(widget)
    area = row.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if isinstance(area, QScrollArea):
        inside = area.widget()
        layout = inside.layout() if inside is not None else None
        if layout is not None:
            layout.activate()
        area.ensureWidgetVisible(row, 0, 96)
    taker = _taker(widget)
    if taker is not None:
        taker.setFocus(Qt.FocusReason.ShortcutFocusReason)
        # Not before: `setFocus` may take it away.
        taker.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        taker.update()
    Spotlight(row, theme)


def _row(widget: QWidget) -> QWidget:
    """The row of a card that a control stands in; the control itself where there is none."""
    row: QWidget | None = widget
    while row is not None:
        above = row.parentWidget()
        if isinstance(above, Card):
            return row
        row = above
    return widget


def _taker(widget: QWidget) -> QWidget | None:
    """What takes the keyboard: the control, or of a few choices the one that is chosen."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return widget
    inner = [
        one
        for one in widget.findChildren(QWidget)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisibleTo(widget)
    ]
    chosen = [one for one in inner if isinstance(one, QAbstractButton) and one.isChecked()]
    return next(iter((*chosen, *inner)), None)
