"""The real window for `tests.settings_fuzz`: opened on given settings, with a data folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from app import i18n
from app.clock import SystemClock
from app.core import open_core
from app.paths import locate
from app.settings import SettingsService
from app.store.store import Store
from app.tasks import TaskScope
from ui.shell import Shell
from ui.state import WindowState

ROOT = Path(__file__).resolve().parents[1]


@contextlib.asynccontextmanager
async def with_window(home: Path, settings: SettingsService) -> AsyncIterator[list[str]]:
    """The window as the program opens it; gives the names of the notices that stand once the page does."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    i18n.set_language(i18n.chosen_language(settings.current.language))
    paths, clock = locate(home, {}), SystemClock()
    paths.ensure()
    errors: list[BaseException] = []
    scope = TaskScope(errors.append)
    state = WindowState(paths.state_file)
    shell = Shell(app, settings, clock, state)
    shell.show()
    core = await open_core(
        paths=paths,
        store=await Store.open(paths.database_file, clock, paths.locks, on_error=errors.append),
        settings=settings,
        clock=clock,
        environ={},
        builtin_providers=ROOT / "resources" / "providers",
        endpoints={},
        version="0",
        on_error=errors.append,
    )
    shell.attach(core, scope, "0")
    while any(task.get_name() == "first page" for task in asyncio.all_tasks()):  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    assert shell.window.page() in ("chat", "welcome"), shell.window.page()
    try:
        yield shell.window.notices.names()
    finally:
        shell.window.close()
        await shell.shut_down()
        await scope.close()
        await core.close()
        shell.window.deleteLater()
        await asyncio.sleep(0)
    assert errors == [], errors


def run_in_qt(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in an event loop of Qt's."""
    import qasync

    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
