"""Every screen, in both languages: what can be clicked has a name, and the keyboard gets to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from tests.e2e.opened import Opened, opened
from tests.fakes.replies import Reply
from tests.fakes.server import FakeServer
from ui.leg_button import LegButton

CLICKABLE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
SECTIONS = (
    "providers", "relay", "grants", "spend", "assistants", "appearance", "data", "network", "shortcuts",
    "about",
)  # fmt: skip


def clickable(root: QWidget) -> Iterator[QWidget]:
    """What can be seen and clicked, without the parts Qt makes inside a widget of its own."""
    for widget in root.findChildren(QWidget):
        inside = isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox | QAbstractItemView)
        if isinstance(widget, QScrollBar) or inside or widget.objectName().startswith("qt_"):
            continue
        if isinstance(widget, QTextEdit | QPlainTextEdit) and widget.isReadOnly():
            # Text to read: its row carries the name, and what is written there is what is read out.
            continue
        if isinstance(widget, CLICKABLE) and widget.isVisible() and widget.isEnabled():
            yield widget


def described(widget: QWidget) -> str:
    """A widget by its class, its ancestors and what it says, for a failure's message."""
    chain, parent = [type(widget).__name__], widget.parentWidget()
    while parent is not None and len(chain) < 5:
        chain.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(chain) + f" {getattr(widget, 'text', str)()!r} {widget.toolTip()!r}"


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def by_tab(window: QWidget) -> set[QWidget]:
    """Every widget the Tab key visits, pressed as a person would."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    found: set[QWidget] = set()
    window.activateWindow()
    for _ in range(400):
        QTest.keyClick(app.focusWidget() or window, Qt.Key.Key_Tab)
        here = app.focusWidget()
        if here is None or here in found:
            break
        found.add(here)
    return found


def reached(widget: QWidget, stops: set[QWidget]) -> bool:
    """Whether the keyboard gets to a widget: by Tab, or by the arrows from another button of its group."""
    proxy: QWidget | None = widget
    while proxy is not None:
        if proxy in stops:
            return True
        proxy = proxy.focusProxy()
    if isinstance(widget, LegButton):
        # One leg is a stop; the arrows lead from leg to leg.
        return any(isinstance(stop, LegButton) for stop in stops)
    if isinstance(widget, QAbstractButton) and (group := widget.group()) is not None:
        return any(button in stops for button in group.buttons())
    if isinstance(widget, QAbstractButton) and widget.autoExclusive():
        parent = widget.parentWidget()
        return parent is not None and any(parent.isAncestorOf(stop) for stop in stops)
    return False


async def screens(window: Opened) -> AsyncIterator[str]:
    """Show one screen after the other; yields its name when it stands."""
    pages, main = window.shell._wiring.pages, window.shell.window
    yield "chat"
    for section in SECTIONS:
        pages.show_settings(section)
        await asyncio.sleep(0.05)
        yield f"settings {section}"
    pages.show_provider("zhipu")
    await asyncio.sleep(0.05)
    yield "provider"
    pages.show_welcome()
    await asyncio.sleep(0.05)
    yield "welcome"
    pages.show_bin()
    await asyncio.sleep(0.1)
    yield "bin"
    window.shell._wiring.quota.show()
    await window.until(lambda: main.page() == "quota")
    await asyncio.sleep(0.2)
    yield "quota"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_has_a_name_and_the_keyboard_gets_there(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, language: str
) -> None:
    server.on("zhipu", Reply.stream(["答案\n\n```python\nprint(1)\n```"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            window.core.settings.change(language=language)
            await window.until(lambda: window.shell._wiring is not None)
            window.type("你好")
            await window.until(window.busy)
            await window.idle()
            nameless, unreached = [], []
            async for screen in screens(window):
                root = window.shell.window
                # Where Tab goes does not depend on the language.
                stops = by_tab(root) if language == "zh" else set[QWidget]()
                for widget in clickable(root):
                    if not name_of(widget):
                        nameless.append(f"{screen}: {described(widget)}")
                    if language == "zh" and not reached(widget, stops):
                        unreached.append(f"{screen}: {described(widget)}")
            assert not nameless, "\n".join(["no name:", *sorted(set(nameless))])
            assert not unreached, "\n".join(["not by keyboard:", *sorted(set(unreached))])

    run(scenario(), timeout=120)


def test_an_item_of_a_list_has_a_name_too(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await window.core.store.create_conversation(title="一段对话")
            async for screen in screens(window):
                for view in window.shell.window.findChildren(QAbstractItemView):
                    model = view.model()
                    if not view.isVisible() or model is None:
                        continue
                    for row in range(min(model.rowCount(QModelIndex()), 30)):
                        index = model.index(row, 0, QModelIndex())
                        spoken = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data()
                        assert spoken, f"{screen}: row {row} of {described(view)}"

    run(scenario(), timeout=120)
