"""Language and looks changed while the window is in use: everything stays where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea

from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer
from ui import theme as themes
from ui.settings.appearance import Accents, AppearanceSection


def _section(window: Opened) -> AppearanceSection:
    return next(one for one in window.shell.window.findChildren(AppearanceSection) if one.isVisible())


def _area(window: Opened) -> QScrollArea:
    here: Any = _section(window)
    while not isinstance(here, QScrollArea):
        here = here.parentWidget()
    return here


def _accent(window: Opened) -> str:
    return themes.current().look.accent


def test_looks_change_live_and_nothing_is_lost(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await window.core.store.create_conversation(title="要删的")
            await window.until(lambda: len(window.shell.window.sidebar.model.conversations()) == 1)
            (kept,) = window.shell.window.sidebar.model.conversations()
            window.shell._wiring.conversations.delete(kept.id)
            await window.until(lambda: not window.shell.window.sidebar.model.conversations())
            window.composer.editor.setFocus()
            for word in ("一半的 ", "草稿"):
                window.composer.editor.insertPlainText(word)

            # By keyboard through the accents, in the middle of a page that scrolls.
            window.shell.window.resize(720, 480)
            window.shell._wiring.pages.show_settings("appearance")
            await window.until(lambda: _area(window).verticalScrollBar().maximum() > 60)
            accents = _section(window).findChild(Accents)
            first = accents._group.button(0)
            first.setFocus(Qt.FocusReason.TabFocusReason)
            _area(window).verticalScrollBar().setValue(60)
            before = window.shell.window
            QTest.keyClick(first, Qt.Key.Key_Right)
            QTest.keyClick(accents._group.button(1), Qt.Key.Key_Space)
            await window.until(lambda: window.shell.window is not before and _accent(window) == "indigo")
            await window.until(lambda: window.shell._standing)
            fresh = _section(window).findChild(Accents)._group.button(1)
            await window.until(lambda: window.shell.window.focusWidget() is fresh)
            await window.until(lambda: _area(window).verticalScrollBar().value() == 60)

            # Several at once, as when a number is turned quickly: the last one counts.
            for size in (16, 17, 18):
                window.core.settings.change(font_size=size)
            window.core.settings.change(density="compact", code_font="No Such Font", language="en")
            await window.until(lambda: themes.current().look.body_size == 18 and window.shell._standing)
            assert themes.current().look.dense
            await window.until(lambda: _section(window).code_font.currentText().startswith("No Such Font ("))
            assert _section(window).code_font.currentData() == "No Such Font"

            # What was written is there, and can be taken back; so can the deletion.
            window.shell.window.show_page("chat")
            assert window.composer.text() == "一半的 草稿"
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            assert window.composer.text() in ("一半的 ", "")
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            assert window.composer.text() == ""
            window.composer.editor.document().clearUndoRedoStacks()
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            sidebar = window.shell.window.sidebar
            await window.until(sidebar.model.conversations)

    run(scenario(), timeout=60)
