"""The section about the desktop: tray, quick ask and its keys, notifications."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from app.settings import Settings
from app.shortcuts import refused
from ui.controls import button, label, tint
from ui.keys.in_force import shown
from ui.keys.key_button import KeyButton
from ui.settings.form import column, form_row, wrapping
from ui.settings.sections import Section


class DesktopSection(Section):
    """`keys_chosen(text)` follows the user only, empty = none; `command_copied`."""

    TITLE = "settings.section.desktop"
    CAPTION = "desktop.caption"

    keys_chosen = Signal(str)
    command_copied = Signal()

    def build(self) -> Iterator[None]:
        self.tray = self.switch("tray")
        self.tray_note = wrapping(tr("desktop.no_tray"), "caption", "cool")
        self.tray_note.hide()
        rows = QWidget()
        lines = column(rows, spacing=6)
        lines.addWidget(form_row(tr("desktop.tray"), tr("desktop.tray.note"), self.tray))
        lines.addWidget(self.tray_note)
        self.group("", rows)
        yield
        self._build_keys()
        yield
        self.notify = self.switch("notify")
        self.words = self.switch("notify_words")
        self.group(
            tr("desktop.notices"),
            form_row(tr("desktop.notify"), tr("desktop.notify.note"), self.notify),
            form_row(tr("desktop.notify_words"), tr("desktop.notify_words.note"), self.words),
        )
        yield
        self.box.addStretch(1)

    def _build_keys(self) -> None:
        self.keys = KeyButton(tr("desktop.keys"))
        self.keys_state = wrapping("", "caption", "ink-3")
        self.keys_state.hide()
        block = QWidget()
        lines = column(block, spacing=6)
        lines.addWidget(form_row(tr("desktop.keys"), tr("desktop.keys.note"), self.keys))
        lines.addWidget(self.keys_state)
        self.command = label("", "code", "ink-2")
        copy = button(tr("desktop.copy_command"), icon="copy", size="small")
        copy.setAccessibleName(tr("desktop.copy_command"))
        copy.clicked.connect(self.command_copied)
        line = QWidget()
        told = QHBoxLayout(line)
        told.setContentsMargins(0, 0, 0, 0)
        told.setSpacing(12)
        told.addWidget(self.command, 1)
        told.addWidget(copy)
        other = QWidget()
        more = column(other, spacing=6)
        more.addWidget(wrapping(tr("desktop.or_command"), "caption", "ink-3"))
        more.addWidget(line)
        about = wrapping(tr("desktop.quick.note"), "caption", "ink-3")
        self.group(tr("desktop.quick"), about, block, other)
        self.keys.pressed_keys.connect(self._pressed)
        self.keys.removed.connect(lambda: self.keys_chosen.emit(""))

    def show_settings(self, settings: Settings) -> None:
        self.tray.setChecked(settings.tray)
        self.notify.setChecked(settings.notify)
        self.words.setChecked(settings.notify_words)
        self.words.setEnabled(settings.notify)
        self.keys.show_keys(settings.quick_keys)

    def show_tray(self, there: bool) -> None:
        """Whether the desktop has a tray."""
        self.tray_note.setHidden(there)

    def show_keys(self, text: str, tone: str = "ink-3") -> None:
        """What the keys do now, or why there are none; empty = nothing to say."""
        self.keys_state.setText(text)
        self.keys_state.setVisible(bool(text))
        self.keys.setAccessibleDescription(text)
        tint(self.keys_state, tone)

    def show_command(self, command: str) -> None:
        """What opens the small window from elsewhere."""
        self.command.setText(command)

    def _pressed(self, keys: str) -> None:
        why = refused(keys)
        if why is not None:
            # It listens on: the next keys may be better.
            self.show_keys(tr(f"shortcuts.refused.{why}", keys=shown(keys)), "bad")
            return
        self.keys.rest()
        self.keys_chosen.emit(keys)
