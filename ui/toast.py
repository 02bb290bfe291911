"""The bar that says what was done and lets it be undone: `已删除 · 撤销`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.spoken import say
from ui.theme import Theme

UNDO_SECONDS = 8
_GAP = 16


class Toast(QWidget):
    """A bar over the foot of its parent; it leaves by itself, but not under the pointer or the keyboard.

    `lift` says how far above the parent's foot it stands, so as not to cover the composer.
    """

    def __init__(self, theme: Theme, parent: QWidget, lift: Callable[[], int] = lambda: _GAP) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lift = lift
        self._act: Callable[[], None] | None = None
        self._text = label("", "control")
        self._action = button("", "link")
        self._action.clicked.connect(self._acted)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 10, 6)
        row.setSpacing(12)
        row.addWidget(self._text)
        row.addWidget(self._action)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._leave)
        parent.installEventFilter(self)
        self.hide()

    def stay_above(self, other: QWidget) -> None:
        """`lift` changes with the height of this widget."""
        other.installEventFilter(self)

    def show_undo(self, text: str, undo: Callable[[], None], seconds: float = UNDO_SECONDS) -> None:
        """Say what was done; `undo` is called at most once, while the bar is there."""
        self.show_text(text, tr("window.undo"), undo, seconds)

    def show_text(
        self,
        text: str,
        action: str = "",
        act: Callable[[], None] | None = None,
        seconds: float = UNDO_SECONDS,
    ) -> None:
        """Say one sentence with at most one action. A newer sentence takes the older one's place."""
        self._act = act
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(act is not None)
        self.setAccessibleName(text)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        say(self, f"{text} {action}".strip())
        self._timer.start(round(seconds * 1000))

    def dismiss(self) -> None:
        """Take the bar away; what was done stays done."""
        self._act = None
        self._timer.stop()
        self.hide()

    def _acted(self) -> None:
        act = self._act
        self.dismiss()
        if act is not None:
            act()

    def _leave(self) -> None:
        if self.underMouse() or self._action.hasFocus():
            self._timer.start(1000)
        else:
            self.dismiss()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self._text.setWordWrap(False)
            room, wanted = parent.width() - 2 * _GAP, self.sizeHint()
            if wanted.width() > room:
                # A long sentence takes several lines rather than lose its end.
                self._text.setWordWrap(True)
                wanted.setHeight(self.heightForWidth(room))
            self.resize(min(wanted.width(), room), wanted.height())
            self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - self._lift())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line-strong"), 1))
        painter.setBrush(self._theme.color("bg-page"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
