"""An attachment in the whole window: a picture fitted to it, or a text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, icon_button, label
from ui.hairlines import rule
from ui.theme import Theme

_HEAD = 44


class _Picture(QWidget):
    """Shows a picture as large as the room allows, never larger than it is."""

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self._image = image

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ratio = self.devicePixelRatioF()
        size = self._image.size() / ratio
        room = self.size()
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (room.width() - size.width()) / 2, (room.height() - size.height()) / 2
        painter.drawImage(QRectF(left, top, size.width(), size.height()), self._image)


class Viewer(QWidget):
    """Lies over everything in the window. Escape or the cross closes it and gives the keyboard back.

    `open_file` offers to open the file with another program.
    """

    def __init__(
        self,
        theme: Theme,
        room: QWidget,
        name: str,
        body: QImage | str,
        open_file: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(room)
        self._theme = theme
        self._room = room
        self._before = QGuiApplication.focusObject()
        self.setAccessibleName(tr("attach.viewer", name=name))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 10, 0)
        head.setSpacing(8)
        title = label(name, "control-bold")
        head.addWidget(title, 1)
        if open_file is not None:
            opener = button(tr("attach.open_file"), icon="external", size="small")
            opener.clicked.connect(open_file)
            head.addWidget(opener)
        copier = button(tr("attach.copy"), icon="copy", size="small")
        copier.clicked.connect(lambda: _copy(body))
        head.addWidget(copier)
        close = icon_button("close", tr("attach.close"))
        close.setToolTip(f"{tr('attach.close')} (Esc)")
        close.clicked.connect(self.leave)
        head.addWidget(close)
        bar = QWidget()
        bar.setLayout(head)
        bar.setFixedHeight(_HEAD)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        if isinstance(body, str):
            text = QPlainTextEdit()
            text.setReadOnly(True)
            text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
            text.setFont(theme.font("body"))
            text.setViewportMargins(16, 8, 8, 8)
            text.setAccessibleName(name)
            text.setPlainText(body)
            column.addWidget(text, 1)
            self.setFocusProxy(text)
            text.installEventFilter(self)
        else:
            room_for = QVBoxLayout()
            room_for.setContentsMargins(16, 8, 16, 16)
            room_for.addWidget(_Picture(body))
            column.addLayout(room_for, 1)
        room.installEventFilter(self)
        self.setGeometry(room.rect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Go away."""
        self.hide()
        if isinstance(self._before, QWidget):
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._room and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._room.rect())
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
        ):
            self.leave()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """The keyboard stays in here: what lies behind cannot be seen."""
        stops = [w for w in self.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
        at = next((i for i, widget in enumerate(stops) if widget.hasFocus()), -1 if forward else 0)
        if stops:
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            stops[(at + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return bool(stops)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.fillRect(self.rect(), theme.color("bg-page"))
        rule(painter, 0, _HEAD - 1, self.width(), 1, theme.color("line"))


def _copy(body: QImage | str) -> None:
    clipboard = QGuiApplication.clipboard()
    if isinstance(body, str):
        clipboard.setText(body)
    else:
        clipboard.setImage(body)
