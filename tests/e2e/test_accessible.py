"""Every screen, in both languages: what can be clicked has a name, and the keyboard gets to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
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
from tests.fakes.replies import Reply
from tests.fakes.server import FakeServer
from ui.leg_button import LegButton
from ui.search.palette import Palette
from ui.settings.kinds import SECTIONS
from ui.welcome.card import CardWidget

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


def by_tab(window: QWidget, unseen: list[str]) -> set[QWidget]:
    """Every widget the Tab key visits, pressed as a person would. `unseen` gets those that look the same with
    the keyboard as without it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    found: set[QWidget] = set()
    window.activateWindow()
    before: tuple[QWidget, QImage] | None = None
    for _ in range(400):
        QTest.keyClick(app.focusWidget() or window, Qt.Key.Key_Tab)
        here = app.focusWidget()
        if before is not None and before[0].isVisible() and here is not before[0]:
            widget, with_focus = before
            if looks.around(window, widget) == with_focus:
                unseen.append(described(widget))
        if here is None or here in found:
            break
        found.add(here)
        before = (here, looks.around(window, here))
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
    shell = window.shell
    wiring, main = shell._wiring, shell.window
    pages = wiring.pages
    yield "chat"
    main.palette_requested.emit()
    await window.until(lambda: main.findChild(Palette) is not None and main.findChild(Palette).isVisible())
    yield "palette"
    main.findChild(Palette).hide()
    for section in SECTIONS:
        pages.show_settings(section)
        await settle(window)
        yield f"settings {section}"
    pages.show_provider("zhipu")
    await settle(window)
    yield "provider"
    page = pages._settings_page
    page.add.click()
    await window.until(page.form.isVisible)
    yield "endpoint"
    page.show_form(False)
    pages.show_welcome()
    await settle(window)
    card = next(one for one in main.findChildren(CardWidget) if one.isVisible())
    card.head.click()
    await settle(window)
    yield "welcome"
    pages.show_bin()
    await settle(window)
    yield "bin"
    wiring.quota.show()
    await window.until(lambda: main.page() == "quota")
    await settle(window)
    yield "quota"
    main.show_page("chat")


async def settle(window: Opened) -> None:
    """Wait until what was asked for is on the screen and nothing moves any more."""
    before: object = None
    while True:
        await window.until(window.settled)
        now = looks.laid_out(window.shell.window)
        if now == before:
            return
        before = now
        await asyncio.sleep(0.01)


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


SIZES = ((1120, 760), (640, 480))


def test_every_screen_in_every_language_can_be_read_and_reached(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names, Tab, no text cut at the usual and the smallest size, none left in the other language after a
    switch, every colour readable where it stands: in Chinese, English, and English made much longer."""
    server.on("zhipu", Reply.stream(["答案\n\n```python\nprint(1)\n```"], usage=(3, 1)))
    found: list[str] = []

    def note(what: str, where: str, problems: Iterable[str]) -> None:
        found.extend(f"{where}: {what}: {problem}" for problem in problems)

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu", "alibaba")) as window:
            window.type("你好")
            await window.until(window.busy)
            await window.idle()
            for language, theme in (("zh", "light"), ("en", "dark"), ("pseudo", "light")):
                monkeypatch.setenv(i18n.OVERRIDE, language)
                await switch(
                    window, theme=theme, reduced_motion=not window.core.settings.current.reduced_motion
                )
                async for screen in screens(window):
                    root, where = window.shell.window, f"{language}, {screen}"
                    note("no name", where, (described(w) for w in clickable(root) if not name_of(w)))
                    note("no words", where, in_rows(root))
                    if language == "zh" and screen != "palette":
                        # The palette keeps Tab to itself. Where Tab goes does not depend on the language.
                        unseen: list[str] = []
                        stops = by_tab(root, unseen)
                        note("focus not to be seen", where, unseen)
                        lost = (described(w) for w in clickable(root) if not reached(w, stops))
                        note("not by keyboard", where, lost)
                    if language == "en":
                        note("Chinese", where, looks.chinese(root, NAMES))
                    if language != "pseudo":
                        note("faint", where, looks.faint(root))
                    for size in SIZES if language == "pseudo" else SIZES[1:]:
                        root.resize(*size)
                        await settle(window)
                        at = f"{where}, {size[0]} wide"
                        note("cut", at, looks.cut(root))
                        note("overlap", at, looks.overlapping(root))
                    root.resize(*SIZES[0])
                    await settle(window)
            assert not found, "\n".join([f"{len(found)} problems:", *dict.fromkeys(found)])

    try:
        run(scenario(), timeout=120)
    finally:
        i18n.set_language("zh")


NAMES = "中文 你好 答案"
"""What stays Chinese on an English screen: the language's own name, and what was written here."""
