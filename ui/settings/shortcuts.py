"""The section of the shortcuts: every action with its keys, changed in place; conflicts are settled there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from app.shortcuts import refused
from ui.controls import Button, button, label
from ui.keys import listing
from ui.keys.actions import ACTIONS
from ui.keys.in_force import resolved, shown
from ui.keys.key_button import KeyButton
from ui.settings.form import Adaptive, column, wrapping
from ui.settings.sections import Section

if TYPE_CHECKING:
    from app.settings import Settings


class _Question(QWidget):
    """A sentence under a row and, where keys are taken, the two ways out. `take`, `other`: its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.words = wrapping("", "caption", "bad")
        self.take = button(tr("shortcuts.take"), size="small")
        self.other = button(tr("shortcuts.other"), size="small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.take)
        row.addWidget(self.other)


class KeyRow(QWidget):
    """One action. `wanted(action, keys)`: give it these keys; whose they were has been asked for already.

    Most rows are only looked at: what asks and what resets is made when it is needed.
    """

    wanted = Signal(str, str)

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.name = listing.name(action)
        self.question: _Question | None = None
        self.reset: Button | None = None
        self._overrides: Mapping[str, str] = {}
        self._asked = ""
        self.keys = KeyButton(self.name)
        self._box = column(self, spacing=8)
        self._line = QHBoxLayout()
        self._line.setSpacing(12)
        head = wrapping(self.name, "control", "ink")
        head.setBuddy(self.keys)
        self._line.addWidget(head, 1)
        self._line.addWidget(self.keys)
        self._box.addLayout(self._line)
        self.keys.pressed_keys.connect(self._pressed)
        self.keys.removed.connect(lambda: self._want(""))
        self.keys.listening.connect(self._listening)

    def show_choices(self, overrides: Mapping[str, str], keys: str, usual: str) -> None:
        """Show the keys in force under the user's choices; `usual` are those without any."""
        self._overrides = overrides
        self.keys.show_keys(keys)
        if keys != usual and self.reset is None:
            self.reset = button(tr("shortcuts.reset"), "link")
            self.reset.setAccessibleName(tr("shortcuts.reset_one", action=self.name))
            self.reset.clicked.connect(lambda: self._want(ACTIONS[self.action][0]))
            self._line.insertWidget(1, self.reset)
        if self.reset is not None:
            if keys == usual and self.reset.hasFocus():
                self.keys.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.reset.setVisible(keys != usual)
        if self._asked:
            self._say("")

    def _listening(self, on: bool) -> None:
        if on:
            self._say("")

    def _pressed(self, keys: str) -> None:
        why = refused(keys)
        if why is not None:
            # It listens on: the next keys may be better.
            self._say(tr(f"shortcuts.refused.{why}", keys=shown(keys)))
            return
        self.keys.rest()
        self._want(keys)

    def _want(self, keys: str) -> None:
        holder = listing.owner(self.action, keys, self._overrides)
        if holder is None:
            self._say("")
            self.wanted.emit(self.action, keys)
            return
        self._say(tr("shortcuts.taken", keys=shown(keys), action=listing.name(holder)), keys)

    def _take(self) -> None:
        keys = self._asked
        self._say("")
        self.wanted.emit(self.action, keys)

    def _say(self, words: str, asked: str = "") -> None:
        """A sentence under the row; with `asked` the question whether to take these keys over."""
        self._asked = asked
        if self.question is None:
            if not words:
                return
            self.question = _Question()
            self.question.take.clicked.connect(self._take)
            self.question.other.clicked.connect(self.keys.listen)
            self._box.addWidget(self.question)
        question = self.question
        if not asked and (question.take.hasFocus() or question.other.hasFocus()):
            self.keys.setFocus(Qt.FocusReason.ShortcutFocusReason)
        question.words.setText(words)
        for answer in (question.take, question.other):
            answer.setVisible(bool(asked))
            answer.setAccessibleDescription(words)
        question.setVisible(bool(words))
        if words:
            self.keys.setAccessibleDescription(words)
        if asked:
            # Keys were just pressed: where the keyboard is now must be seen.
            question.take.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.keys.listen()


class ShortcutsSection(Section):
    """Every shortcut of the program, and what gives it other keys."""

    TITLE = "settings.section.shortcuts"
    CAPTION = "shortcuts.caption"

    def build(self) -> Iterator[None]:
        self._overrides: Mapping[str, str] = {}
        self.rows: dict[str, KeyRow] = {}
        self.reset_all = button(tr("shortcuts.reset_all"), size="small", icon="retry")
        self.reset_all.clicked.connect(lambda: self.send("shortcuts", {}))
        self.box.addWidget(self.reset_all, 0, Qt.AlignmentFlag.AlignLeft)
        yield
        for group, actions in listing.GROUPS:
            yield from self.grouped(tr(f"shortcuts.group.{group}"), map(self._row, actions))
        self._send = label("", "control", "ink-2")
        yield from self.grouped(tr("shortcuts.group.fixed"), self._fixed())
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        self._overrides = settings.shortcuts
        now, usual = resolved(self._overrides), resolved({})
        for action, row in self.rows.items():
            row.show_choices(self._overrides, now[action], usual[action])
        if not self._overrides and self.reset_all.hasFocus():
            self.rows["new"].keys.setFocus(Qt.FocusReason.OtherFocusReason)
        self.reset_all.setEnabled(bool(self._overrides))
        self._send.setText(shown("Ctrl+Return" if settings.send_key == "ctrl_enter" else "Return"))

    def _row(self, action: str) -> KeyRow:
        row = self.rows[action] = KeyRow(action)
        row.wanted.connect(self._give)
        return row

    def _fixed(self) -> Iterator[QWidget]:
        yield Adaptive(wrapping(tr("shortcut.send"), "control", "ink"), self._send)
        for action, keys in listing.FIXED:
            words = wrapping(tr(f"shortcut.{action}"), "control", "ink")
            yield Adaptive(words, label(shown(keys), "control", "ink-2"))

    def _give(self, action: str, keys: str) -> None:
        self.send("shortcuts", listing.given(action, keys, self._overrides))
