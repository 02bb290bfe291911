"""A window built anew leaves nothing behind: no listener, no task that fails over it, no word unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.errors import KnownError
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply

_SECTIONS = ("relay", "facts", "data")


async def _anew(window: Opened, theme: str) -> None:
    """Change the theme and wait for the window that follows."""
    shell, old = window.shell, window.shell.window
    window.core.settings.change(theme=theme)
    await window.until(lambda: shell.window is not old and shell._standing)
    await window.until(window.settled)


async def _visit(window: Opened) -> None:
    """Show every page that listens to something."""
    wiring = window.shell._wiring
    wiring.pages.show_welcome()
    wiring.quota.show()
    wiring.pages.bin.show()
    for section in _SECTIONS:
        wiring.pages.show_settings(section)
    await window.until(window.settled)


def _listening(window: Opened) -> list[int]:
    """How many listen to each service."""
    core = window.core
    services: list[Any] = [core.catalogue, core.settings, core.keys, core.ledger, core.store, core.sync]
    counts = [len(service._callbacks) for service in services]
    return [*counts, len(core.health._listeners), len(core.imports._listeners)]


def _said(window: Opened) -> str:
    toast = window.shell.window.toast
    return toast.findChildren(QLabel)[0].text() if toast.isVisible() else ""


def test_what_a_window_leaves_behind(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("zhipu", [Reply.stream(["答"])])

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            shell, store = window.shell, window.core.store
            window.type("问")
            await window.until(lambda: shell._wiring.chat.conversation is not None)
            await window.idle()
            before = _listening(window)
            await _visit(window)
            shell.quick_ask()
            shell._desktop._quick.window.editor.insertPlainText("写了一半")
            QTest.keyClick(shell._desktop._quick.window.editor, Qt.Key.Key_Escape)
            # What is told where the bars cannot be seen is told there, and stays told in the next window.
            shell.tell(KnownError("settings_file.not_saved", path="/x", reason="y"))
            assert "/x" in _said(window)
            shell.tell(KnownError("keys.empty"))
            shell.window.notices.clear("known:keys.empty")
            shell.window.show_page("chat")
            await _anew(window, "dark")
            assert _listening(window) == before
            assert shell.window.notices.names() == ["known:settings_file.not_saved"]
            # What is written in the small window outlives it, also while it is hidden.
            shell.quick_ask()
            assert shell._desktop._quick.window.editor.toPlainText() == "写了一半"

            # What is under way when the window goes is done, and fails over nothing that is gone.
            held = asyncio.Event()
            reading = store.conversation

            async def slow(ident: str) -> Any:
                found = await reading(ident)
                await held.wait()
                return found

            kept = shell._wiring.chat.conversation.id
            wishes = shell.window.sidebar.wishes
            pages = shell._wiring.pages
            pages.show_settings("facts")
            monkeypatch.setattr(store, "conversation", slow)
            wishes.renamed.emit(kept, "另一个名字")
            # This one says what it did in a bar that is gone by then.
            _hold(monkeypatch, store, "archive", held)
            wishes.archived.emit([kept], True)
            _hold(monkeypatch, window.core.providers.updates, "reload", held)
            _hold(monkeypatch, window.core.providers.models, "refresh", held)
            pages._served[2]._do(window.core.providers.updates.reload())
            pages._served[0].refresh("zhipu")
            old = shell.window
            window.core.settings.change(theme="light")
            await window.until(lambda: shell.window is not old)
            held.set()
            await window.until(lambda: shell._standing)
            await window.until(window.settled)
            names = {"provider facts", "models"}
            await window.until(lambda: not any(t.get_name() in names for t in asyncio.all_tasks()))
            known = await reading(kept)
            assert known.title == "另一个名字" and known.archived
            titles = [one.title for one in shell.window.sidebar.model.conversations()]
            assert titles == ["另一个名字"]
            assert "bug" not in shell.window.notices.names()

            # A list that cannot be fetched is told, and the window can be built anew again.
            async def refused(**_more: object) -> Any:
                raise KnownError("store.refused", path="/db", reason="gone")

            listing = store.conversations
            monkeypatch.setattr(store, "conversations", refused)
            await _anew(window, "dark")
            assert "known:store.refused" in shell.window.notices.names()
            monkeypatch.setattr(store, "conversations", listing)
            await _anew(window, "light")
            assert len(list(shell.window.sidebar.model.conversations())) == 1

    run(scenario(), timeout=60)


def _hold(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, held: asyncio.Event) -> None:
    """Have a method's answer come only when `held` is set."""
    usual: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def slow(*args: Any, **more: Any) -> Any:
        found = await usual(*args, **more)
        await held.wait()
        return found

    monkeypatch.setattr(owner, name, slow)
