"""Every screen, in both languages: what can be clicked has a name, and the keyboard gets to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage
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

from app import i18n
from tests.e2e import looks
from tests.e2e.looks import described
from tests.e2e.opened import Opened, opened
from tests.e2e.walk import KEYS, WRITTEN, Seen, live, screens, settle, take_keyboard
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


def clickable(root: QWidget) -> Iterator[QWidget]:
    """What can be seen and clicked, without the parts Qt makes inside a widget of its own."""
    for widget in looks.visible(root):
        inside = isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox | QAbstractItemView)
        if isinstance(widget, QScrollBar) or inside or widget.objectName().startswith("qt_"):
            continue
        if isinstance(widget, QTextEdit | QPlainTextEdit) and widget.isReadOnly():
            # Text to read: its row carries the name, and what is written there is what is read out.
            continue
        if isinstance(widget, CLICKABLE) and widget.isVisible() and widget.isEnabled():
            yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def focus_of(window: QWidget, widget: QWidget) -> str:
    """What may keep a focus from being seen: the window, the place, the ring."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    rings = [
        QRect(ring.mapTo(window, QPoint(0, 0)), ring.size()).getRect()
        for ring in window.findChildren(looks.FocusRing)
        if ring.isVisible()
    ]
    return f"active {window.isActiveWindow()}, focus {widget.hasFocus()}, at {place.getRect()}, rings {rings}"


def by_tab(window: QWidget, unseen: list[str]) -> set[QWidget]:
    """Every widget the Tab key visits, pressed as a person would. `unseen` gets those that look the same with
    the keyboard as without it."""
    found: set[QWidget] = set()
    before: tuple[QWidget, QImage, str] | None = None
    for _ in range(400):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        here = window.focusWidget()
        if before is not None and before[0].isVisible() and here is not before[0]:
            widget, with_focus, state = before
            if looks.around(window, widget) == with_focus:
                unseen.append(f"{described(widget)}, {state}")
        if here is None or here in found:
            break
        found.add(here)
        before = (here, looks.around(window, here), focus_of(window, here))
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


async def switch(window: Opened, **changes: object) -> None:
    """Change settings and wait for the window that is built anew."""
    before = window.shell.window
    window.core.settings.change(**changes)
    await window.until(lambda: window.shell.window is not before and window.shell._standing)
    await settle(window)


def in_rows(root: QWidget) -> Iterator[str]:
    """Rows of lists that a screen reader would pass over."""
    for view in root.findChildren(QAbstractItemView):
        model = view.model()
        if not view.isVisible() or model is None:
            continue
        for row in range(min(model.rowCount(QModelIndex()), 30)):
            index = model.index(row, 0, QModelIndex())
            if not (index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data()):
                yield f"row {row} of {described(view)}"


USUAL, SMALL = (1120, 760), (640, 480)


def test_every_screen_in_every_language_can_be_read_and_reached(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names, Tab, no text cut at the usual and the smallest size, none left in the other language after a
    switch, every colour readable where it stands: in Chinese, English, and English made much longer."""
    found: list[str] = []

    def note(what: str, where: str, problems: Iterable[str]) -> None:
        found.extend(f"{where}: {what}: {problem}" for problem in problems)

    def look(seen: Seen, where: str, language: str) -> None:
        note("no name", where, (described(w) for w in clickable(seen.root) if not name_of(w)))
        note("no words", where, in_rows(seen.root))
        if language == "en":
            note("Chinese", where, looks.chinese(seen.root, NAMES))
        if language != "pseudo":
            note("faint", where, looks.faint(seen.root))
        if language != "pseudo" and seen.kind != "part":
            unseen: list[str] = []
            stops = by_tab(seen.root, unseen)
            note("focus not to be seen", where, unseen)
            lost = (described(w) for w in clickable(seen.root) if not reached(w, stops))
            note("not by keyboard", where, lost)

    def measure(seen: Seen, at: str) -> None:
        note("cut", at, looks.cut(seen.root))
        note("overlap", at, looks.overlapping(seen.root))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=KEYS) as window:
            lived = await live(window, server)
            for language, theme in (("zh", "light"), ("en", "dark"), ("pseudo", "light")):
                monkeypatch.setenv(i18n.OVERRIDE, language)
                await switch(
                    window, theme=theme, reduced_motion=not window.core.settings.current.reduced_motion
                )
                async for seen in screens(window, lived):
                    where = f"{language}, {seen.name}"
                    await take_keyboard(window, seen.root.window())
                    look(seen, where, language)
                    if seen.kind == "over" or language == "pseudo":
                        measure(seen, where)
                    if seen.kind != "over":
                        seen.root.window().resize(*SMALL)
                        await settle(window)
                        measure(seen, f"{where}, small")
                        seen.root.window().resize(*USUAL)
            assert not found, "\n".join([f"{len(found)} problems:", *dict.fromkeys(found)])

    try:
        run(scenario(), timeout=120)
    finally:
        i18n.set_language("zh")


NAMES = f"中文 {WRITTEN}"
"""What stays Chinese on an English screen: the language's own name, and what was written here."""
