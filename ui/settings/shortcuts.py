"""The section of the shortcuts: every action with its keys, changed in place; conflicts are settled there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from app.shortcuts import refused
from ui.controls import button, label
from ui.keys import listing
from ui.keys.actions import ACTIONS
from ui.keys.in_force import resolved, shown
from ui.keys.key_button import KeyButton
from ui.settings.form import Adaptive, column, wrapping
from ui.settings.sections import Section
from ui.theme import Theme

if TYPE_CHECKING:
    from app.settings import Settings


class KeyRow(QWidget):
    """One action. `wanted(action, keys)`: give it these keys; whose they were has been asked for already.

    `overrides` are the user's choices, told by `show_choices`.
    """

    wanted = Signal(str, str)

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.name = listing.name(action)
        self._overrides: Mapping[str, str] = {}
        self._asked = ""
        self.keys = KeyButton(self.name)
        self.reset = button(tr("shortcuts.reset"), "link")
        self.reset.setAccessibleName(tr("shortcuts.reset_one", action=self.name))
        # Its place stays, so that the keys of all rows stand in one line.
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        side = QWidget()
        row = QHBoxLayout(side)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.reset)
        row.addWidget(self.keys)
        self.words = wrapping("", "caption", "bad")
        self.take = button(tr("shortcuts.take"), size="small")
        self.other = button(tr("shortcuts.other"), size="small")
        self._question = QWidget()
        answers = QHBoxLayout(self._question)
        answers.setContentsMargins(0, 2, 0, 0)
        answers.setSpacing(8)
        answers.addStretch(1)
        answers.addWidget(self.take)
        answers.addWidget(self.other)
        box = column(self, spacing=4)
        head = wrapping(self.name, "control", "ink")
        head.setBuddy(self.keys)
        box.addWidget(Adaptive(head, side))
        box.addWidget(self.words)
        box.addWidget(self._question)
        self._say("")
        self.keys.pressed_keys.connect(self._pressed)
        self.keys.removed.connect(lambda: self._want(""))
        self.keys.listening.connect(self._listening)
        self.reset.clicked.connect(lambda: self._want(ACTIONS[self.action][0]))
        self.take.clicked.connect(self._take)
        self.other.clicked.connect(self.keys.listen)

    def show_choices(self, overrides: Mapping[str, str]) -> None:
        """Show the keys in force under the user's choices."""
        self._overrides = overrides
        self.keys.show_keys(resolved(overrides)[self.action])
        changed = resolved(overrides)[self.action] != resolved({})[self.action]
        if not changed and self.reset.hasFocus():
            self.keys.setFocus(Qt.FocusReason.OtherFocusReason)
        self.reset.setVisible(changed)
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
        self.take.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        keys = self._asked
        self.keys.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say("")
        self.wanted.emit(self.action, keys)

    def _say(self, words: str, asked: str = "") -> None:
        """A sentence under the row; with `asked` the question whether to take these keys over."""
        if not asked and (self.take.hasFocus() or self.other.hasFocus()):
            self.keys.setFocus(Qt.FocusReason.OtherFocusReason)
        self._asked = asked
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._question.setVisible(bool(asked))
        self.take.setAccessibleDescription(words)
        if words:
            self.keys.setAccessibleDescription(words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.keys.listen()


class ShortcutsSection(Section):
    """Every shortcut of the program, and what gives it other keys."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("settings.section.shortcuts"), tr("shortcuts.caption"))
        self._overrides: Mapping[str, str] = {}
        self.rows: dict[str, KeyRow] = {}
        self.reset_all = button(tr("shortcuts.reset_all"), size="small", icon="retry")
        self.reset_all.clicked.connect(lambda: self.send("shortcuts", {}))
        self.box.addWidget(self.reset_all, 0, Qt.AlignmentFlag.AlignLeft)
        for group, actions in listing.GROUPS:
            for action in actions:
                row = self.rows[action] = KeyRow(action)
                row.wanted.connect(self._give)
            self.group(tr(f"shortcuts.group.{group}"), *(self.rows[action] for action in actions))
        self._send = label("", "control", "ink-2")
        fixed = [Adaptive(wrapping(tr("shortcut.send"), "control", "ink"), self._send)]
        for action, keys in listing.FIXED:
            words = wrapping(tr(f"shortcut.{action}"), "control", "ink")
            fixed.append(Adaptive(words, label(shown(keys), "control", "ink-2")))
        self.group(tr("shortcuts.group.fixed"), *fixed)
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        self._overrides = settings.shortcuts
        for row in self.rows.values():
            row.show_choices(self._overrides)
        if not self._overrides and self.reset_all.hasFocus():
            self.rows["new"].keys.setFocus(Qt.FocusReason.OtherFocusReason)
        self.reset_all.setEnabled(bool(self._overrides))
        self._send.setText(shown("Ctrl+Return" if settings.send_key == "ctrl_enter" else "Return"))

    def _give(self, action: str, keys: str) -> None:
        self.send("shortcuts", listing.given(action, keys, self._overrides))
