"""The composer: relay strip, attachments, editor and tools in one rounded frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from ui.composer.editor import Editor, SendKey, files_of
from ui.controls import button, icon_button, label, tint
from ui.keys import in_force
from ui.relay_strip import RelayStrip
from ui.theme import Theme

if TYPE_CHECKING:
    from app.attachments.enclosure import Enclosure
    from ui.composer.tray import Tray

__all__ = ["Composer", "Editor", "SendKey"]


class Composer(QFrame):
    """What the user writes and sends.

    Signals: `send_requested(text)`, `stop_requested`, `text_changed` (for drafts and the estimate),
    `thinking_changed(bool | None)`, `attach_requested` (choose files), `files_given(list[Path])`,
    `picture_given(QImage)`, `text_given(str)` (attach this text),
    `lent(question)` and `given_back` (see `lend`). Those of strip, tray and editor are there.
    """

    send_requested = Signal(str)
    stop_requested = Signal()
    text_changed = Signal()
    thinking_changed = Signal(object)
    attach_requested = Signal()
    files_given = Signal(list)
    picture_given = Signal(QImage)
    text_given = Signal(str)
    lent = Signal(str)
    given_back = Signal()

    def __init__(self, theme: Theme, strip: RelayStrip) -> None:
        super().__init__()
        self._theme = theme
        self._running = False
        self._enough = True
        self._thinking: bool | None = None
        self.strip = strip
        self.parts: Callable[[], tuple[Enclosure, ...]] = tuple
        """What is attached and goes along with what is sent next."""
        self.lets: Callable[[str], bool] = lambda _text: True
        """Whether a text may be sent; what says no says why here (`ui.composer.key_guard`)."""
        self.keepable: Callable[[str], str] = _keepable
        """A text as it may be written to disk while it is not sent."""
        self._holds_parts = self._reading = False
        self._offered: tuple[int, int] | None = None
        self._tray: Tray | None = None
        self.editor = Editor(theme)
        self.editor.files_given.connect(self.files_given)
        self.editor.picture_given.connect(self.picture_given)
        self.editor.text_given.connect(self.text_given)
        self.editor.long_pasted.connect(self._offer)
        self.editor.submitted.connect(self.send)
        self.editor.escaped.connect(self._stop)
        self.editor.textChanged.connect(self._changed)
        self.editor.focus_changed.connect(self.update)
        self._estimate = label("", "caption", "ink-3")
        self._estimate.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._estimate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.attach_button = icon_button("attach", tr("composer.attach"))
        in_force.tip(self.attach_button, tr("composer.attach"), "attach")
        self.attach_button.clicked.connect(self.attach_requested)
        in_force.shortcut("attach", self, self.attach_requested.emit)
        self.offer_button = button(tr("composer.attach_paste"), "link")
        self.offer_button.setFont(theme.font("caption"))
        self.offer_button.clicked.connect(self._take_offer)
        self.offer_button.hide()
        self.thinking_button = button("", "flat", "bulb", trailing="chevron-down")
        self.thinking_button.setFont(theme.font("caption"))
        self.thinking_button.clicked.connect(self._show_thinking)
        self.send_button = button(tr("composer.send"), "primary", size="send")
        self.send_button.clicked.connect(self.send)
        self.stop_button = button(tr("composer.stop"), icon="stop", hint="Esc", size="send")
        self.stop_button.clicked.connect(self._stop)
        self.stop_button.hide()
        tools = QHBoxLayout()
        tools.setContentsMargins(10, 2, 8, 8)
        tools.setSpacing(12)
        tools.addWidget(self.attach_button)
        tools.addWidget(self.thinking_button)
        tools.addWidget(self.offer_button)
        tools.addWidget(self._estimate, 1)
        tools.addWidget(self.send_button)
        tools.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(strip)
        self._column = column
        column.addWidget(self.editor)
        column.addLayout(tools)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.editor)
        self.setAcceptDrops(True)
        self.set_thinking(None)
        self._refresh()

    # what the owner calls

    @property
    def tray(self) -> Tray:
        """What is attached; made when it is first asked for, which is after the first paint."""
        if self._tray is None:
            from ui.composer.tray import Tray

            self._tray = Tray(self._theme)
            self._column.insertWidget(1, self._tray)
        return self._tray

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

    def draft(self) -> str:
        """What is written, as it may be kept on disk."""
        return self.keepable(self.text())

    def put_under(self, widget: QWidget) -> None:
        """Show a widget between editor and tools."""
        self._column.insertWidget(self._column.indexOf(self.editor) + 1, widget)

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
        self.thinking_button.setText(tr("composer.thinking", choice=_choice(thinking).lower()))

    def lend(self, question: str) -> None:
        """A question is being edited here: what is attached to it takes the place of the draft's things."""
        self.lent.emit(question)

    def give_back(self) -> None:
        """The draft is back, with what was attached to it."""
        self.given_back.emit()

    def set_parts(self, held: bool, reading: bool) -> None:
        """Whether something is attached, which can be sent without a word; and whether some of it is still
        being read, so that nothing can be sent yet."""
        self._holds_parts, self._reading = held, reading
        self._refresh()

    def set_enabled(self, enabled: bool) -> None:
        """Allow or refuse writing, e.g. while there is nothing to send to."""
        self.editor.setEnabled(enabled)
        self._refresh()

    def send(self, *, anyway: bool = False) -> None:
        """Send what is written, as by the send key; `anyway` = whatever stands in it."""
        text = self.text()
        ready = (text.strip() or self._holds_parts) and not self._reading
        if ready and not self._running and self.editor.isEnabled() and (anyway or self.lets(text)):
            self._withdraw()
            self.send_requested.emit(text)

    # inside

    def _stop(self) -> None:
        if self._running:
            self.stop_requested.emit()

    def _changed(self) -> None:
        self._withdraw()
        self._refresh()
        self.text_changed.emit()

    def _refresh(self) -> None:
        writable = self.editor.isEnabled() and not self._running
        something = self._holds_parts or not _blank(self.editor)
        self.send_button.setEnabled(writable and something and not self._reading)

    def _offer(self, start: int, end: int) -> None:
        """A long text was pasted; until the next change it can be made an attachment."""
        self._offered = (start, end)
        self.offer_button.show()

    def _withdraw(self) -> None:
        self._offered = None
        self.offer_button.hide()

    def _take_offer(self) -> None:
        if self._offered is None:
            return
        start, end = self._offered
        cursor = self.editor.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, cursor.MoveMode.KeepAnchor)
        # Qt parts paragraphs with a character of its own.
        text = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")
        cursor.removeSelectedText()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.text_given.emit(text)

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

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_of(event.mimeData()) or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.editor.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()

    def sizeHint(self) -> QSize:
        return self.layout().sizeHint()  # pyright: ignore[reportOptionalMemberAccess] - set in __init__

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = "accent" if self.editor.hasFocus() else "line-strong"
        painter.setPen(QPen(self._theme.color(line), 1))
        painter.setBrush(self._theme.color("bg-page"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


def _keepable(text: str) -> str:
    from app.key_leaks import without_keys

    return without_keys(text)


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
