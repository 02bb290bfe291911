"""A button that shows the keys of an action and takes new ones: press it, then press the keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QSizePolicy

from app.i18n import tr
from app.shortcuts import written
from ui.buttons import Button
from ui.keys.in_force import shown

_HELD = {
    Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr,
    Qt.Key.Key_Super_L, Qt.Key.Key_Super_R, Qt.Key.Key_Hyper_L, Qt.Key.Key_Hyper_R, Qt.Key.Key_Mode_switch,
    Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_ScrollLock, Qt.Key.Key_Multi_key,
}  # fmt: skip
"""Keys that mean nothing alone: what they are held for comes next."""
_REMOVE = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_WIDTH = 156


class KeyButton(Button):
    """While it listens no shortcut of the window works. Esc and leaving it end that without a change.

    `pressed_keys(portable text)`, `removed()` (Backspace or Delete, also while it does not listen),
    `listening(on)`.
    """

    pressed_keys = Signal(str)
    removed = Signal()
    listening = Signal(bool)

    _listens = False  # Qt asks while the button is still being made

    def __init__(self, name: str) -> None:
        super().__init__("", size="small")
        self._name = name
        self._keys = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self.listen)
        self.show_keys("")

    @property
    def listens(self) -> bool:
        """Whether the next keys are taken."""
        return self._listens

    def show_keys(self, keys: str) -> None:
        """Show these keys (portable text); empty = none."""
        self._keys = keys
        self._show()

    def listen(self) -> None:
        """Take the next keys."""
        if not self._listens:
            self._listens = True
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            self._show()
            self.listening.emit(True)

    def rest(self) -> None:
        """Listen no longer."""
        if self._listens:
            self._listens = False
            self._show()
            self.listening.emit(False)

    def _show(self, held: str = "") -> None:
        words = shown(self._keys) or tr("shortcuts.none")
        self.setText((held or tr("shortcuts.press")) if self._listens else words)
        self.setAccessibleName(tr("shortcuts.button", action=self._name, keys=words))
        self.setAccessibleDescription(tr("shortcuts.how"))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        usual = super().sizeHint()
        return QSize(max(_WIDTH, usual.width()), usual.height())

    def _colours(self) -> tuple[str | None, str | None, str]:
        if self._listens:
            return ("accent-tint", "accent", "accent")
        return super()._colours()

    def event(self, event: QEvent) -> bool:
        if self._listens and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        bare = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if bare and key in _REMOVE:
            self.rest()
            self.removed.emit()
        elif not self._listens and bare and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.listen()
        elif not self._listens:
            super().keyPressEvent(event)
            return
        elif bare and key == Qt.Key.Key_Escape:
            self.rest()
        elif key in _HELD or key in (Qt.Key.Key_unknown, 0):
            self._show(_held(event))
        elif keys := _keys_of(event):
            self.pressed_keys.emit(keys)
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self._listens:
            self._show(_held(event))
            event.accept()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.rest()


def _held(event: QKeyEvent) -> str:
    """The modifiers that are down, as far as the system tells: `Ctrl+Shift+…`."""
    sequence = QKeySequence(event.modifiers().value | Qt.Key.Key_A.value)
    text = sequence.toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text[:-1]}…" if len(text) > 1 else ""


def _keys_of(event: QKeyEvent) -> str:
    """What was pressed, in portable text; empty for keys without a name."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    text = event.text()
    sign = len(text) == 1 and text.isprintable() and not text.isalnum() and not text.isspace()
    if sign and event.key() >= 0x21:
        # Shift only makes the sign then (`?` on `/`), and systems tell the sign as the key.
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    combined = modifiers.value | (Qt.Key.Key_Tab.value if event.key() == Qt.Key.Key_Backtab else event.key())
    portable = QKeySequence(combined).toString(QKeySequence.SequenceFormat.PortableText)
    try:
        return written(portable)
    except ValueError:
        return ""
