"""The cards of backup and sync, by hand and through their presenters on a real core."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.backup import sealed
from app.settings import Settings
from app.tasks import TaskScope
from tests.app.services import core
from tests.app.test_backup import fill
from tests.fakes.server import FakeServer
from tests.ui.settings.building import build, heard, press, texts
from ui.presenters.backing_up import BackupPresenter
from ui.presenters.data import _backups
from ui.presenters.syncing import SyncPresenter
from ui.settings.data_backup import BackupCard
from ui.settings.data_sync import SyncCard
from ui.theme import Theme


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed.lock, "__defaults__", (None, 10, 8, 1))
    monkeypatch.setattr(sealed.Keyring.lock, "__defaults__", (None, 10, 8, 1))


def test_a_passphrase_is_typed_twice(theme: Theme, qtbot: Any) -> None:
    card = BackupCard(theme)
    qtbot.addWidget(card)
    card.show()
    told = heard(card.backup_requested)
    press(card, "备份…")
    assert told == [("",)]
    QTest.mouseClick(card.encrypt, Qt.MouseButton.LeftButton)
    press(card, "备份…")
    QTest.keyClicks(card.first, "geheim")
    QTest.keyClicks(card.second, "gehein")
    press(card, "备份…")
    assert told == [("",)] and "两遍口令不一样。" in texts(card)
    card.second.setText("geheim")
    press(card, "备份…")
    assert told == [("",), ("geheim",)]
    card.forget()
    assert not card.first.text() and not card.first.isUndoAvailable()


def test_a_backup_can_be_cancelled(theme: Theme, qtbot: Any, run: Any, tmp_path: Path) -> None:
    page = build(theme, qtbot)
    begun = asyncio.Event()

    class Endless:
        async def write(self, _target: Path, _passphrase: str, progress: Any) -> None:
            progress(0.3)
            begun.set()
            await asyncio.Event().wait()

    async def backups() -> Any:
        return Endless()

    async def story() -> None:
        scope = TaskScope(lambda error: pytest.fail(repr(error)))
        backing = BackupPresenter(page, page, backups, scope)
        page.show_section("data")
        card = page.section("data").cards["backup"]
        assert not card.stop.isVisibleTo(card)
        backing.back_up(tmp_path / "all.jieli", "")
        async with asyncio.timeout(30):
            await begun.wait()
        assert card.stop.isVisibleTo(card) and card.bar.value() == 30 and not card.make.isEnabled()
        card.stop.click()
        await ended(scope)
        assert not card.stop.isVisibleTo(card) and card.make.isEnabled()
        assert "已取消，没有写文件。" in texts(card)
        backing.detach()
        await scope.close()

    run(story())


def test_the_sync_card_shows_what_is_chosen_and_keeps_no_secret(theme: Theme, qtbot: Any) -> None:
    card = SyncCard(theme)
    qtbot.addWidget(card)
    card.show()
    assert not card.url.isVisible() and not card.choose.isVisible()
    card.show_settings(Settings(sync="folder", sync_folder="/cloud"))
    assert card.choose.isVisible() and not card.url.isVisible() and "/cloud" in texts(card)
    card.show_settings(Settings(sync="webdav", sync_url="https://a.example/dav", sync_encrypted=True))
    assert card.url.isVisible() and card.passphrase.isVisible()
    secrets = heard(card.secret_entered)
    QTest.keyClicks(card.password, "pw-1234")
    QTest.keyClick(card.password, Qt.Key.Key_Return)
    assert secrets == [("password", "pw-1234")]
    assert not card.password.text() and not card.password.isUndoAvailable()
    changes = heard(card.changed)
    card.url.selectAll()
    QTest.keyClicks(card.url, "https://b.example")
    QTest.keyClick(card.url, Qt.Key.Key_Return)
    assert changes == [("sync_url", "https://b.example")]


def test_back_up_restore_and_sync_from_the_window(theme: Theme, qtbot: Any, run: Any, tmp_path: Path) -> None:
    page = build(theme, qtbot)

    async def story() -> None:
        scope = TaskScope(lambda error: pytest.fail(repr(error)))
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                await fill(made, "one")
                backing = BackupPresenter(page, page, lambda: _backups(made), scope)
                syncing = SyncPresenter(page, page, made.sync, made.settings, scope)
                page.show_section("data")
                section = page.section("data")
                backup, sync = section.cards["backup"], section.cards["sync"]
                target = tmp_path / "all.jieli"
                backing.back_up(target, "口令")
                await ended(scope)
                assert target.stat().st_size > 100 and any("已备份 1 个对话" in t for t in texts(backup))
                backing.restore(target)
                await ended(scope)
                assert backup.opening.isVisibleTo(backup)
                QTest.keyClicks(backup.opening, "falsch")
                QTest.keyClick(backup.opening, Qt.Key.Key_Return)
                await ended(scope)
                assert any("口令不对" in t for t in texts(backup))
                backup.opening.setText("口令")
                QTest.keyClick(backup.opening, Qt.Key.Key_Return)
                await ended(scope)
                assert any("没有改动" in t for t in texts(backup))
                assert not backup.opening.isVisibleTo(backup)
                cloud = tmp_path / "cloud"
                cloud.mkdir()
                made.settings.change(sync_folder=str(cloud))
                sync.changed.emit("sync", "folder")
                await ended(scope)
                sync.show_settings(made.settings.current)
                sync.sync_requested.emit()
                await ended(scope)
                assert any(t.startswith("上次同步") for t in texts(sync))
                assert len(list((cloud / "jieli-sync").iterdir())) == 1
                made.settings.change(sync_folder=str(tmp_path / "missing"))
                sync.sync_requested.emit()
                await ended(scope)
                assert any("找不到同步文件夹" in t for t in texts(sync))
                backing.detach()
                syncing.detach()
        await scope.close()

    run(story())


async def ended(scope: TaskScope) -> None:
    """Wait for all that was begun."""
    async with asyncio.timeout(30):
        while scope._tasks:
            await asyncio.wait(set(scope._tasks))
