"""Lets Ctrl+Z through an editor that has nothing to take back, so that it reaches the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit


class UndoKey(QObject):
    """Watches one editor. An editor takes every Ctrl+Z for itself, whether text comes back or not."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        editor.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if not event.matches(QKeySequence.StandardKey.Undo):
            return False
        event.setAccepted(self._undo_text())
        return True

    def _undo_text(self) -> bool:
        """Take back a change of the text; steps that change only its layout are none to the user."""
        editor = self._editor
        before = editor.toPlainText()
        while editor.document().isUndoAvailable():
            editor.undo()
            if editor.toPlainText() != before:
                return True
        return False
