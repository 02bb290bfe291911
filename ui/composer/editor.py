"""What the user writes into: plain text that grows, earlier questions with the arrow keys, files and pictures
pasted or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QMimeData, QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy

from app.attachments.limits import LONG_PASTE
from app.i18n import tr
from ui.composer.even_lines import EvenLines
from ui.theme import Theme

SendKey = Literal["enter", "ctrl_enter"]

ATTACHED_AT_ONCE = 5 * LONG_PASTE
"""A paste of so many characters is not put into the editor at all."""

_LEAST_LINES, _LEAST_MOST_LINES = 2, 4
_SHARE = 3
_PADDING = 12
_BLINK_MS = 5_000
_SYSTEMS = -1  # the flash time of the desktop
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLACES = (Qt.InputMethodQuery.ImCursorRectangle, Qt.InputMethodQuery.ImAnchorRectangle)


class Editor(QPlainTextEdit):
    """Plain text that grows from 2 lines to a third of the window, then scrolls.

    Signals: `submitted` (the send key, never while an input method is composing), `escaped`,
    `focus_changed`, `files_given(list[Path])`, `picture_given(QImage)`, `text_given(str)` for a paste too
    long to be put here, `long_pasted(int, int)` with where a long one now stands.
    """

    submitted = Signal()
    escaped = Signal()
    focus_changed = Signal()
    files_given = Signal(list)
    picture_given = Signal(QImage)
    text_given = Signal(str)
    long_pasted = Signal(int, int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.send_key: SendKey = "enter"
        self._composing = False
        self._offered = ""
        self._earlier: tuple[str, ...] = ()
        self._recalled: int | None = None
        self._watched: QObject | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_BLINK_MS)
        self._rest.timeout.connect(self._stop_blinking)
        self.cursorPositionChanged.connect(self._blink)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.font("body"))
        self.setDocument(self._empty())
        self.setViewportMargins(14, 10, 8, 2)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._offer()
        self.setAccessibleName(tr("composer.name"))
        self._line = theme.line_height("body")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.textChanged.connect(self._fit)
        self._fit()

    def set_earlier(self, texts: Sequence[str]) -> None:
        """What the arrow keys bring back, the newest first."""
        self._earlier = tuple(texts)
        self._recalled = None

    def give_away(self, owner: QObject) -> QTextDocument:
        """Hand the text with its undo history to `owner`; this editor is empty and mute from then on."""
        self.blockSignals(True)
        document = self.document()
        document.documentLayout().documentSizeChanged.disconnect(self._fit)
        document.setParent(owner)
        self.setDocument(self._empty())
        return document

    def _empty(self) -> QTextDocument:
        empty = QTextDocument(self)
        empty.setDocumentMargin(0)
        empty.setDefaultFont(self.font())
        empty.setDocumentLayout(EvenLines(empty, self.font()))
        return empty

    def offer(self, words: str) -> None:
        """What may be written, said while nothing is; empty = a question."""
        self._offered = words
        self._offer()

    def _offer(self) -> None:
        # A wide space, unseen, sets it on the line of what is written.
        words = self._offered or tr("composer.placeholder")
        self.setPlaceholderText("" if self._composing else f"{words}\u3000")

    def adopt(self, document: QTextDocument, anchor: int, position: int) -> None:
        """Go on with what another editor has given away, the cursor where it was."""
        document.setParent(self)
        document.setDefaultFont(self.font())
        document.setDocumentLayout(EvenLines(document, self.font()))
        self.setDocument(document)
        cursor = self.textCursor()
        cursor.setPosition(anchor)
        cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        document.documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    # size

    def _most(self) -> int:
        """The greatest height of the text."""
        return max(_LEAST_MOST_LINES * self._line, self.window().height() // _SHARE - _PADDING)

    def _fit(self) -> None:
        # Asking for the rectangle lays a block out; `lineCount` alone may be of the text before.
        layout = self.document().documentLayout()
        most = self._most()
        needed = 0.0
        block = self.document().firstBlock()
        while block.isValid() and needed < most:
            needed += layout.blockBoundingRect(block).height()
            block = block.next()
        height = _PADDING + round(max(_LEAST_LINES * self._line, min(most, needed)))
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._watched is not self.window():
            if self._watched is not None:
                self._watched.removeEventFilter(self)
            self._watched = self.window()
            self._watched.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._watched and watched is not self:
            self._fit()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    # the caret

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

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() == Qt.Key.Key_Escape and not self._composing:
            self.escaped.emit()
        elif event.key() in _ENTER and self._composing:
            # It confirms what the input method proposes; let through or not, it is not ours.
            event.accept()
        elif event.key() in _ENTER:
            self._enter(held)
        elif held == Qt.KeyboardModifier.NoModifier and self._recall(event.key()):
            event.accept()
        else:
            super().keyPressEvent(event)

    def _enter(self, held: Qt.KeyboardModifier) -> None:
        plain = held == Qt.KeyboardModifier.NoModifier
        if (plain and self.send_key == "enter") or held == Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
        else:
            self.insertPlainText("\n")
            self.ensureCursorVisible()

    def _recall(self, key: int) -> bool:
        """Go through the earlier questions, as long as nothing else has been written."""
        if key not in (Qt.Key.Key_Up, Qt.Key.Key_Down) or self._composing or self.isReadOnly():
            return False
        at = self._recalled
        if at is not None and (at >= len(self._earlier) or self._longer_than(self._earlier[at])):
            at = self._recalled = None
        if at is None and not self.document().isEmpty():
            return False
        cursor = self.textCursor()
        if cursor.hasSelection():
            return False
        # Within a text of several lines the keys move the caret first.
        up = key == Qt.Key.Key_Up
        edge = self.textCursor()
        moved = edge.movePosition(edge.MoveOperation.Up if up else edge.MoveOperation.Down)
        if moved and edge.position() != cursor.position() and at is not None:
            return False
        wanted = (0 if at is None else at + 1) if up else (None if at is None else at - 1)
        if wanted is None or wanted >= len(self._earlier):
            return False
        if wanted < 0:
            self.setPlainText("")
            self._recalled = None
            return True
        self.setPlainText(self._earlier[wanted])
        self._recalled = wanted
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.setTextCursor(cursor)
        return True

    def _longer_than(self, text: str) -> bool:
        """Whether the text here is another one, without copying a long one."""
        return self.document().characterCount() - 1 != len(text) or self.toPlainText() != text

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        # Qt looks at the document alone, which a composed text is not part of yet.
        self._offer()
        super().inputMethodEvent(event)

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        # Qt answers in the viewport's coordinates, which the margins move: candidates would cover the text.
        found: object = super().inputMethodQuery(query)
        if query in _PLACES and isinstance(found, (QRect, QRectF)):
            return found.translated(self.viewport().pos())
        return found

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._blink()
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._composing = False
        self._offer()
        self._rest.stop()
        QGuiApplication.styleHints().setCursorFlashTime(_SYSTEMS)
        super().focusOutEvent(event)
        self.focus_changed.emit()

    # what is pasted and dropped

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasImage() or bool(files_of(source))

    def insertFromMimeData(self, source: QMimeData) -> None:
        if files := files_of(source):
            self.files_given.emit(files)
            return
        # Office programs offer a picture of the text beside the text: the text is what is meant.
        if source.hasImage() and not source.text().strip():
            image = source.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.picture_given.emit(image)
            return
        text = source.text().replace("\r\n", "\n").replace("\r", "\n")
        if len(text) > ATTACHED_AT_ONCE:
            self.text_given.emit(text)
            return
        self.insertPlainText(text)
        self.ensureCursorVisible()
        if len(text) > LONG_PASTE:
            end = self.textCursor().position()
            self.long_pasted.emit(end - _utf16(text), end)


def files_of(source: QMimeData) -> list[Path]:
    """The local files among what is pasted or dropped."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]


def _utf16(text: str) -> int:
    """The length as Qt counts it."""
    return len(text) + sum(1 for c in text if c > "\uffff") if not text.isascii() else len(text)
