"""The presenters of the data section's cards, in a plain list."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.clock import SystemClock
from app.version import version
from ui.exchange.import_part import ImportPart
from ui.presenters.backing_up import BackupPresenter
from ui.presenters.erasing import ErasePresenter
from ui.presenters.export_all import ExportAll
from ui.presenters.keeping import KeepingPresenter
from ui.presenters.syncing import SyncPresenter

if TYPE_CHECKING:
    from app.backup.service import Backups
    from app.core import Core
    from app.tasks import TaskScope
    from ui.main_window import MainWindow
    from ui.settings.page import SettingsPage


@dataclass(frozen=True, slots=True)
class DataTools:
    """What the cards' presenters choose from; each takes the two or three things it uses.

    `tell` shows an error in the window, `erase(with keys)` deletes everything. The section is built late:
    `page.serve("data", fn)` calls `fn` with it then; `section.cards[name]` is the card.
    """

    page: SettingsPage
    window: MainWindow
    core: Core
    scope: TaskScope
    tell: Callable[[BaseException], None]
    show_bin: Callable[[], None]
    show_conversation: Callable[[str], None]
    erase: Callable[[bool], Awaitable[None]]


class DataPart(Protocol):
    """A presenter of one or more cards."""

    def detach(self) -> None:
        """Let go of the services; the page is about to be thrown away."""
        ...


def data_parts(tools: DataTools) -> list[DataPart]:
    """The presenters of all cards."""
    page, store, scope = tools.page, tools.core.store, tools.scope
    keeping = KeepingPresenter(
        page, store, scope, show_bin=tools.show_bin, show_conversation=tools.show_conversation
    )
    return [
        keeping,
        ImportPart(page, tools.core.imports, tools.window.sidebar.wishes.imported.emit, keeping.count),
        ExportAll(page, tools.window.sidebar.wishes),
        BackupPresenter(page, tools.window, lambda: _backups(tools.core), scope),
        SyncPresenter(page, tools.window, tools.core.sync, tools.core.settings, scope),
        ErasePresenter(page, scope, tools.erase, keeping.count),
    ]


async def _backups(core: Core) -> Backups:
    """Imported off this thread when first needed: archives and checksums take a moment."""
    service = await asyncio.to_thread(importlib.import_module, "app.backup.service")
    return service.backups_of(core, SystemClock(), version())
