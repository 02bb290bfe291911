"""The small window for a quick question: one field, the answer below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QCursor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.i18n import tr
from app.wording import Names
from ui import tabbing
from ui.composer.editor import Editor, SendKey
from ui.composer.key_guard import KeyBar
from ui.controls import button, label
from ui.desktop.place import within
from ui.theme import Theme
from ui.transcript.view import TranscriptView

WIDTH, TALL = 640, 520
_MARGIN = 32
_RADIUS = 10
_LEFT = 24
"""Pixels before the text, as the transcript has them; of these the editor has 14 itself."""


class _Line(QWidget):
    """The line between field and answer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("line"))


class QuickWindow(QWidget):
    """Signals: `asked(text)`, `stop_requested`, `open_requested` (in the main window), `hidden` (by Esc or
    the window manager). `transcript` shows the answer."""

    asked = Signal(str)
    stop_requested = Signal()
    open_requested = Signal()
    hidden = Signal()

    def __init__(self, theme: Theme, names: Names, clock: Clock, send_key: SendKey) -> None:
        flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
        super().__init__(None, flags)
        self._theme = theme
        # Without a compositor, which only X11 may lack, what is see-through would be black.
        self._round = QGuiApplication.platformName() not in ("xcb", "offscreen")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, self._round)
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setWindowTitle(tr("desktop.quick_title"))
        self.setAccessibleName(tr("desktop.quick_title"))
        self.lets: Callable[[str], bool] = lambda _text: True
        """Whether a text may be asked; what says no says why here."""
        self.editor = Editor(theme)
        self.editor.send_key = send_key
        self.editor.setAccessibleName(tr("desktop.quick"))
        self.editor.installEventFilter(self)
        self.transcript = TranscriptView(theme, names, clock)
        self.transcript.installEventFilter(self)
        self._line = _Line(theme)
        self._hint = label("", "caption", "ink-3")
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.open_button = button(tr("desktop.open_here"), "flat", "external", size="small")
        self.stop_button = button(tr("composer.stop"), icon="stop", size="small")
        self.ask_button = button(tr("composer.send"), "primary", size="small")
        foot = QHBoxLayout()
        foot.setContentsMargins(_LEFT, 4, _LEFT, 12)
        foot.setSpacing(8)
        foot.addWidget(self._hint, 1)
        for made in (self.open_button, self.stop_button, self.ask_button):
            foot.addWidget(made)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(1, 4, 1, 1)
        column.setSpacing(0)
        field = QHBoxLayout()
        # What is typed, the answer and the hint begin at one line.
        field.setContentsMargins(_LEFT - 14, 0, 0, 0)
        field.addWidget(self.editor)
        column.addLayout(field)
        column.addWidget(self._line)
        column.addWidget(self.transcript, 1)
        column.addLayout(foot)
        self.editor.submitted.connect(self.submit)
        self.editor.escaped.connect(self.put_away)
        self.editor.text_given.connect(self.editor.insertPlainText)
        self.ask_button.clicked.connect(self.submit)
        self.editor.textChanged.connect(self._changed)
        self.stop_button.clicked.connect(self.stop_requested)
        self.open_button.clicked.connect(self.open_requested)
        self.setFocusProxy(self.editor)
        self.show_answer(False)
        self.set_running(False)
        self._changed()

    # what the owner calls

    def pop_up(self) -> None:
        """Show the window in the middle of the screen that has the pointer, with the keyboard in it."""
        if not self.isVisible():
            self._centre()
        self.show()
        self.raise_()
        self.activateWindow()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_away(self) -> None:
        """Hide, and tell."""
        if self.isVisible():
            self.hide()
            self.hidden.emit()

    def show_answer(self, on: bool) -> None:
        """Make room for an answer, or be the field alone."""
        self._line.setVisible(on)
        self.transcript.setVisible(on)
        self.open_button.setVisible(on)
        self._fit()

    def set_running(self, running: bool) -> None:
        """Whether an answer is under way."""
        self.stop_button.setVisible(running)
        self.ask_button.setVisible(not running)

    def say(self, text: str, *, bad: bool = False) -> None:
        """Show a sentence at the foot: how to ask, or why nothing could be asked."""
        from ui.controls import tint

        self._hint.setText(text)
        self._hint.setToolTip(text)
        tint(self._hint, "bad" if bad else "ink-3")

    def submit(self, *, anyway: bool = False) -> None:
        """Ask what is written, as by the send key; `anyway` = whatever stands in it."""
        text = self.editor.toPlainText().strip()
        if text and (anyway or self.lets(text)):
            self.asked.emit(text)

    def put_under(self, bar: KeyBar) -> None:
        """Show a bar under the field."""
        self._column.insertWidget(1, bar)
        # Not while a layout is at work, which would go on with what it has counted before.
        bar.resized.connect(self._fit, Qt.ConnectionType.QueuedConnection)

    # inside

    def _changed(self) -> None:
        self.ask_button.setEnabled(not self.editor.document().isEmpty())

    def _room(self) -> QRect:
        screen = QGuiApplication.screenAt(QCursor.pos()) if not self.isVisible() else self.screen()
        found = screen or QGuiApplication.primaryScreen()
        return found.availableGeometry().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _centre(self) -> None:
        """Where the window stands in the middle once an answer is there, so that its field does not jump."""
        room = self._room()
        size = QSize(WIDTH, TALL).boundedTo(room.size())
        left = room.left() + (room.width() - size.width()) // 2
        top = room.top() + (room.height() - size.height()) // 2
        self.move(left, top)
        self._fit()

    def _fit(self) -> None:
        room = self._room()
        layout = self.layout()
        least = layout.sizeHint().height() if layout is not None else 0
        high = least if self.transcript.isHidden() else max(TALL, self.editor.height() + 220)
        size = QSize(WIDTH, high).boundedTo(room.size())
        self.setGeometry(
            within(QRect(self.pos(), size), room) if self.isVisible() else QRect(self.pos(), size)
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.editor and event.type() == QEvent.Type.Resize and self.transcript.isHidden():
            # The field grows with what is written.
            self._fit()
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if watched is self.transcript and escape and event.type() == QEvent.Type.KeyPress:
            self.put_away()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return tabbing.move(self, forward=forward) or super().focusNextPrevChild(forward)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing but the ground takes presses here: the window is moved by it."""
        handle = self.windowHandle()
        if event.button() == Qt.MouseButton.LeftButton and handle is not None:
            handle.startSystemMove()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.put_away()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line-strong"), 1))
        painter.setBrush(self._theme.color("bg-page"))
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = _RADIUS if self._round else 0
        painter.drawRoundedRect(edge, radius, radius)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, super().sizeHint().height())
