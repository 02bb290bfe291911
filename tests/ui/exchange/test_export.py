"""Exporting from the window: the real window on a real store, files really written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.exchange import format as own
from tests.app.exchange import sample
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer


async def _filled(window: Opened) -> None:
    await sample.fill(window.core.store)


def _exporting(window: Opened) -> Any:
    return window.shell._wiring.exporting  # type: ignore[union-attr]


async def _offered(window: Opened, ids: list[str]) -> Any:
    exporting = _exporting(window)
    window.shell.window.sidebar.wishes.exported.emit(ids)
    await window.until(lambda: exporting.dialog is not None)
    return exporting.dialog


def test_the_menu_and_the_list_offer_an_export(
    qapp: QApplication, run: Any, tmp_path: Path, server: FakeServer
) -> None:
    async def go() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await _filled(window)
            texts = [action.text() for action in window.shell.window.header.menu.actions()]
            assert "导出这个对话…" in texts
            assert window.shell.window.sidebar.wishes.can_export
            window.shell._wiring.pages.show_settings("data")  # type: ignore[union-attr]
            card = window.shell._wiring.pages._settings_page.section("data").cards["export"]  # type: ignore[union-attr]
            card.button.click()
            await window.until(lambda: _exporting(window).dialog is not None)
            assert _exporting(window).dialog.isVisible()
            _exporting(window).dialog.reject()
            await window.until(lambda: _exporting(window).dialog is None)

    run(go())


def test_each_form_is_written_and_told(
    qapp: QApplication, run: Any, tmp_path: Path, server: FakeServer
) -> None:
    async def go() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await _filled(window)
            opened_folders: list[str] = []
            _exporting(window).launch = lambda url: opened_folders.append(url.toLocalFile())
            for kind, name in (("json", "a.json"), ("html", "a.html"), ("pdf", "a.pdf"), ("md", "a")):
                dialog = await _offered(window, [])
                dialog.radios.chosen.emit(kind)
                assert dialog.format == kind
                _exporting(window).write(kind, (), tmp_path / name)
                await window.until(lambda: _exporting(window).dialog is None)
                assert (tmp_path / name).exists()
                window.shell.window.toast._action.click()
            assert opened_folders == [str(tmp_path)] * 3 + [str(tmp_path / "a")]
            assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
            assert json.loads((tmp_path / "a.json").read_text("utf-8"))[own.MARK] == own.VERSION

    run(go(), timeout=60)


def test_trouble_is_one_sentence_in_the_dialog(
    qapp: QApplication, run: Any, tmp_path: Path, server: FakeServer
) -> None:
    async def go() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await _filled(window)
            dialog = await _offered(window, ["c1"])
            _exporting(window).write("json", ("c1",), tmp_path / "nowhere" / "a.json")
            await window.until(lambda: dialog.problem.isVisibleTo(dialog))
            assert "没有文件夹" in dialog.problem.text() and dialog.go.isEnabled()
            dialog.reject()

    run(go())


def test_closing_the_dialog_cancels_and_leaves_nothing(
    qapp: QApplication, run: Any, tmp_path: Path, server: FakeServer
) -> None:
    async def go() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await _filled(window)
            out = tmp_path / "out"
            out.mkdir()
            dialog = await _offered(window, [])
            _exporting(window).write("json", (), out / "a.json")
            assert not dialog.go.isEnabled()
            dialog.reject()
            await window.until(lambda: _exporting(window)._task is None)
            assert list(out.iterdir()) == []

    run(go())


def test_messages_become_a_picture(qapp: QApplication, run: Any, tmp_path: Path, server: FakeServer) -> None:
    async def go() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await _filled(window)
            wiring: Any = window.shell._wiring
            await wiring.chat.show("c1")
            await window.until(lambda: len(window.transcript().window_.rows) >= 3)
            transcript = window.transcript()
            told: list[Any] = []
            _exporting(window)._tell = told.append
            transcript.selection.select_all(len(transcript.window_.ids))
            ids = transcript._copying._pictured(None)
            assert ids[:2] == ["c1m1", "c1m2"]
            _exporting(window).write_picture(ids, tmp_path / "a.png")
            await window.until((tmp_path / "a.png").exists)
            image = QImage(str(tmp_path / "a.png"))
            assert image.width() == 2 * (760 + 64) and image.height() > 1200
            _exporting(window).write_picture(ids * 40, tmp_path / "b.png")
            await window.until(lambda: told)
            assert [error.key for error in told] == ["export.picture_too_long"]
            assert not (tmp_path / "b.png").exists()

    run(go())
