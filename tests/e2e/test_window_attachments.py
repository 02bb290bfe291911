"""Attachments through the real window: dropped, shown, sent as the vendor wants, kept over a restart."""

from __future__ import annotations

import asyncio
import base64
import random
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from tests import documents
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.ask_dialog import AskDialog
from ui.composer.tray import Chip
from ui.shell import Shell
from ui.transcript.enclosures import Tile
from ui.viewer import Viewer

BLIND, SEES = "zhipu:glm-4.7-flash", "zhipu:glm-4.6v-flash"


def _chain(shell: Shell) -> None:
    """Two legs, of which the second sees."""
    shell._settings.change(chain=(BLIND, SEES))


def _picture(path: Path, width: int = 3000, height: int = 1500) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(Qt.GlobalColor.red))
    assert image.save(str(path))
    return path


def _drop(window: Opened, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    keys, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPoint(5, 5).toPointF(), Qt.DropAction.CopyAction, data, keys, none)
    window.composer.dropEvent(event)


def _drop_on_window(window: Opened, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    keys, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy, where = Qt.DropAction.CopyAction, QPoint(400, 200)
    entered = QDragEnterEvent(where, copy, data, keys, none)
    QApplication.sendEvent(window.shell.window, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(window.shell.window, QDropEvent(where.toPointF(), copy, data, keys, none))


def _chips(window: Opened) -> list[Chip]:
    return window.composer.tray.chips()


async def _attached(window: Opened, count: int) -> None:
    held = window.shell._wiring.enclosing.enclosures
    await window.until(lambda: len(held.held) == count and not held.reading)


async def _answered(window: Opened) -> None:
    await window.until(window.busy)
    await window.idle()


def _same(one: Path, other: Path) -> None:
    assert one.suffix == ".pdf" and one.read_bytes() == other.read_bytes()


def _pictures(server: FakeServer) -> list[QImage]:
    """The pictures of the last request's messages, as the vendor would decode them."""
    found = []
    for message in server.requests_for("zhipu")[-1].json["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "image_url":
                head, _, data = part["image_url"]["url"].partition(",")
                assert head == "data:image/png;base64" or head == "data:image/jpeg;base64"
                found.append(QImage.fromData(base64.b64decode(data)))
    return found


def test_a_dropped_picture_goes_to_a_leg_that_sees(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["红的"])])
    picture = _picture(tmp_path / "大图.png")

    async def first() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",), early=_chain) as window:
            strip = window.shell._wiring.strip
            assert [leg.state for leg in strip.legs] == ["ready", "ready"]
            _drop(window, picture)
            await _attached(window, 1)
            assert [leg.state for leg in strip.legs] == ["blind", "ready"], "told before sending"
            window.type("什么颜色？")
            await _answered(window)
            assert not _chips(window)
            assert [r.model for r in server.requests_for("zhipu")] == ["glm-4.6v-flash"]
            [seen] = _pictures(server)
            assert (seen.width(), seen.height()) == (2048, 1024)
            assert seen.pixelColor(9, 9) == QColor(Qt.GlobalColor.red)
            skipped = window.answers()[0].attempts[0]
            assert (skipped.model, skipped.outcome, skipped.kind) == (
                "glm-4.7-flash",
                "skipped",
                "capability",
            )
            # Asking on about it takes eyes, too; the picture goes along.
            window.type("再看看？")
            await _answered(window)
            assert [r.model for r in server.requests_for("zhipu")] == ["glm-4.6v-flash"] * 2
            assert len(_pictures(server)) == 1
            # Two questions later one that reads only text will do, and is told what it does not get.
            window.type("说点别的")
            await _answered(window)
            last = server.requests_for("zhipu")[-1]
            assert last.model == "glm-4.7-flash"
            assert not _pictures(server)
            assert "1 张图片" in last.json["messages"][0]["content"]

    async def after_restart() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            rows = window.transcript().window_.rows
            await window.until(lambda: len(rows) == 6)
            [tile] = rows[0].findChildren(Tile)
            await window.until(lambda: tile._picture is not None)
            QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
            await window.until(lambda: window.shell.window.findChildren(Viewer))
            [viewer] = window.shell.window.findChildren(Viewer)
            QTest.keyClick(viewer, Qt.Key.Key_Escape)
            assert not viewer.isVisible()

    run(first(), timeout=60)
    run(after_restart(), timeout=60)


def test_documents_arrive_as_text_and_survive_as_drafts(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["好"])])
    (tmp_path / "报告.pdf").write_bytes(documents.pdf("quota report", "page two"))
    (tmp_path / "说明.docx").write_bytes(documents.docx(documents.paragraph("额度说明")))
    (tmp_path / "表.csv").write_bytes("姓名,分数\n李雷,90\n".encode("gbk"))
    (tmp_path / "坏.pdf").write_bytes(b"%PDF-1.4 nothing")

    async def write() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            _drop(window, *(tmp_path / name for name in ("报告.pdf", "说明.docx", "坏.pdf", "表.csv")))
            assert not window.composer.send_button.isEnabled(), "nothing is sent before it is read"
            await _attached(window, 3)
            assert "attach" in window.shell.window.notices.names(), "the bad one is told"
            assert [chip.part.name for chip in _chips(window)] == ["报告.pdf", "说明.docx", "表.csv"]
            window.composer.editor.insertPlainText("总结")

    async def send() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            await _attached(window, 3)
            assert window.composer.text() == "总结"
            _chips(window)[2].removed.emit()
            assert len(_chips(window)) == 2
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
            await _answered(window)
            assert not _chips(window)
            sent = server.requests_for("zhipu")[-1].json["messages"][0]["content"]
            assert '<file name="报告.pdf" pages="2">\n[p. 1]\nquota report' in sent
            assert '<file name="说明.docx" pages="2">\n额度说明\n</file>' in sent
            assert "李雷" not in sent
            assert sent.endswith("总结")
            assert await window.core.store.draft_parts(None) == []

    async def read() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            assert not _chips(window)
            opening = window.shell._wiring.enclosing.opening
            launched: list[QUrl] = []
            opening.launch = launched.append
            await window.until(lambda: len(window.transcript().window_.rows) == 2)
            chips = window.transcript().window_.rows[0].findChildren(Chip)
            assert [chip.part.pages for chip in chips] == [2, 2]
            QTest.mouseClick(chips[0], Qt.MouseButton.LeftButton)
            main = window.shell.window
            await window.until(lambda: main.findChildren(Viewer))
            [viewer] = main.findChildren(Viewer)
            assert "quota report" in viewer.findChild(QPlainTextEdit).toPlainText()
            opener = next(b for b in viewer.findChildren(type(window.composer.send_button)) if b.text())
            QTest.mouseClick(opener, Qt.MouseButton.LeftButton)
            [box] = main.findChildren(AskDialog)
            assert launched == [], "only after asking"
            QTest.mouseClick(box.go, Qt.MouseButton.LeftButton)
            await window.until(lambda: launched)
            await asyncio.to_thread(_same, Path(launched[0].toLocalFile()), tmp_path / "报告.pdf")

    run(write(), timeout=60)
    run(send(), timeout=60)
    run(read(), timeout=60)


def test_an_edited_question_keeps_its_attachments_and_the_draft_its_own(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", [Reply.stream(["一"])])
    (tmp_path / "甲.txt").write_text("内容甲", encoding="utf-8")
    (tmp_path / "乙.txt").write_text("内容乙", encoding="utf-8")

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            _drop(window, tmp_path / "甲.txt")
            await _attached(window, 1)
            # A file alone is a question, too.
            QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
            await _answered(window)
            assert window.shell.window.windowTitle().startswith("甲.txt")
            _drop_on_window(window, tmp_path / "乙.txt")
            await _attached(window, 1)
            window.transcript().edit_requested.emit(window.transcript().window_.rows[0].id)
            await window.until(lambda: [c.part.name for c in _chips(window)] == ["甲.txt"])
            window.type("改过的问题")
            await _answered(window)
            sent = server.requests_for("zhipu")[-1].json["messages"]
            assert len(sent) == 1
            assert "内容甲" in sent[0]["content"] and "改过的问题" in sent[0]["content"]
            assert [c.part.name for c in _chips(window)] == ["乙.txt"], "the draft's own are back"

    run(scenario(), timeout=60)


def test_what_is_written_is_weighed_against_the_window(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    def small(shell: Shell) -> None:
        shell._settings.change(chain=(BLIND,))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",), early=small) as window:
            estimate = window.composer._estimate
            assert estimate.text() == ""
            window.composer.editor.insertPlainText("你好，今天有什么好消息？")
            await window.until(lambda: "够用" in estimate.text())
            words = random.Random(1).choices(
                "的一是了我不人在他有这个上们来到时大地为子中你说生国年", k=290_000
            )
            (tmp_path / "长.txt").write_text("".join(words), encoding="utf-8")
            _drop(window, tmp_path / "长.txt")
            await _attached(window, 1)
            await window.until(lambda: "放不下" in estimate.text())
            assert not window.composer._enough
            _chips(window)[0].removed.emit()
            await window.until(lambda: "够用" in estimate.text())

    run(scenario(), timeout=60)
