"""The real window: an export is dropped, its import runs, the card reports, the chats are in the list."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from app.i18n import tr
from tests import cherry_damage
from tests.app.exchange.exports_of_others import chatgpt
from tests.app.exchange.test_import import zipped
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer


def _drop(window: Opened, *paths: Path) -> bool:
    """Drag files over the window and let go; whether it took them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    frame = window.shell.window
    enter = QDragEnterEvent(QPointF(100, 100).toPoint(), Qt.DropAction.CopyAction, data, left, none)
    enter.ignore()
    QApplication.sendEvent(frame, enter)
    if enter.isAccepted():
        QApplication.sendEvent(
            frame, QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, data, left, none)
        )
    return enter.isAccepted()


def _card(window: Opened) -> Any:
    page = window.shell._wiring.pages.show_settings("data")
    return page.section("data").cards["import"]


def _counted(page: Any, count: int) -> bool:
    """Whether the card above says so many conversations."""
    rows = page.section("data").cards["space"].findChildren(QLabel)
    return any(row.text() == tr("data.contents", n=count) for row in rows)


def test_a_dropped_export_is_imported_and_reported(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    box = tmp_path / "chatgpt.zip"
    with zipfile.ZipFile(box, "w") as file:
        file.writestr("conversations.json", json.dumps(chatgpt()))

    backup = zipped(tmp_path / "cherry-studio.202611230830.zip", cherry_damage.small())

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            job = window.core.imports
            _drop(window, tmp_path / "picture.png")
            assert not job.stand.running
            page = window.shell._wiring.pages.show_settings("data")
            await window.until(lambda: _counted(page, 0))
            assert _drop(window, box, backup)
            await window.until(lambda: job.stand.report is not None)
            assert job.stand.report.new == 5
            await window.until(lambda: _counted(page, 5))
            card = _card(window)
            assert window.shell.window.page() == "settings"
            await window.until(card.heading.isVisible)
            assert "5" in card.sentences.text()
            assert card.left.isVisible() and "只有系统" in card.left.toPlainText()
            card.close_button.click()
            assert card.files.isVisible() and not card.heading.isVisible()
            titles = {c.title for c in await window.core.store.conversations()}
            assert {"天气", "画", "两个模型"} <= titles
            found = next(c for c in await window.core.store.conversations() if c.title == "天气")
            window.shell._wiring.chat.open(found.id)
            await window.until(lambda: any("第二个答案" in row.message.text for row in window.answers()))

    run(scenario())


def test_a_file_of_no_known_program_is_one_sentence_in_the_card(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"nothing": "of ours"}')

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            window.shell._wiring.importing.begin([other])
            await window.until(lambda: window.core.imports.stand.report is not None)
            card = _card(window)
            assert len(card.sentences.text().splitlines()) == 1
            assert "other.json" in card.sentences.text()

    run(scenario())


def test_the_first_page_offers_to_bring_chats_along(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            wiring = window.shell._wiring
            wiring.pages.show_welcome()
            asked: list[bool] = []
            window.shell.window.sidebar.wishes.imported.connect(asked.append)
            wiring.pages._welcome_page.bring.button.click()
            assert asked == [False]
            for chooser in window.shell.window.findChildren(QFileDialog):
                chooser.reject()

    run(scenario())
