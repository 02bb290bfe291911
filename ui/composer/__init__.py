"""The composer: relay strip, editor and tools in one rounded frame."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import button, label, tint
from ui.relay_strip import RelayStrip
from ui.theme import Theme

SendKey = Literal["enter", "ctrl_enter"]
_LEAST_LINES, _MOST_LINES = 2, 10
_BLINK_MS = 5_000
_SYSTEMS = -1  # the flash time of the desktop
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Editor(QPlainTextEdit):
    """Plain text that grows from 2 to 10 lines, then scrolls.

    Signals: `submitted` (the send key, never while an input method is composing), `escaped`,
    `focus_changed`.
    """

    submitted = Signal()
    escaped = Signal()
    focus_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.send_key: SendKey = "enter"
        self._composing = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_BLINK_MS)
        self._rest.timeout.connect(self._stop_blinking)
        self.cursorPositionChanged.connect(self._blink)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.font("body"))
        self.document().setDocumentMargin(0)
        self.setViewportMargins(14, 10, 8, 2)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlaceholderText(tr("composer.placeholder"))
        self.setAccessibleName(tr("composer.name"))
        self._line = theme.line_height("body")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.textChanged.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        # Asking for the rectangle lays a block out; `lineCount` alone may be of the text before.
        layout = self.document().documentLayout()
        most = _MOST_LINES * self.fontMetrics().lineSpacing()
        needed = 0.0
        block = self.document().firstBlock()
        while block.isValid() and needed < most:
            needed += layout.blockBoundingRect(block).height()
            block = block.next()
        height = 12 + round(max(_LEAST_LINES * self._line, min(most, needed)))
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def _blink(self) -> None:
        """Let the cursor blink for a while; then it stands still, so that an idle window stays idle."""
        if not self.hasFocus():
            return
        if not self._rest.isActive():
            QGuiApplication.styleHints().setCursorFlashTime(_SYSTEMS)
        self._rest.start()

    def _stop_blinking(self) -> None:
        self._rest.stop()
        QGuiApplication.styleHints().setCursorFlashTime(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            return
        if event.key() not in _ENTER or self._composing:
            super().keyPressEvent(event)
            return
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control = held == Qt.KeyboardModifier.ControlModifier
        plain = held == Qt.KeyboardModifier.NoModifier
        if (plain and self.send_key == "enter") or control:
            self.submitted.emit()
        else:
            self.insertPlainText("\n")
            self.ensureCursorVisible()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._blink()
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._composing = False
        self._rest.stop()
        QGuiApplication.styleHints().setCursorFlashTime(_SYSTEMS)
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insertPlainText(source.text().replace("\r\n", "\n").replace("\r", "\n"))
        self.ensureCursorVisible()


class Composer(QFrame):
    """What the user writes and sends.

    Signals: `send_requested(text)`, `stop_requested`, `text_changed` (for drafts and the estimate),
    `thinking_changed(bool | None)`; the strip's own signals are on `strip`.
    """

    send_requested = Signal(str)
    stop_requested = Signal()
    text_changed = Signal()
    thinking_changed = Signal(object)

    def __init__(self, theme: Theme, strip: RelayStrip) -> None:
        super().__init__()
        self._theme = theme
        self._running = False
        self._enough = True
        self._thinking: bool | None = None
        self.strip = strip
        self.editor = Editor(theme)
        self.editor.submitted.connect(self._send)
        self.editor.escaped.connect(self._stop)
        self.editor.textChanged.connect(self._changed)
        self.editor.focus_changed.connect(self.update)
        self._estimate = label("", "caption", "ink-3")
        self._estimate.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._estimate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.thinking_button = button("", "flat", "bulb", trailing="chevron-down")
        self.thinking_button.setFont(theme.font("caption"))
        self.thinking_button.clicked.connect(self._show_thinking)
        self.send_button = button(tr("composer.send"), "primary", size="send")
        self.send_button.clicked.connect(self._send)
        self.stop_button = button(tr("composer.stop"), icon="stop", hint="Esc", size="send")
        self.stop_button.clicked.connect(self._stop)
        self.stop_button.hide()
        tools = QHBoxLayout()
        tools.setContentsMargins(10, 2, 8, 8)
        tools.setSpacing(12)
        tools.addWidget(self.thinking_button)
        tools.addWidget(self._estimate, 1)
        tools.addWidget(self.send_button)
        tools.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(strip)
        column.addWidget(self.editor)
        column.addLayout(tools)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.editor)
        self.set_thinking(None)
        self._refresh()

    # what the owner calls

    def text(self) -> str:
        """What is written, as typed."""
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace what is written (a draft, a question to edit) and put the cursor behind it."""
        if text != self.text():
            self.editor.setPlainText(text)
            cursor = self.editor.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            self.editor.setTextCursor(cursor)

    def clear(self) -> None:
        """Empty the editor."""
        self.editor.clear()

    def set_running(self, running: bool) -> None:
        """While an answer is written the button stops instead of sending."""
        if running == self._running:
            return
        self._running = running
        focused = self.send_button.hasFocus() or self.stop_button.hasFocus()
        self.send_button.setVisible(not running)
        self.stop_button.setVisible(running)
        if focused:
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    def set_estimate(self, text: str, enough: bool = True) -> None:
        """What sending would cost, e.g. `约 1,460 token · 够用`; `enough` False colours it as a warning."""
        self._estimate.setText(text)
        if enough != self._enough:
            self._enough = enough
            tint(self._estimate, "ink-3" if enough else "cool")

    def set_send_key(self, key: SendKey) -> None:
        """Whether Enter or Ctrl+Enter sends; the other one breaks the line (Ctrl+Enter always sends)."""
        self.editor.send_key = key

    def thinking(self) -> bool | None:
        """Whether the model is asked to think; None = as the vendor does by default."""
        return self._thinking

    def set_thinking(self, thinking: bool | None) -> None:
        """Choose thinking without telling it back."""
        self._thinking = thinking
        self.thinking_button.setText(tr("composer.thinking", choice=_choice(thinking)))

    def set_enabled(self, enabled: bool) -> None:
        """Allow or refuse writing, e.g. while there is nothing to send to."""
        self.editor.setEnabled(enabled)
        self._refresh()

    # inside

    def _send(self) -> None:
        text = self.text()
        if text.strip() and not self._running and self.editor.isEnabled():
            self.send_requested.emit(text)

    def _stop(self) -> None:
        if self._running:
            self.stop_requested.emit()

    def _changed(self) -> None:
        self._refresh()
        self.text_changed.emit()

    def _refresh(self) -> None:
        writable = self.editor.isEnabled() and not self._running
        self.send_button.setEnabled(writable and not _blank(self.editor))

    def _show_thinking(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        for choice in (None, True, False):
            action = QAction(_choice(choice), group)
            action.setCheckable(True)
            action.setChecked(choice is self._thinking)
            action.triggered.connect(lambda _=False, c=choice: self._choose_thinking(c))
            menu.addAction(action)
        menu.popup(self.thinking_button.mapToGlobal(self.thinking_button.rect().bottomLeft()))

    def _choose_thinking(self, choice: bool | None) -> None:
        self.set_thinking(choice)
        self.thinking_changed.emit(choice)

    def sizeHint(self) -> QSize:
        return self.layout().sizeHint()  # pyright: ignore[reportOptionalMemberAccess] - set in __init__

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = "accent" if self.editor.hasFocus() else "line-strong"
        painter.setPen(QPen(self._theme.color(line), 1))
        painter.setBrush(self._theme.color("bg-page"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


def _choice(thinking: bool | None) -> str:
    if thinking is None:
        return tr("composer.thinking.auto")
    return tr("composer.thinking.on") if thinking else tr("composer.thinking.off")


def _blank(editor: QWidget) -> bool:
    """Whether nothing but space is written, without copying a long text."""
    assert isinstance(editor, QPlainTextEdit)
    document = editor.document()
    if document.characterCount() > 2000:
        return False
    return not editor.toPlainText().strip()
