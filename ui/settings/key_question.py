"""Asks whose a pasted key is. The key itself waits with whoever asked; no widget holds it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from app.i18n import tr
from ui.controls import Button, button
from ui.settings.form import column, wrapping


class FlowLayout(QLayout):
    """Items side by side, on as many lines as they need."""

    def __init__(self, parent: QWidget, gap: int = 8) -> None:
        super().__init__(parent)
        self._gap = gap
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's spelling
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's spelling
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's spelling
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's spelling
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's spelling
        widest = max((item.minimumSize().width() for item in self._items), default=0)
        tallest = max((item.minimumSize().height() for item in self._items), default=0)
        return QSize(widest, tallest)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's spelling
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        beside: list[tuple[QLayoutItem, QRect]] = []

        def end_line() -> None:
            """Items of different heights stand on one middle line."""
            for item, place in beside if move else ():
                item.setGeometry(place.translated(0, (line - place.height()) // 2))
            beside.clear()

        for item in self._items:
            if item.isEmpty():
                # Hidden, or about to be deleted: no gap in its place.
                continue
            hint = item.sizeHint()
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                end_line()
                x, y, line = rect.x(), y + line + self._gap, 0
            beside.append((item, QRect(QPoint(x, y), hint)))
            x += hint.width() + self._gap
            line = max(line, hint.height())
        end_line()
        return y + line - rect.y()


class KeyQuestion(QWidget):
    """One sentence and a button for each answer. `answered(provider)`, `dismissed()`; Escape dismisses."""

    answered = Signal(str)
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = wrapping("", "control", "ink")
        self.choices: dict[str, Button] = {}
        self._row = QWidget()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._row.setSizePolicy(policy)
        self._flow = FlowLayout(self._row)
        box = column(self, spacing=8)
        box.addWidget(self.words)
        box.addWidget(self._row)
        self.hide()

    def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> None:
        """Ask, with a button a (provider, words); the keyboard goes to the first: Enter takes it."""
        self.clear()
        self.words.setText(text)
        for n, (provider, words) in enumerate(choices):
            made = button(words, "primary" if n == 0 and len(choices) == 1 else "secondary", size="small")
            made.clicked.connect(partial(self._answer, provider))
            self.choices[provider] = made
            self._flow.addWidget(made)
        cancel = button(tr("settings.cancel"), "flat", size="small")
        cancel.clicked.connect(self._dismiss)
        self._flow.addWidget(cancel)
        self._row.updateGeometry()
        self.setVisible(True)
        first = next(iter(self.choices.values()), cancel)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def clear(self) -> None:
        """Take the question away."""
        self.choices = {}
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self._dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, Button):
            focused.click()
        else:
            super().keyPressEvent(event)

    def _answer(self, provider: str) -> None:
        self.clear()
        self.answered.emit(provider)

    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()
