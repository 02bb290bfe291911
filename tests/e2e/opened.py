"""The real window on a real database, and what a person would do to it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.clock import SystemClock
from app.core import Core, open_core
from app.paths import locate
from app.settings import SettingsFile, SettingsService
from app.store.store import Store
from app.tasks import TaskScope
from tests.e2e.program import ROOT, secret
from tests.fakes.server import FakeServer
from ui.shell import Shell
from ui.state import WindowState
from ui.transcript.answer import AnswerRow

_SHOWING = frozenset(
    {
        "after a key",
        "assistants",
        "attachments of a question",
        "chat",
        "draft attachments",
        "end of a column",
        "forecast",
        "grants",
        "load messages",
        "open",
        "providers",
        "quota notices",
        "quota section",
        "refresh the list",
        "spend guard",
        "waiting questions",
        "what is sent",
    }
)
"""Short tasks that bring news to the screen."""


class Opened:
    """A shell on an open core, with what a person would do to it."""

    def __init__(self, shell: Shell, core: Core) -> None:
        self.shell = shell
        self.core = core

    @property
    def composer(self) -> Any:
        return self.shell.window.composer

    def type(self, text: str) -> None:
        """Write into the editor and press Enter."""
        self.composer.editor.insertPlainText(text)
        QTest.keyClick(self.composer.editor, Qt.Key.Key_Return)

    def transcript(self) -> Any:
        return self.shell._wiring.transcript

    def answers(self) -> list[AnswerRow]:
        return [row for row in self.transcript().window_.rows if isinstance(row, AnswerRow)]

    def shown(self) -> list[tuple[str, str]]:
        """Role and text of every message the transcript shows a row of."""
        return [(row.message.role, row.message.text) for row in self.transcript().window_.rows]

    async def until(self, condition: Callable[[], object], seconds: float = 90.0) -> None:
        """Wait until something is so; the time ends what hangs, and judges no busy machine."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            await asyncio.sleep(0.01)

    def busy(self) -> bool:
        """Whether a turn runs."""
        return bool(self.shell._turns.conversations())

    def settled(self) -> bool:
        """Whether all that has happened is on the screen: no view is or is about to be brought up to date."""
        if any(task.get_name() in _SHOWING for task in asyncio.all_tasks()):
            return False
        presenters = vars(self.shell._wiring).values()
        timers = (getattr(presenter, "_soon", None) for presenter in presenters)
        return not any(isinstance(timer, QTimer) and timer.isActive() for timer in timers)

    async def idle(self) -> None:
        """Wait until no turn runs and the last one is stored and shown."""
        await self.until(
            lambda: (
                not self.shell._turns.conversations()
                and not self.transcript().streaming.live
                and self.settled()
            )
        )

    async def stored(self) -> list[tuple[str, str, str]]:
        """Role, text and status of every message of the open conversation."""
        chat = self.shell._wiring.chat
        ids = await self.core.store.branch(chat.conversation.id)
        return [(m.role, m.text, m.status) for m in await self.core.store.messages(ids)]


@contextlib.asynccontextmanager
async def opened(
    app: QApplication,
    home: Path,
    server: FakeServer,
    *,
    practice: bool = False,
    keys: tuple[str, ...] = (),
    early: Callable[[Shell], object] | None = None,
    titles: bool = False,
) -> AsyncIterator[Opened]:
    """The window on a home, as `ui.window_app` runs it; without `titles` no request is made for a title."""
    paths = locate(home, {})
    paths.ensure()
    settings = SettingsService(SettingsFile(paths.settings_file))
    settings.change(auto_title=titles)
    errors: list[BaseException] = []
    scope = TaskScope(errors.append)
    clock = SystemClock()
    state = WindowState(paths.state_file)
    shell = Shell(app, settings, clock, state)
    shell.show()
    # The offscreen screen is 800 px wide, where the list lies over the page.
    shell.window.resize(1120, 760)
    if early is not None:
        early(shell)
    core = await open_core(
        paths=paths,
        store=await Store.open(paths.database_file, clock, paths.locks, on_error=errors.append),
        settings=settings,
        clock=clock,
        environ={f"JIELI_KEY_{provider.upper()}": secret(provider) for provider in keys},
        builtin_providers=ROOT / "resources" / "providers",
        endpoints={provider: server.url(provider) for provider in ("alibaba", "zhipu", "baidu")},
        version="0",
        on_error=errors.append,
    )
    shell.attach(core, scope, "0", practice=practice)
    window = Opened(shell, core)
    # The first page is chosen by a task; wait until it has run.
    await window.until(lambda: not any(t.get_name() == "first page" for t in asyncio.all_tasks()))
    try:
        yield window
    finally:
        shell.window.close()
        await shell.shut_down()
        await scope.close()
        await core.close()
        state.save()
        shell.window.deleteLater()
        await asyncio.sleep(0)
    assert errors == [], errors
