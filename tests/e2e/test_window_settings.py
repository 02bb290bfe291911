"""The real window: shortcuts are changed and work at once, settings are taken back across language and theme,
and a setting is found by what it is called."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.i18n import set_language, tr
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer
from ui.keys import in_force
from ui.settings.number import Number

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


def _settings(window: Opened, section: str) -> Any:
    return window.shell._wiring.pages.show_settings(section)


def _press(window: Opened, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    top = window.shell.window
    QTest.keyClick(top.focusWidget() or top, key, held)


async def _anew(window: Opened, old: QWidget) -> None:
    """Wait until another window stands in the place of `old`, with the settings."""
    shell = window.shell
    await window.until(lambda: shell.window is not old and shell._standing)
    assert shell.window.page() == "settings"


async def _kept(window: Opened) -> None:
    """Wait until what was just done is a step of its own."""
    await window.until(lambda: not window.shell._undo._open)


def _said(window: Opened) -> str:
    bar: QWidget = window.shell.window.toast
    return bar.findChildren(QLabel)[0].text() if bar.isVisible() else ""


def _fill_in(window: Opened) -> None:
    """Begin an endpoint of one's own, a grant and a correction, and leave them."""
    page = _settings(window, "providers")
    page.show_provider("baidu")
    page.add.click()
    form = page.form
    QTest.keyClicks(form.name, "mine")
    QTest.keyClicks(form.url, "127.0.0.1:1")
    form._secret = "sk-received"
    QTest.keyClicks(form.typed, "m1,m2")
    form._add_typed()
    form.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    grants = page.section("grants")
    grants.open_form()
    QTest.keyClicks(grants.form.amount, "500000")
    grants.form.window_box.setCurrentIndex(2)
    part = next(iter(grants.parts.values()))
    part.open_correct()
    part.form.amount.setText("777")


def _still_filled_in(window: Opened) -> None:
    """In another window it goes on where it was left; the key goes along and is not shown."""
    page = window.shell._wiring.pages.show_settings()
    section, form = page.sections.section(), page.form
    assert page.provider_page.provider == "baidu"
    assert (form.name.text(), form.url.text(), form._secret) == ("mine", "127.0.0.1:1", "sk-received")
    assert [model.id for model in form.models()] == ["m1"] and form.list.count() == 2
    grants = page.section("grants")
    state = grants.form.state()
    assert (state.amount, state.window) == ("500000", "hours")
    assert [p.form.amount.text() for p in grants.parts.values() if p.form is not None] == ["777"]
    grants.close_form()
    page.show_form(False)
    assert form.state() is None and page.sections.section() == section


async def _proxy(window: Opened) -> None:
    """A proxy is taken as people paste it, its password stays out of the settings; who is reached is told."""
    section = _settings(window, "network").section("network")

    async def enter(text: str) -> None:
        section._choose("own")
        section._url.selectAll()
        # Keys for full-width signs are unknown to Qt's hand.
        section._url.insert(text)
        section._url.setModified(True)
        _press(window, KEY.Key_Return)
        await window.until(lambda: not any(t.get_name() == "take a proxy" for t in asyncio.all_tasks()))

    await enter("127.0.0.1：7890")
    assert window.core.settings.current.proxy == section._url.text() == "http://127.0.0.1:7890"
    await enter("socks5://someone:geheim@127.0.0.1:1080")
    assert window.core.settings.current.proxy == section._url.text() == "socks5://someone@127.0.0.1:1080"
    assert "密码" in section._note.text() and "geheim" not in section._note.text()
    whole = await window.core.proxy.whole(window.core.settings.current.proxy)
    assert whole == "socks5://someone:geheim@127.0.0.1:1080"
    await enter("127.0.0.1:99999")
    assert section._url.bad and section._problem.isVisible()
    assert window.core.settings.current.proxy == "socks5://someone@127.0.0.1:1080"
    section._proxy._buttons["system"].click()
    assert window.core.settings.current.proxy == "system" and not section._problem.isVisible()
    section.look.click()
    await window.until(section.look.isEnabled)
    assert section._lines.itemAt(0).widget().text().startswith("连上了智谱")
    # A chain that names what is gone: that is said, and one can look again.
    chain = window.core.settings.current.chain
    window.core.settings.change(chain=("nobody:nothing",))
    section.look.click()
    await window.until(section.look.isEnabled)
    assert "nobody" in section._lines.itemAt(0).widget().text()
    window.core.settings.change(chain=chain)


async def _find(window: Opened) -> None:
    """A setting is found in either language or by its initials, and has the keyboard."""
    shell, pages = window.shell, window.shell._wiring.pages
    page = _settings(window, "spend")
    finder = page.search.finder
    page.sections.setFocus()
    _press(window, KEY.Key_F, CTRL)
    assert finder.field.hasFocus()
    QTest.keyClicks(finder.field, "font")
    await window.until(lambda: pages.index.complete)
    wanted = tr("settings.font_size")
    names = [one.entry.name for one in finder.model.values]
    assert wanted in names
    assert page._stack.currentWidget() is finder
    for _ in range(names.index(wanted)):
        _press(window, KEY.Key_Down)
    assert wanted in finder.field.accessibleDescription()
    _press(window, KEY.Key_Return)
    await window.until(lambda: isinstance(shell.window.focusWidget(), Number))
    number = shell.window.focusWidget()
    assert page.sections.section() == "appearance"
    assert number.accessibleName() == wanted
    assert finder.field.text() == ""

    # What was typed into a field and is in force goes back like any other change.
    number.lineEdit().selectAll()
    QTest.keyClicks(number, "18")
    old = shell.window
    _press(window, KEY.Key_Return)
    assert window.core.settings.current.font_size == 18
    await _anew(window, old)
    await window.until(lambda: isinstance(shell.window.focusWidget(), Number))
    old = shell.window
    _press(window, KEY.Key_Z, CTRL)
    assert window.core.settings.current.font_size == 15
    await _anew(window, old)
    await window.until(lambda: isinstance(shell.window.focusWidget(), Number))
    assert shell.window.focusWidget().value() == 15
    assert shell.window.focusWidget().text().startswith("15")

    # A provider by its initials; Esc first ends the search, then leaves.
    pages = shell._wiring.pages
    page = _settings(window, "spend")
    finder = page.search.finder
    _press(window, KEY.Key_F, CTRL)
    QTest.keyClicks(finder.field, "zp")
    await window.until(lambda: pages.index.complete and finder.model.rowCount())
    assert finder.model.values[0].entry.provider == "zhipu"
    _press(window, KEY.Key_Escape)
    assert (finder.field.text(), page._stack.currentWidget() is finder) == ("", False)
    QTest.keyClicks(finder.field, "zp")
    _press(window, KEY.Key_Return)
    assert page.sections.section() == "providers"
    assert page.provider_page.provider == "zhipu"
    _press(window, KEY.Key_F, CTRL)
    _press(window, KEY.Key_Escape)
    assert shell.window.page() == "chat"

    # Ctrl+K leads to the same rows.
    _press(window, KEY.Key_K, CTRL)
    palette = shell._wiring.finding.palette
    QTest.keyClicks(palette.field, "webdav")
    shown = [(one.place.kind, one.place.name) for one in palette._model.values]
    assert shown[0] == ("setting", f"{tr('settings.section.data')} › {tr('data.sync.title')}")
    _press(window, KEY.Key_Return)
    page = pages.show_settings()
    assert page.sections.section() == "data"
    await window.until(lambda: shell.window.focusWidget() and page.isAncestorOf(shell.window.focusWidget()))


def test_shortcuts_are_changed_and_settings_taken_back(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "home"

    async def change() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            shell, settings = window.shell, window.core.settings
            shell.window.activateWindow()
            await window.until(shell.window.isActiveWindow)
            page = _settings(window, "shortcuts")
            rows = page.section("shortcuts").rows

            # Keys are taken by the keyboard alone, and work at once.
            rows["new"].keys.setFocus()
            _press(window, KEY.Key_Return)
            assert rows["new"].keys.listens
            _press(window, KEY.Key_C, CTRL)
            assert rows["new"].keys.listens
            assert "编辑" in rows["new"].question.words.text()
            _press(window, KEY.Key_J, CTRL | SHIFT)
            assert settings.current.shortcuts == {"new": "Ctrl+Shift+J"}
            await _kept(window)
            assert shell.window.sidebar.new_button.hint == in_force.spaced("new") == "Ctrl Shift J"
            assert "Ctrl+Shift+J" in shell.window.header.new_button.toolTip()
            shell.window.show_page("chat")
            told: list[int] = []
            shell.window.new_requested.connect(lambda: told.append(1))
            _press(window, KEY.Key_N, CTRL)
            assert told == []
            _press(window, KEY.Key_J, CTRL | SHIFT)
            assert told == [1]

            # What is taken is asked for; the one it is taken from has none.
            _settings(window, "shortcuts")
            rows["quota"].keys.setFocus()
            _press(window, KEY.Key_Return)
            _press(window, KEY.Key_B, CTRL)
            assert "侧栏" in rows["quota"].question.words.text()
            assert rows["quota"].question.take.hasFocus()
            assert settings.current.shortcuts == {"new": "Ctrl+Shift+J"}
            _press(window, KEY.Key_Space)
            assert (in_force.keys("quota"), in_force.keys("sidebar")) == ("Ctrl+B", "")
            assert rows["sidebar"].keys.text() == "无"
            await _kept(window)
            assert shell.window.sidebar.hide_button.toolTip() == "收起侧栏"

            # Esc changes nothing and stays in the settings; Delete takes the keys away.
            rows["editor"].keys.setFocus()
            _press(window, KEY.Key_Return)
            _press(window, KEY.Key_Escape)
            assert shell.window.page() == "settings"
            assert in_force.keys("editor") == "Ctrl+L"
            _press(window, KEY.Key_Delete)
            assert in_force.keys("editor") == ""
            await _kept(window)

            # Each change goes back, in order, and comes again.
            _press(window, KEY.Key_Z, CTRL)
            assert in_force.keys("editor") == "Ctrl+L"
            assert _said(window) == "“到输入框”改回 Ctrl+L"
            _press(window, KEY.Key_Z, CTRL)
            assert (in_force.keys("quota"), in_force.keys("sidebar")) == ("Ctrl+Shift+E", "Ctrl+B")
            _press(window, KEY.Key_Z, CTRL)
            assert settings.current.shortcuts == {}
            _press(window, KEY.Key_Z, CTRL)
            _press(window, KEY.Key_Z, CTRL | SHIFT)
            assert settings.current.shortcuts == {"new": "Ctrl+Shift+J"}

            # The spend guard, the region of a provider, and what only a number says.
            page = _settings(window, "spend")
            before = settings.current
            page.section("spend")._spend._buttons["allow"].click()
            page.region_chosen.emit("zhipu", "intl")
            await _kept(window)
            page.section("relay")._attempts.stepUp()
            await _kept(window)
            assert settings.current.max_attempts == before.max_attempts + 1
            page.sections.setFocus()
            _press(window, KEY.Key_Z, CTRL)
            assert _said(window).endswith(f"改回 {before.max_attempts}")
            _press(window, KEY.Key_Z, CTRL)
            assert settings.current == before

            # A change by the program itself is not the user's to take back.
            settings.change_by_itself(sync_user="somebody")
            _press(window, KEY.Key_Z, CTRL)
            assert settings.current.sync_user == "somebody"
            assert settings.current.shortcuts == {}

            await _proxy(window)
            await _find(window)

            # Language and theme bring another window; the steps outlive it.
            # What was said is said again within seconds; building a window may take a busy machine longer.
            shell._undo._past.setInterval(600_000)
            _fill_in(window)
            _settings(window, "spend")
            await _kept(window)
            old = shell.window
            settings.change(font_size=17)
            await _anew(window, old)
            old = shell.window
            settings.change(language="en")
            await _anew(window, old)
            _still_filled_in(window)
            assert shell.window.sidebar.new_button.text() == "New chat"
            old = shell.window
            QTest.keyClick(old, KEY.Key_Z, CTRL)
            assert settings.current.language == "system"
            await _anew(window, old)
            assert shell.window.sidebar.new_button.text() == "新对话"
            old = shell.window
            QTest.keyClick(old, KEY.Key_Z, CTRL)
            assert settings.current.font_size == 15
            await _anew(window, old)
            await window.until(lambda: _said(window) == f"“{tr('settings.font_size')}”改回 15")
            # In the conversation the key takes back what was done there, not settings.
            old = shell.window
            QTest.keyClick(old, KEY.Key_Z, CTRL | SHIFT)
            assert settings.current.font_size == 17
            await _anew(window, old)
            shell.window.show_page("chat")
            QTest.keyClick(shell.window, KEY.Key_Z, CTRL)
            assert settings.current.font_size == 17

    try:
        run(change())
    finally:
        in_force.choose({})
        set_language("zh")
