"""What is wrong with the files is said in the window, and the window works all the same."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.clock import SystemClock
from app.errors import KnownError
from app.settings import SettingsFile, SettingsService
from tests.e2e.opened import opened
from tests.fakes.server import FakeServer, Reply
from ui.controls import Button
from ui.notices import NoticeArea
from ui.shell import Shell
from ui.state import WindowState
from ui.theme import load_theme
from ui.trouble import TroublePage


def test_a_chain_that_names_what_is_gone_is_said_once_and_the_settings_open(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text(json.dumps({"chain": ["zhipu:gone", "nobody"]}), encoding="utf-8")

    async def scenario() -> None:
        async with opened(qapp, home, server, keys=("zhipu",)) as window:
            shown = window.shell.window
            assert shown.page() == "chat"
            assert shown.notices.names() == ["chain"]
            shown.settings_requested.emit()
            await window.until(lambda: shown.page() == "settings")
            await window.until(window.settled)
            assert shown.notices.names() == ["chain"]

    run(scenario(), timeout=40)


def test_the_trouble_page_has_room_for_its_sentence(qapp: QApplication) -> None:
    page = TroublePage()
    page.show_problem("/home/somebody/.local/share/jieli/jieli.db 是更新版本的接力写的。升级接力后再打开。")
    page.resize(900, 640)
    page.show()
    qapp.processEvents()
    for one in page.findChildren(QLabel):
        assert one.height() >= one.heightForWidth(one.width())
    # Closing the last window would ask the next loop to quit.
    page.hide()
    page.deleteLater()


def test_a_window_that_could_not_open_its_data_says_so_also_in_other_colours(
    run: Any, qapp: QApplication, tmp_path: Path
) -> None:
    async def scenario() -> None:
        settings = SettingsService(SettingsFile(tmp_path / "settings.json"))
        shell = Shell(qapp, settings, SystemClock(), WindowState(tmp_path / "window.json"))
        retried: list[bool] = []
        shell.retry_requested.connect(lambda: retried.append(True))
        shell.show()
        shell.trouble(KnownError("store.disk_full", path=tmp_path))
        old = shell.window
        settings.change(theme="dark")
        for _ in range(2000):
            if shell.window is old:
                await asyncio.sleep(0.01)
        assert shell.window.page() == "trouble"
        page = shell.window.findChild(TroublePage)
        assert page is not None
        assert any(str(tmp_path) in one.text() for one in page.findChildren(QLabel))
        page.retry_requested.emit()
        assert retried == [True]
        shell.window.hide()
        await shell.shut_down()
        await settings.close()
        shell.window.deleteLater()
        await asyncio.sleep(0)

    run(scenario(), timeout=20)


def test_what_has_happened_can_be_put_away(qapp: QApplication) -> None:
    area = NoticeArea(load_theme("light"))
    # A last window that goes would ask the next loop to quit.
    room = QWidget()
    area.setParent(room)
    area.put("known:x", "坏了", "bad")
    area.put("practice", "演示")
    (cross,) = area.findChildren(Button)
    cross.click()
    assert area.names() == ["practice"]
    room.deleteLater()


def test_what_was_read_stays_when_it_cannot_be_stored(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("zhipu", Reply.stream(["读到了", "这些"], gap=0.01))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:

            async def full(*_: object, **__: object) -> bool:
                raise KnownError("store.disk_full", path=tmp_path)

            monkeypatch.setattr(window.core.store, "keep_answer", full)
            window.type("磁盘满了吗")
            await window.until(window.busy)
            await window.idle()
            await window.until(lambda: "turn" in window.shell.window.notices.names())
            (row,) = window.answers()
            await window.until(lambda: "读到了这些" in "".join(text.toPlainText() for text in row.texts()))
            assert not window.composer.stop_button.isVisible()

    run(scenario(), timeout=40)
